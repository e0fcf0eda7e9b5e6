// Days: what they held in minutes, what came late for them, and their pages once closed.

import type { Sqlite } from '../core/sqlite.ts'
import { outboxWriter } from './outbox.ts'
import { type RollupRow, rollupOf, rollupsSql } from './rollups.ts'
import type { ClosedDay, Store } from './store.ts'
import { tally } from './tally.ts'

// Null (no event yet) is the least of all.
const watermarkSql = 'select min(watermark) as watermark from position where detector = ?'
const firstEventSql = 'select first_event_time as time from tally where detector = ?'
const lateSql = 'select minute as eventTime, events from late where detector = ? and told_by = ? order by minute'
const tellLateSql = "update late set told_by = ? where detector = ? and told_by = ''"
const deadLetterCountSql = `
  select count(*) as count from dead_letter where detector = ? and event_time >= ? and event_time < ?`
const closeSql =
  'insert into report (detector, day, ends_at, summary, html) values (?, ?, ?, ?, ?) on conflict do nothing'
const closedDaysSql =
  'select detector, day, ends_at as "end", summary, html from report where detector = ? order by day'
const summariesSql = 'select summary from report where detector = ? and day between ? and ? order by day'
const closedDaySql = `select detector, day, ends_at as "end", summary, html from report where detector = ? and day = ?`

type Days = Pick<
  Store,
  | 'watermark'
  | 'rollups'
  | 'firstEventTime'
  | 'lateArrivals'
  | 'deadLetterCount'
  | 'closeDay'
  | 'closedDays'
  | 'closedDay'
  | 'daySummaries'
>

export function days(db: Sqlite): Days {
  const watermark = db.query<{ watermark: number | null }>(watermarkSql)
  const rollups = db.query<RollupRow>(rollupsSql)
  const firstEvent = db.query<{ time: number | null }>(firstEventSql)
  const late = db.query<{ eventTime: number; events: number }>(lateSql)
  const deadLetterCount = db.query<{ count: number }>(deadLetterCountSql)
  const closedDays = db.query<ClosedDay>(closedDaysSql)
  const closedDay = db.query<ClosedDay>(closedDaySql)
  const summaries = db.query<{ summary: string }>(summariesSql)
  return {
    watermark: async (detector) => watermark.get(detector)?.watermark ?? Number.NEGATIVE_INFINITY,
    rollups: async (detector, from, to) => rollups.all(detector, from, to).map(rollupOf),
    firstEventTime: async (detector) => firstEvent.get(detector)?.time ?? undefined,
    lateArrivals: async (detector, toldBy) => late.all(detector, toldBy ?? ''),
    deadLetterCount: async (detector, from, to) => deadLetterCount.get(detector, from, to)!.count,
    closeDay: dayCloser(db),
    closedDays: async (detector) => closedDays.all(detector),
    closedDay: async (detector, day) => closedDay.get(detector, day),
    daySummaries: async (detector, from, to) => summaries.all(detector, from, to).map(({ summary }) => summary),
  }
}

function dayCloser(db: Sqlite): Store['closeDay'] {
  const close = db.query(closeSql)
  const tellLate = db.query(tellLateSql)
  const addToOutbox = outboxWriter(db)
  const counters = tally(db)
  return async ({ detector, day, end, summary, html }, deliveries) =>
    db.transaction(() => {
      if (close.run(detector, day, end, summary, html).changes === 0) return false
      tellLate.run(day, detector)
      addToOutbox(detector, deliveries)
      counters.add(detector, { closed_days: 1 })
      return true
    })
}
