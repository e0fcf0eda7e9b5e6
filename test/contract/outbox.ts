// Deliveries in memory in, an outbox as the notifier needs it out: for tests that are not about the store.

import type { Delivery } from '../../src/core/alert.ts'
import type { DeliveryResult, Outbox } from '../../src/notify/notify.ts'

export type MemoryOutbox = Outbox & {
  add(...deliveries: readonly Delivery[]): void
  get(id: string): Delivery | undefined
  readonly all: readonly Delivery[]
}

export function memoryOutbox(...deliveries: readonly Delivery[]): MemoryOutbox {
  const rows = new Map<string, Delivery>()
  const add = (...added: readonly Delivery[]) => {
    for (const delivery of added) rows.set(delivery.id, delivery)
  }
  const pending = (except: readonly string[]) =>
    [...rows.values()]
      .filter(({ state, receiver }) => state === 'pending' && !except.includes(receiver))
      .sort((a, b) => a.nextAttemptAt - b.nextAttemptAt)
  const settled = (row: Delivery, result: DeliveryResult): Delivery => ({
    ...row,
    ...result,
    attempts: row.attempts + 1,
    reason: result.state === 'sent' ? null : result.reason,
  })
  add(...deliveries)
  return {
    add,
    get: (id) => rows.get(id),
    get all() {
      return [...rows.values()]
    },
    due: async (now, limit, except = []) =>
      pending(except)
        .filter(({ nextAttemptAt }) => nextAttemptAt <= now)
        .slice(0, limit),
    nextDue: async (except = []) => pending(except)[0]?.nextAttemptAt,
    settle: async (id, result) => {
      rows.set(id, settled(rows.get(id)!, result))
    },
  }
}
