// The router's steps in, each in one transaction guarded by the revision it was made from; the alerts to come and its memory out.

import type { Sqlite } from '../core/sqlite.ts'
import { type AlertRow, alertOf } from './alerts.ts'
import { outboxWriter } from './outbox.ts'
import type { Held, RouterEntry, RouterStep, Store } from './store.ts'

const raisedSql = 'select * from alert where detector = ? and number > ? order by number limit ?'
const stateSql = 'select revision, cursor from router where detector = ?'
const moveSql = `
  insert into router (detector, revision, cursor) values (?, ?, ?)
  on conflict do update set revision = excluded.revision, cursor = excluded.cursor`
const memorySql = 'select kind, key, value from router_memory where detector = ? order by kind, key'
const rememberSql = `
  insert into router_memory (detector, kind, key, value) values (?, ?, ?, ?)
  on conflict do update set value = excluded.value`
const forgetSql = 'delete from router_memory where detector = ? and kind = ? and key = ?'
const holdSql = 'insert into held (alert_id, policy, reason, held_at) values (?, ?, ?, ?) on conflict do nothing'
const heldSql = `
  select alert_id as alertId, policy, reason, held_at as at from held where alert_id = ? order by policy`

export function routing(db: Sqlite): Pick<Store, 'raised' | 'router' | 'route' | 'held'> {
  const raised = db.query<AlertRow & { number: number }>(raisedSql)
  const state = routerState(db)
  const memory = db.query<RouterEntry>(memorySql)
  const held = db.query<Held>(heldSql)
  const write = stepWriter(db)
  return {
    raised: async (detector, after, limit) =>
      raised.all(detector, after, limit).map((row) => ({ number: row.number, alert: alertOf(row) })),
    router: async (detector) => ({
      ...state(detector),
      memory: memory.all(detector).map(({ kind, key, value }) => ({ kind, key, value })),
    }),
    route: async (step) => db.transaction(() => write(step)),
    held: async (alertId) => held.all(alertId).map((row) => ({ ...row })),
  }
}

function routerState(db: Sqlite): (detector: string) => { revision: number; cursor: number } {
  const query = db.query<{ revision: number; cursor: number }>(stateSql)
  return (detector) => {
    const row = query.get(detector)
    return { revision: row?.revision ?? 0, cursor: row?.cursor ?? 0 }
  }
}

/** Writes within a transaction; false, nothing written, where the revision has moved. */
function stepWriter(db: Sqlite): (step: RouterStep) => boolean {
  const state = routerState(db)
  const move = db.query(moveSql)
  const remember = db.query(rememberSql)
  const forget = db.query(forgetSql)
  const hold = db.query(holdSql)
  const addToOutbox = outboxWriter(db)
  return ({ detector, expected, cursor, memory, deliveries, held }) => {
    const before = state(detector)
    if (before.revision !== expected) return false
    if (cursor < before.cursor) throw new TypeError(`a cursor never goes back: ${before.cursor} → ${cursor}`)
    for (const { kind, key, value } of memory)
      if (value === null) forget.run(detector, kind, key)
      else remember.run(detector, kind, key, value)
    addToOutbox(detector, deliveries)
    for (const { alertId, policy, reason, at } of held) hold.run(alertId, policy, reason, at)
    move.run(detector, expected + 1, cursor)
    return true
  }
}
