// Deliveries in, those that are due out, and their results written down; and the inbox that one receiver fills.

import { canaryReceiver, type Delivery, type DeliveryState } from '../core/alert.ts'
import { TocsinError } from '../core/error.ts'
import { type Database, type Insertion, insert, lock, statement, type Work } from './database.ts'
import { announce } from './news.ts'
import type { InboxMessage, Store } from './store.ts'
import { count } from './tally.ts'

type Row = {
  readonly id: string
  readonly receiver: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly next_attempt_at: number
  readonly reason: string | null
  readonly message: string
}

const deliveries: Insertion = {
  table: 'delivery',
  columns: {
    id: 'text',
    detector: 'text',
    receiver: 'text',
    state: 'text',
    attempts: 'integer',
    next_attempt_at: 'number',
    alert_id: 'text',
    reason: 'text',
    message: 'text',
  },
  key: ['id'],
}
const find = statement<{
  detector: string
  receiver: string
  state: DeliveryState
  next_attempt_at: number
  reason: string | null
}>('select detector, receiver, state, next_attempt_at, reason from delivery where id = ?')
const settle = statement(`
  update delivery set state = ?, next_attempt_at = ?, reason = ?, attempts = attempts + 1
  where id = ? and state = 'pending'`)
const revive = statement<{ detector: string }>(`
  update delivery set state = 'pending', attempts = 0, next_attempt_at = ?
  where id = ? and state = 'dead' returning detector`)
const remove = statement("delete from delivery where id = ? and state = 'pending'")
const columns = 'id, receiver, state, attempts, next_attempt_at, reason, message'
const one = statement<Row>(`select ${columns} from delivery where id = ?`)
// The state as a literal, so that the index over pending or dead deliveries is used: most are sent.
const list = (state?: DeliveryState) =>
  statement<Row>(`
    select ${columns} from delivery
    where detector = ?1 and receiver <> '${canaryReceiver}' and (cast(?2 as text) is null or receiver = ?2)
      ${state === undefined ? '' : `and state = '${state}'`} order by number desc limit ?3`)
const lastNumber = statement<{ number: number }>('select coalesce(max(number), 0) as number from inbox')
const putInbox = statement(`
  insert into inbox (number, id, received_at, subject, text, html, alert_id) values (?, ?, ?, ?, ?, ?, ?)
  on conflict (id) do nothing`)
const inbox = statement<InboxMessage>(`
  select id, received_at as "receivedAt", subject, text, html, alert_id as "alertId"
  from inbox order by number desc limit ?`)

type Outbox = Pick<
  Store,
  'due' | 'nextDue' | 'settle' | 'enqueue' | 'deliveries' | 'delivery' | 'revive' | 'putInbox' | 'inbox'
>

export function outbox(db: Database): Outbox {
  const isPending = `state = 'pending' and receiver not in ${db.dialect.texts}`
  const due = statement<Row>(`
    select ${columns} from delivery
    where ${isPending} and next_attempt_at <= ? order by next_attempt_at, number limit ?`)
  const nextDue = statement<{ next_attempt_at: number }>(`
    select next_attempt_at from delivery where ${isPending} order by next_attempt_at limit 1`)
  return {
    due: async (now, limit, except = []) =>
      (await db.read(due.all(JSON.stringify(except), now, limit))).map(deliveryOf),
    nextDue: async (except = []) => (await db.read(nextDue.get(JSON.stringify(except))))?.next_attempt_at,
    settle: (id, result) => db.transaction(() => write(id, result)),
    enqueue: (detector, added) =>
      db.transaction(function* () {
        yield* addToOutbox(detector, added)
      }),
    deliveries: async ({ detector, state, receiver = null, limit }) =>
      (await db.read(list(state).all(detector, receiver, limit))).map(deliveryOf),
    delivery: async (id) => {
      const row = await db.read(one.get(id))
      return row && deliveryOf(row)
    },
    revive: (id, now) =>
      db.transaction(function* () {
        const revived = yield* revive.get(now, id)
        if (revived) {
          yield* count(revived.detector, { dead: -1, pending: 1 })
          yield* announce(revived.detector, [])
        }
        return revived !== undefined
      }),
    putInbox: ({ id, receivedAt, subject, text, html, alertId }) =>
      db.transaction(function* () {
        yield* lock('inbox', 'alone')
        const { number } = (yield* lastNumber.get())!
        yield* putInbox.run(number + 1, id, receivedAt, subject, text, html, alertId)
      }),
    inbox: (limit) => db.read(inbox.all(limit)),
  }
}

function* write(id: string, result: Parameters<Store['settle']>[1]): Work<void> {
  const before = yield* find.get(id)
  if (!before) throw new TocsinError('DELIVERY_UNKNOWN', `No delivery ${id} is stored; expected one of the outbox.`)
  const isDone = result.state !== 'pending'
  if (before.receiver === canaryReceiver && isDone) return void (yield* remove.run(id))
  const { nextAttemptAt, reason } = { nextAttemptAt: before.next_attempt_at, reason: null, ...result }
  // Another notifier may have been faster: what was sent stays sent, what is dead stays dead.
  const isSettled = (yield* settle.run(result.state, nextAttemptAt, reason, id)) === 1
  if (isSettled && isDone) yield* count(before.detector, { pending: -1, [result.state]: 1 })
}

/** Puts deliveries into the outbox, within a transaction; answers those whose id was new. `part`: whose counters they go to. */
export function* addToOutbox(detector: string, added: readonly Delivery[], part?: number): Work<readonly Delivery[]> {
  const isNew = yield* insert(
    deliveries,
    added.map(({ id, receiver, message, state, attempts, nextAttemptAt, reason }) => {
      const alertId = message.kind === 'alert' ? message.alert.id : null
      return [id, detector, receiver, state, attempts, nextAttemptAt, alertId, reason, JSON.stringify(message)]
    }),
  )
  const fresh = added.filter((_, i) => isNew[i])
  if (fresh.length > 0) yield* announce(detector, [])
  const counted = fresh.filter(({ receiver }) => receiver !== canaryReceiver)
  for (const [state, some] of Map.groupBy(counted, (delivery) => delivery.state))
    yield* count(detector, { [state]: some.length }, part)
  return fresh
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
