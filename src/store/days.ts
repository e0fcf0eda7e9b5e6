// Days: what they held in minutes, what came late for them, and their pages once closed.

import { type Database, lock, statement, type Work } from './database.ts'
import { daysLock } from './locks.ts'
import { addToOutbox } from './outbox.ts'
import { rollupReader } from './rollups.ts'
import type { ClosedDay, CountedDay, Counts, ListedDay, Store } from './store.ts'
import { count } from './tally.ts'

// Null (no event yet) is the least of all.
const watermark = statement<{ watermark: number | null }>(
  'select min(watermark) as watermark from position where detector = ?',
)
const firstEvent = statement<{ time: number | null }>(
  'select min(first_event_time) as time from tally where detector = ?',
)
const late = statement<{ eventTime: number; events: number }>(
  'select minute as "eventTime", events from late where detector = ? and told_by = ? order by minute',
)
const lateIn = statement<{ events: number }>(`
  select cast(coalesce(sum(events), 0) as bigint) as events from late where detector = ? and minute >= ? and minute < ?`)
const untold = statement<{ events: number }>(`
  select cast(coalesce(sum(events), 0) as bigint) as events from late where detector = ? and told_by = ''`)
const counted = statement<Counts>(`
  select cast(coalesce(sum(events), 0) as bigint) as events, cast(coalesce(sum(alerts), 0) as bigint) as alerts,
    coalesce(sum(amount), 0.0) as amount, coalesce(sum(alert_amount), 0.0) as "alertAmount"
  from rollup where detector = ? and minute >= ? and minute < ?`)
const tellLate = statement("update late set told_by = ? where detector = ? and told_by = ''")
const deadLetterCount = statement<{ count: number }>(`
  select count(*) as count from dead_letter where detector = ? and event_time >= ? and event_time < ?`)
const close = statement(`
  insert into report (detector, day, ends_at, summary, html) values (?, ?, ?, ?, ?)
  on conflict (detector, day) do nothing`)
const closedDays = statement<ListedDay>(
  'select detector, day, ends_at as "end", summary from report where detector = ? order by day',
)
const summaries = statement<{ summary: string }>(
  'select summary from report where detector = ? and day between ? and ? order by day',
)
const closedDay = statement<ClosedDay>(
  'select detector, day, ends_at as "end", summary, html from report where detector = ? and day = ?',
)

type Days = Pick<
  Store,
  | 'watermark'
  | 'rollups'
  | 'counts'
  | 'firstEventTime'
  | 'lateArrivals'
  | 'lateEvents'
  | 'deadLetterCount'
  | 'closeDay'
  | 'closedDays'
  | 'closedDay'
  | 'daySummaries'
>

export function days(db: Database): Days {
  return {
    watermark: async (detector) => (await db.read(watermark.get(detector)))?.watermark ?? Number.NEGATIVE_INFINITY,
    rollups: rollupReader(db),
    counts: async (detector, from, to) => ({ ...(await db.read(counted.get(detector, from, to)))! }),
    firstEventTime: async (detector) => (await db.read(firstEvent.get(detector)))?.time ?? undefined,
    lateArrivals: (detector, toldBy) => db.read(late.all(detector, toldBy ?? '')),
    lateEvents: async (detector, from, to) => (await db.read(lateIn.get(detector, from, to)))!.events,
    deadLetterCount: async (detector, from, to) => (await db.read(deadLetterCount.get(detector, from, to)))!.count,
    closeDay: (day, deliveries, page) =>
      db.transaction(function* () {
        const { detector, end, summary, html } = day
        yield* lock(daysLock(detector), 'alone')
        if (!(yield* isAsRead(detector, end, page))) return 'changed'
        if ((yield* close.run(detector, day.day, end, summary, html)) === 0) return 'closed before'
        yield* tellLate.run(day.day, detector)
        yield* addToOutbox(detector, deliveries)
        yield* count(detector, { closed_days: 1 })
        return 'closed'
      }),
    closedDays: (detector) => db.read(closedDays.all(detector)),
    closedDay: (detector, day) => db.read(closedDay.get(detector, day)),
    daySummaries: async (detector, from, to) =>
      (await db.read(summaries.all(detector, from, to))).map(({ summary }) => summary),
  }
}

// Between the reading of a page's numbers and its closing other events may have come: such a page would be wrong for ever.
function* isAsRead(detector: string, end: number, { start, events, lateArrivals }: CountedDay): Work<boolean> {
  return (
    (yield* counted.get(detector, start, end))!.events === events &&
    (yield* untold.get(detector))!.events === lateArrivals
  )
}
