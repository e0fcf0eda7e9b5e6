// What was just written in, running totals out: the store's counters, kept in the same transactions.

import type { Sqlite } from '../core/sqlite.ts'
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

const addSql = `
  insert into tally (detector, ${counters.join(', ')}) values (?, ${counters.map(() => '?').join(', ')})
  on conflict (detector) do update set ${counters.map((counter) => `${counter} = ${counter} + excluded.${counter}`).join(', ')}`

const firstEventSql = `
  update tally set first_event_time = min(coalesce(first_event_time, ?1), ?1) where detector = ?2`

const totalsSql = 'select * from tally where detector = ?'
const unroutedSql = `
  select count(*) as alerts from alert
  where detector = ?1 and number > coalesce((select cursor from router where detector = ?1), 0)`
const inboxSql = 'select coalesce(max(number), 0) as messages from inbox'

export type Tally = {
  /** Adds to the counters of a detector; within a transaction. */
  add(detector: string, counts: Partial<Record<Counter, number>>): void
  /** Keeps the least; within a transaction, after an `add`. */
  sawEvent(detector: string, eventTime: number): void
}

export function tally(db: Sqlite): Tally {
  const add = db.query(addSql)
  const sawEvent = db.query(firstEventSql)
  return {
    add: (detector, counts) => void add.run(detector, ...counters.map((counter) => counts[counter] ?? 0)),
    sawEvent: (detector, eventTime) => void sawEvent.run(eventTime, detector),
  }
}

export function totals(db: Sqlite): Pick<Store, 'totals'> {
  const query = db.query<Row>(totalsSql)
  const inbox = db.query<{ messages: number }>(inboxSql)
  const unrouted = db.query<{ alerts: number }>(unroutedSql)
  return {
    totals: async (detector) => {
      const row = query.get(detector)
      const of = (counter: Counter) => row?.[counter] ?? 0
      return {
        events: of('events'),
        alerts: of('alerts'),
        deadLetters: of('dead_letters'),
        duplicates: of('duplicates'),
        lateArrivals: of('late_arrivals'),
        unrouted: unrouted.get(detector)!.alerts,
        deliveries: { pending: of('pending'), sent: of('sent'), dead: of('dead') },
        inboxMessages: inbox.get()!.messages,
        closedDays: of('closed_days'),
      }
    },
  }
}
