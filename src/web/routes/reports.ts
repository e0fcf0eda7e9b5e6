// Days out: as numbers, and as the page that was made when the day closed.

import { z } from 'zod'
import type { Day as DayName } from '../../core/day.ts'
import { TocsinError } from '../../core/error.ts'
import { daysOf, renderDay, renderPdf, renderPeriod, summarizePeriod } from '../../report/report.ts'
import type { ListedDay } from '../../store/store.ts'
import { pagePolicy } from '../access.ts'
import { type DayClosed, DayList, DaySummary, PeriodSummary } from '../api/days.ts'
import { jsonRoute, type Route, textRoute } from '../route.ts'
import type { Services } from '../services.ts'
import { openDayOf } from '../stats.ts'
import { Day, Period } from './parameters.ts'

const params = z.object({ day: Day })
const periodParams = z.object({ period: Period })

export function reportRoutes(services: Services): Route[] {
  const { store, detector, summary } = services
  const live = async (day: DayName) => {
    const found = await summary(day)
    if (!found) throw unknownDay(day)
    return found
  }
  const summaryOfPeriod = async (period: string) => {
    const { from, to } = daysOf(period)
    const days = (await store.daySummaries(detector, from, to)).map(parseSummary)
    if (days.length === 0) throw unknownDay(period)
    return summarizePeriod(period, days)
  }
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/reports',
      theme: 'reports',
      summary: 'The days that have a page, newest first, and the open one.',
      answer: DayList,
      handle: async () => {
        const open = await openDayOf(services)
        const closed = (await store.closedDays(detector)).map(dayLine)
        const line = open === null || closed.some(({ day }) => day === open) ? undefined : await summary(open)
        const days = [
          ...closed,
          ...(line ? [{ day: line.day, isClosed: false, events: line.events, alerts: line.alerts }] : []),
        ]
        return { open, days: days.sort((a, b) => (a.day < b.day ? 1 : -1)) }
      },
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/reports/:day',
      theme: 'reports',
      summary: 'What happened on a day, in numbers: fixed once it has closed, live before.',
      params,
      answer: DaySummary,
      handle: async ({ params: { day } }) => {
        const closed = await store.closedDay(detector, day)
        return closed ? parseSummary(closed.summary) : live(day)
      },
    }),
    textRoute({
      method: 'GET',
      path: '/reports/:day',
      theme: 'reports',
      summary: 'The day’s page: the stored bytes once it has closed, made now before.',
      params,
      answer: 'text/html; charset=utf-8',
      handle: async ({ params: { day }, reply }) => {
        reply.header('content-security-policy', pagePolicy)
        const closed = await store.closedDay(detector, day)
        return closed ? closed.html : renderDay(await live(day))
      },
    }),
    textRoute({
      method: 'GET',
      path: '/reports/:day/pdf',
      theme: 'reports',
      summary: 'The day’s page as PDF: the same bytes each time once the day has closed.',
      params,
      answer: 'application/pdf',
      handle: async ({ params: { day } }) => {
        const closed = await store.closedDay(detector, day)
        return renderPdf(closed ? parseSummary(closed.summary) : await live(day))
      },
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/periods/:period',
      theme: 'reports',
      summary: 'A week (2026-W10) or a month (2026-03) in numbers: sums over its closed days.',
      params: periodParams,
      answer: PeriodSummary,
      handle: async ({ params: { period } }) => summaryOfPeriod(period),
    }),
    textRoute({
      method: 'GET',
      path: '/reports/periods/:period',
      theme: 'reports',
      summary: 'The page of a week or a month, made of its closed days.',
      params: periodParams,
      answer: 'text/html; charset=utf-8',
      handle: async ({ params: { period }, reply }) => {
        reply.header('content-security-policy', pagePolicy)
        return renderPeriod(await summaryOfPeriod(period))
      },
    }),
  ]
}

const parseSummary = (summary: string): DaySummary => DaySummary.parse(JSON.parse(summary))

// No more than the line needs is checked: a list may be of years.
const Line = DaySummary.pick({ day: true, isClosed: true, events: true, alerts: true })

/** A closed day's line in a list. */
export function dayLine({ summary }: ListedDay): DayClosed {
  return Line.parse(JSON.parse(summary))
}

function unknownDay(day: DayName): TocsinError {
  const message = `There is no page of ${day}; expected a day with events. /v1/reports lists the days.`
  return new TocsinError('DAY_UNKNOWN', message)
}
