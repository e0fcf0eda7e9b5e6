// Deliveries in, those that are due out, and their results written down; and the inbox that one receiver fills.

import { canaryReceiver, type Delivery, type DeliveryState } from '../core/alert.ts'
import { TocsinError } from '../core/error.ts'
import type { Sqlite } from '../core/sqlite.ts'
import type { InboxMessage, Store } from './store.ts'
import { tally } from './tally.ts'

type Row = {
  readonly id: string
  readonly receiver: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly next_attempt_at: number
  readonly reason: string | null
  readonly message: string
}

const insertSql = `
  insert into delivery (id, detector, receiver, state, attempts, next_attempt_at, alert_id, reason, message)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`
const isPending = "state = 'pending' and receiver not in (select value from json_each(?))"
const dueSql = `
  select id, receiver, state, attempts, next_attempt_at, reason, message from delivery
  where ${isPending} and next_attempt_at <= ? order by next_attempt_at, rowid limit ?`
const nextDueSql = `select next_attempt_at from delivery where ${isPending} order by next_attempt_at limit 1`
const findSql = 'select detector, receiver, state, next_attempt_at, reason from delivery where id = ?'
const settleSql = `
  update delivery set state = ?, next_attempt_at = ?, reason = ?, attempts = attempts + 1 where id = ?`
const reviveSql = `
  update delivery set state = 'pending', attempts = 0, next_attempt_at = ? where id = ? and state = 'dead' returning detector`
const removeSql = 'delete from delivery where id = ?'
const columns = 'id, receiver, state, attempts, next_attempt_at, reason, message'
const oneSql = `select ${columns} from delivery where id = ?`
// The state as a literal, so that the index over pending or dead deliveries is used: most are sent.
const listSql = (state?: DeliveryState) => `
  select ${columns} from delivery
  where detector = ?1 and receiver <> '${canaryReceiver}' and (?2 is null or receiver = ?2)
    ${state === undefined ? '' : `and state = '${state}'`} order by rowid desc limit ?3`
const putInboxSql = `
  insert into inbox (id, received_at, subject, text, html, alert_id) values (?, ?, ?, ?, ?, ?) on conflict (id) do nothing`
const inboxSql = `
  select id, received_at as receivedAt, subject, text, html, alert_id as alertId from inbox order by number desc limit ?`

type Outbox = Pick<
  Store,
  'due' | 'nextDue' | 'settle' | 'enqueue' | 'deliveries' | 'delivery' | 'revive' | 'putInbox' | 'inbox'
>

export function outbox(db: Sqlite): Outbox {
  const due = db.query<Row>(dueSql)
  const nextDue = db.query<{ next_attempt_at: number }>(nextDueSql)
  const putInbox = db.query(putInboxSql)
  const inbox = db.query<InboxMessage>(inboxSql)
  const put = outboxWriter(db)
  const one = db.query<Row>(oneSql)
  return {
    due: async (now, limit, except = []) => due.all(JSON.stringify(except), now, limit).map(deliveryOf),
    nextDue: async (except = []) => nextDue.get(JSON.stringify(except))?.next_attempt_at,
    settle: settler(db),
    enqueue: async (detector, deliveries) => void db.transaction(() => put(detector, deliveries)),
    deliveries: async ({ detector, state, receiver = null, limit }) =>
      db.query<Row>(listSql(state)).all(detector, receiver, limit).map(deliveryOf),
    delivery: async (id) => {
      const row = one.get(id)
      return row && deliveryOf(row)
    },
    revive: reviver(db),
    putInbox: async ({ id, receivedAt, subject, text, html, alertId }) =>
      void db.transaction(() => putInbox.run(id, receivedAt, subject, text, html, alertId)),
    inbox: async (limit) => inbox.all(limit),
  }
}

/** Puts deliveries into the outbox, within a transaction; answers those whose id was new. */
export function outboxWriter(db: Sqlite): (detector: string, deliveries: readonly Delivery[]) => readonly Delivery[] {
  const insert = db.query(insertSql)
  const counters = tally(db)
  return (detector, deliveries) => {
    const added = deliveries.filter(({ id, receiver, message, state, attempts, nextAttemptAt, reason }) => {
      const alertId = message.kind === 'alert' ? message.alert.id : null
      const text = JSON.stringify(message)
      return insert.run(id, detector, receiver, state, attempts, nextAttemptAt, alertId, reason, text).changes === 1
    })
    for (const { state, receiver } of added) if (receiver !== canaryReceiver) counters.add(detector, { [state]: 1 })
    return added
  }
}

type Settled = {
  detector: string
  receiver: string
  state: DeliveryState
  next_attempt_at: number
  reason: string | null
}

function settler(db: Sqlite): Store['settle'] {
  const find = db.query<Settled>(findSql)
  const settle = db.query(settleSql)
  const remove = db.query(removeSql)
  const counters = tally(db)
  return async (id, result) =>
    db.transaction(() => {
      const before = find.get(id)
      if (!before) throw new TocsinError('DELIVERY_UNKNOWN', `No delivery ${id} is stored; expected one of the outbox.`)
      // Another notifier may have been faster: what was sent stays sent, what is dead stays dead.
      if (before.state !== 'pending') return
      const isCanary = before.receiver === canaryReceiver
      if (isCanary && result.state !== 'pending') return void remove.run(id)
      const { nextAttemptAt, reason } = { nextAttemptAt: before.next_attempt_at, reason: null, ...result }
      settle.run(result.state, nextAttemptAt, reason, id)
      if (result.state !== 'pending') counters.add(before.detector, { pending: -1, [result.state]: 1 })
    })
}

function reviver(db: Sqlite): Store['revive'] {
  const revive = db.query<{ detector: string }>(reviveSql)
  const counters = tally(db)
  return async (id, now) =>
    db.transaction(() => {
      const revived = revive.get(now, id)
      if (revived) counters.add(revived.detector, { dead: -1, pending: 1 })
      return revived !== undefined
    })
}

function deliveryOf(row: Row): Delivery {
  return {
    id: row.id,
    receiver: row.receiver,
    message: JSON.parse(row.message),
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    reason: row.reason,
  }
}
