// Alerts in the order in which the store took them in; each told to whom the policies say, in steps that are stored whole or not at all, out.

import type { Alert, Delivery, Silence } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import { isPassing, type Patience, patiently } from '../core/patience.ts'
import { nextTimer, type PolicyBook, type StepResult, step, waitingFor } from './engine.ts'
import { type Change, type Entry, Memory } from './memory.ts'

/** What the router needs of the store; `store/store.ts` says what each part means. */
export type RouterStore = {
  raised(detector: string, after: number, limit: number): Promise<readonly { number: number; alert: Alert }[]>
  router(detector: string): Promise<{ revision: number; cursor: number; memory: readonly Entry[] }>
  route(
    step: StepResult & {
      readonly detector: string
      readonly expected: number
      readonly cursor: number
      readonly memory: readonly Change[]
    },
  ): Promise<boolean>
  silences(detector: string, query: { readonly limit: number; readonly activeAt?: number }): Promise<readonly Silence[]>
  answered(alertIds: readonly string[]): Promise<ReadonlySet<string>>
}

export type RouterOptions = {
  readonly book: PolicyBook
  readonly store: RouterStore
  readonly clock: Clock
  /** After each step that put something into the outbox. */
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void
  readonly onWait?: Patience['onWait']
  /** How often to look without being woken, ms: another process may write to the same store. */
  readonly pollMs?: number
}

export type Router = {
  /**
   * Follows the store's alerts until `signal` aborts. Whenever it is killed, the next one goes on after the last stored
   * step: a step's messages, what it remembers and how far it has come are one transaction, guarded by the revision it read.
   */
  run(signal: AbortSignal): Promise<void>
  /** There may be new alerts: look now. */
  wake(): void
}

/** Alerts in one step: so many are in memory at once, whatever storm there is. */
const pageSize = 500
/** So many silences at once count; the newest. */
const mostSilences = 1_000

export function createRouter(options: RouterOptions): Router {
  const { book, store, clock, onDeliveries, onWait, pollMs = 1_000 } = options
  const { detector } = book
  let bell = new AbortController()

  async function run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => bell.abort(), { once: true })
    try {
      while (!signal.aborted) await follow({ clock, signal, onWait })
    } catch (error) {
      // Asked to end while the store could not take a step: nothing is lost, the next start makes it again.
      if (!(signal.aborted && isPassing(error))) throw error
    }
  }

  /** Until another router has made a step: then everything must be read anew. */
  async function follow(patience: Patience): Promise<void> {
    const start = await patiently(() => store.router(detector), patience)
    const memory = Memory.of(start.memory)
    let { revision, cursor } = start
    while (!patience.signal.aborted) {
      bell = new AbortController()
      const page = await patiently(() => store.raised(detector, cursor, pageSize), patience)
      const waitMs = Math.min(pollMs, nextTimer(memory) - clock.now())
      if (page.length === 0 && waitMs > 0) {
        if (!patience.signal.aborted) await clock.sleep(waitMs, bell.signal)
        continue
      }
      const alerts = page.map(({ alert }) => alert)
      cursor = page.at(-1)?.number ?? cursor
      const result = await decide(memory, alerts, patience)
      // Taken once: a refused store is asked to take the very same step again.
      const stored = { detector, expected: revision, cursor, memory: memory.changes(), ...result }
      if (!(await patiently(() => store.route(stored), patience))) return
      revision++
      if (result.deliveries.length > 0) onDeliveries(result.deliveries)
    }
  }

  async function decide(memory: Memory, alerts: readonly Alert[], patience: Patience): Promise<StepResult> {
    const at = clock.now()
    const query = { limit: mostSilences, activeAt: at }
    const silences = await patiently(() => store.silences(detector, query), patience)
    const answered = await patiently(() => store.answered(waitingFor(memory, at)), patience)
    return step(book, memory, { alerts, silences, answered, at })
  }

  return { run, wake: () => bell.abort() }
}
