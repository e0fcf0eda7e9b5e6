// What was just written in, running totals out: the store's counters, kept in the same transactions.

import { type Database, statement, type Work } from './database.ts'
import type { Store } from './store.ts'

const counters = [
  'events',
  'alerts',
  'dead_letters',
  'duplicates',
  'late_arrivals',
  'pending',
  'sent',
  'dead',
  'closed_days',
] as const

type Counter = (typeof counters)[number]
type Row = Record<Counter, number>

// A row for each partition, so that workers of several partitions do not wait for each other; -1 for what is of none.
const noPartition = -1

const add = statement(`
  insert into tally (detector, part, ${counters.join(', ')}) values (?, ?, ${counters.map(() => '?').join(', ')})
  on conflict (detector, part) do update set
    ${counters.map((counter) => `${counter} = tally.${counter} + excluded.${counter}`).join(', ')}`)
const saw = statement(`
  update tally set first_event_time = ?1
  where detector = ?2 and part = ?3 and (first_event_time is null or first_event_time > ?1)`)
const sums = statement<Row>(`
  select ${counters.map((counter) => `cast(coalesce(sum(${counter}), 0) as bigint) as ${counter}`).join(', ')}
  from tally where detector = ?`)
const unrouted = statement<{ alerts: number }>(`
  select count(*) as alerts from alert
  where detector = ?1 and number > coalesce((select cursor from router where detector = ?1), 0)`)
const inbox = statement<{ messages: number }>('select coalesce(max(number), 0) as messages from inbox')

/** Adds to the counters of a detector; within a transaction. */
export function* count(detector: string, counts: Partial<Record<Counter, number>>, part = noPartition): Work<void> {
  yield* add.run(detector, part, ...counters.map((counter) => counts[counter] ?? 0))
}

/** Keeps the least event time; within a transaction, after a `count` of the same part. */
export function* sawEvent(detector: string, eventTime: number, part: number): Work<void> {
  yield* saw.run(eventTime, detector, part)
}

export function totals(db: Database): Pick<Store, 'totals'> {
  return {
    totals: async (detector) => {
      // Before the outbox: an alert that is routed in between is counted twice then, not overlooked by both.
      const { alerts } = (await db.read(unrouted.get(detector)))!
      const row = (await db.read(sums.get(detector)))!
      return {
        events: row.events,
        alerts: row.alerts,
        deadLetters: row.dead_letters,
        duplicates: row.duplicates,
        lateArrivals: row.late_arrivals,
        unrouted: alerts,
        deliveries: { pending: row.pending, sent: row.sent, dead: row.dead },
        inboxMessages: (await db.read(inbox.get()))!.messages,
        closedDays: row.closed_days,
      }
    },
  }
}
