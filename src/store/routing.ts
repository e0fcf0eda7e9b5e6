// The router's steps in, each in one transaction guarded by the revision it was made from; the alerts to come and its memory out.

import type { HeldCount } from '../core/held.ts'
import { type AlertRow, alertOf } from './alerts.ts'
import { type Database, Overtaken, statement, type Work } from './database.ts'
import { addToOutbox } from './outbox.ts'
import type { Held, RouterEntry, RouterStep, Store } from './store.ts'

const raised = statement<AlertRow & { number: number }>(
  'select * from alert where detector = ? and number > ? order by number limit ?',
)
const state = statement<{ revision: number; cursor: number }>('select revision, cursor from router where detector = ?')
const begin = statement(
  'insert into router (detector, revision, cursor) values (?, 0, 0) on conflict (detector) do nothing',
)
const move = statement('update router set revision = revision + 1, cursor = ? where detector = ? and revision = ?')
const memory = statement<RouterEntry>(
  'select kind, key, value from router_memory where detector = ? order by kind, key',
)
const remember = statement(`
  insert into router_memory (detector, kind, key, value) values (?, ?, ?, ?)
  on conflict (detector, kind, key) do update set value = excluded.value`)
const forget = statement('delete from router_memory where detector = ? and kind = ? and key = ?')
const hold = statement(`
  insert into held (alert_id, policy, reason, held_at) values (?, ?, ?, ?) on conflict (alert_id, policy) do nothing`)
const held = statement<Held>(`
  select alert_id as "alertId", policy, reason, held_at as "at" from held where alert_id = ? order by policy`)

const heldCounts = statement<HeldCount>(`
  select held.policy as policy, held.reason as reason, count(*) as alerts from held join alert on alert.id = held.alert_id
  where alert.detector = ? and alert.event_time >= ? and alert.event_time < ? group by held.policy, held.reason
  order by held.policy, count(*) desc, held.reason`)

export function routing(db: Database): Pick<Store, 'raised' | 'router' | 'route' | 'held' | 'heldCounts'> {
  return {
    raised: async (detector, after, limit) =>
      (await db.read(raised.all(detector, after, limit))).map((row) => ({ number: row.number, alert: alertOf(row) })),
    router: async (detector) => ({
      ...(await db.read(stateOf(detector))),
      memory: (await db.read(memory.all(detector))).map(({ kind, key, value }) => ({ kind, key, value })),
    }),
    route: (step) => db.transaction(() => write(step)),
    heldCounts: async (detector, from, to) =>
      (await db.read(heldCounts.all(detector, from, to))).map((row) => ({ ...row })),
    held: async (alertId) => (await db.read(held.all(alertId))).map((row) => ({ ...row })),
  }
}

function* stateOf(detector: string): Work<{ revision: number; cursor: number }> {
  const row = yield* state.get(detector)
  return { revision: row?.revision ?? 0, cursor: row?.cursor ?? 0 }
}

/** Writes within a transaction; false, nothing written, where the revision has moved. */
function* write({ detector, expected, cursor, memory: changes, deliveries, held: notTold }: RouterStep): Work<boolean> {
  const before = yield* stateOf(detector)
  if (before.revision !== expected) return false
  if (cursor < before.cursor) throw new TypeError(`a cursor never goes back: ${before.cursor} → ${cursor}`)
  yield* begin.run(detector)
  if ((yield* move.run(cursor, detector, expected)) === 0) throw new Overtaken()
  for (const { kind, key, value } of changes)
    if (value === null) yield* forget.run(detector, kind, key)
    else yield* remember.run(detector, kind, key, value)
  yield* addToOutbox(detector, deliveries)
  for (const { alertId, policy, reason, at } of notTold) yield* hold.run(alertId, policy, reason, at)
  return true
}
