// The name of a closed day, a week or a month in, its page out: numbers, HTML, and of a day PDF.

import { TocsinError } from '../core/error.ts'
import {
  type DaySummary,
  daysOf,
  type PeriodSummary,
  renderPdf,
  renderPeriod,
  summarizePeriod,
} from '../report/report.ts'
import type { Store } from '../store/store.ts'

export type Page = {
  readonly summary: DaySummary | PeriodSummary
  readonly html: string
  /** Undefined of weeks and months. */
  readonly pdf: (() => Promise<Uint8Array>) | undefined
}

/** Throws TocsinError `DAY_NOT_CLOSED` where no such day, or no day of the period, is closed. */
export async function closedPage(store: Store, detector: string, name: string): Promise<Page> {
  if (/^\d{4}-\d{2}-\d{2}$/.test(name)) return dayPage(store, detector, name)
  const { from, to } = periodDays(name)
  const summaries = await store.daySummaries(detector, from, to)
  if (summaries.length === 0) throw await notClosed(store, detector, name)
  // Written by the report room when the days closed.
  const summary = summarizePeriod(
    name,
    summaries.map((day) => JSON.parse(day) as DaySummary),
  )
  return { summary, html: renderPeriod(summary), pdf: undefined }
}

async function dayPage(store: Store, detector: string, day: string): Promise<Page> {
  const closed = await store.closedDay(detector, day)
  if (!closed) throw await notClosed(store, detector, day)
  const summary = JSON.parse(closed.summary) as DaySummary
  return { summary, html: closed.html, pdf: () => renderPdf(summary) }
}

function periodDays(name: string): { from: string; to: string } {
  try {
    return daysOf(name)
  } catch (cause) {
    const message = `"${name}" names no page; expected a day (2026-11-22), a week (2026-W47) or a month (2026-11)`
    throw new TocsinError('PERIOD_INVALID', message, { cause })
  }
}

async function notClosed(store: Store, detector: string, name: string): Promise<TocsinError> {
  const known = (await store.closedDays(detector)).map(({ day }) => day)
  return new TocsinError('DAY_NOT_CLOSED', `${name} is not a closed day; closed: ${known.join(', ') || 'none yet'}`)
}
