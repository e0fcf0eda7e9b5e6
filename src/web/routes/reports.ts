// Days out: as numbers, and as the page that was made when the day closed.

import { z } from 'zod'
import type { Day as DayName } from '../../core/day.ts'
import { TocsinError } from '../../core/error.ts'
import { renderDay } from '../../report/report.ts'
import type { ClosedDay } from '../../store/store.ts'
import { pagePolicy } from '../access.ts'
import { type DayClosed, DayList, DaySummary } from '../api.ts'
import { jsonRoute, type Route, textRoute } from '../route.ts'
import type { Services } from '../services.ts'
import { openDayOf } from '../stats.ts'
import { Day } from './parameters.ts'

const params = z.object({ day: Day })

export function reportRoutes(services: Services): Route[] {
  const { store, detector, summary } = services
  const live = async (day: DayName) => {
    const found = await summary(day)
    if (!found) throw unknownDay(day)
    return found
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
        return closed ? DaySummary.parse(JSON.parse(closed.summary)) : live(day)
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
  ]
}

/** A closed day's line in a list. */
export function dayLine({ summary }: ClosedDay): DayClosed {
  const { day, isClosed, events, alerts } = DaySummary.parse(JSON.parse(summary))
  return { day, isClosed, events, alerts }
}

function unknownDay(day: DayName): TocsinError {
  const message = `There is no page of ${day}; expected a day with events. /v1/reports lists the days.`
  return new TocsinError('DAY_UNKNOWN', message)
}
