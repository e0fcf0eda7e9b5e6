// A store whose watermark has passed midnight in, closed days out: each summarised, rendered and stored once.

import type { AlertView, Delivery } from '../core/alert.ts'
import { type Day, dayEnd, dayOf, dayStart, nextDay } from '../core/day.ts'
import { canonicalJson } from '../core/digest.ts'
import type { HeldCount } from '../core/held.ts'
import type { HourSketch } from './drift.ts'
import { type Health, type HealthModel, healthDays, healthOf } from './health.ts'
import { summarySubject, summaryText } from './message.ts'
import { renderDay } from './page.ts'
import {
  daysOf,
  type Period,
  periodSubject,
  periodsEndingWith,
  periodText,
  renderPeriod,
  summarizePeriod,
} from './period.ts'
import type { AnsweredEvents } from './quality.ts'
import { type DayFacts, type DaySummary, type MinuteCounts, type SkippedDays, summarizeDay } from './summary.ts'
import { type DayFigures, shifted, usualDays } from './usual.ts'

/** What a day is read from, and written to: a part of the store's contract. */
type DayStore = {
  watermark(detector: string): Promise<number>
  firstEventTime(detector: string): Promise<number | undefined>
  rollups(detector: string, from: number, to: number): Promise<readonly MinuteCounts[]>
  sketches(detector: string, from: number, to: number): Promise<readonly HourSketch[]>
  answeredEvents(detector: string, from: number, to: number): Promise<readonly AnsweredEvents[]>
  eachAlert(query: { readonly detector: string; readonly from: number; readonly to: number }): AsyncIterable<AlertView>
  lateArrivals(detector: string, toldBy: Day | null): Promise<readonly { eventTime: number; events: number }[]>
  deadLetterCount(detector: string, from: number, to: number): Promise<number>
  heldCounts(detector: string, from: number, to: number): Promise<readonly HeldCount[]>
  closedDay(detector: string, day: Day): Promise<unknown>
  daySummaries(detector: string, from: Day, to: Day): Promise<readonly string[]>
  closedDays(detector: string): Promise<readonly { readonly day: Day }[]>
  closeDay(
    day: {
      readonly detector: string
      readonly day: Day
      readonly end: number
      readonly summary: string
      readonly html: string
    },
    deliveries: readonly Delivery[],
    counted: { readonly start: number; readonly events: number; readonly lateArrivals: number },
  ): Promise<'closed' | 'closed before' | 'changed'>
}

export type DaySources = {
  readonly store: DayStore
  readonly detector: string
  readonly timeZone: string
  /** Whether the detector declares an amount column: only then is there money at risk. */
  readonly hasAmount: boolean
  /** Whose health the page tells of; none where absent. */
  readonly model?: HealthModel | undefined
}

export type Closing = DaySources & {
  /** Longer periods whose page is sent with that of their last day. */
  readonly periods: readonly ('week' | 'month')[]
  /** Who hears of a page, as rows of the outbox. */
  readonly deliveriesFor: (page: ReportPage) => readonly Delivery[]
}

/** The page of a day, or of the week or month that ended with it, as a message. */
export type ReportPage = {
  readonly day: Day
  /** Null: the day's own. */
  readonly period: Period | null
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** So many days without events, one after another, get pages; the rest of the gap is a line on the next page. */
export const maxEmptyDays = 31
/** How often a page is made anew because events came while it was made, before this gives up until it is asked again. */
const maxRereadings = 20
const dayMs = 86_400_000

/**
 * Closes, in order, every day whose end the watermark has reached, from the first event's day (or the day after the last closed
 * one) on; a day without events, too. A day more than `maxEmptyDays` after the last event gets no page: the next page names such
 * days in one line. Answers with the days that this call has closed.
 */
export async function closeFinishedDays(closing: Closing): Promise<readonly Day[]> {
  const { store, detector, timeZone } = closing
  const watermark = await store.watermark(detector)
  if (!(await hasUnclosed(closing, watermark))) return []
  let last = (await store.closedDays(detector))
    .map(({ day }) => day)
    .sort()
    .at(-1)
  let day = last === undefined ? dayOf((await store.firstEventTime(detector))!, timeZone) : nextDay(last)
  const closed: Day[] = []
  while (dayEnd(day, timeZone) <= watermark) {
    const next = await dayWithPage(closing, day, watermark)
    if (next === undefined || dayEnd(next, timeZone) > watermark) break
    const skippedDays = last !== undefined && nextDay(last) < next ? skipped(nextDay(last), next, timeZone) : null
    const result = await closeDay(closing, next, skippedDays)
    if (result === 'changed') break
    if (result === 'closed') closed.push(next)
    last = next
    day = nextDay(next)
  }
  return closed
}

/** The day that the watermark has reached (or `day`) as it stands; undefined before the first event, and for a day without data yet. */
export async function openDay(sources: DaySources & { readonly day?: Day }): Promise<DaySummary | undefined> {
  const { store, detector, timeZone } = sources
  const first = await store.firstEventTime(detector)
  if (first === undefined) return undefined
  const today = dayOf(Math.max(first, await store.watermark(detector)), timeZone)
  const day = sources.day ?? today
  // The watermark stays a little behind the newest event, which may be of the day after.
  if (day < dayOf(first, timeZone) || day > nextDay(today)) return undefined
  return summaryOf(sources, day, { isClosed: false, skippedDays: null })
}

// Asked often, so it looks at one day only: as days close in order, all are closed when the last finished one is.
async function hasUnclosed({ store, detector, timeZone }: DaySources, watermark: number): Promise<boolean> {
  const first = await store.firstEventTime(detector)
  if (first === undefined || !Number.isFinite(watermark)) return false
  const lastFinished = dayBefore(dayOf(watermark, timeZone), timeZone)
  if (lastFinished < dayOf(first, timeZone)) return false
  return (await store.closedDay(detector, lastFinished)) === undefined
}

/** The first day from `day` on that gets a page; undefined where that is none before the watermark. */
async function dayWithPage(sources: DaySources, day: Day, watermark: number): Promise<Day | undefined> {
  const { store, detector, timeZone } = sources
  const start = dayStart(day, timeZone)
  const end = dayEnd(day, timeZone)
  for (const since of [start, start - maxEmptyDays * dayMs])
    if ((await store.rollups(detector, since, end)).length > 0) return day
  // The gap may be years: look ahead in windows that double.
  let from = start
  for (let spanMs = maxEmptyDays * dayMs; from < watermark; spanMs *= 2) {
    const minutes = await store.rollups(detector, from, from + spanMs)
    if (minutes.length > 0) return dayOf(Math.min(...minutes.map(({ minute }) => minute)), timeZone)
    from += spanMs
  }
  return undefined
}

async function summaryOf(
  sources: DaySources,
  day: Day,
  state: Pick<DayFacts, 'isClosed' | 'skippedDays'>,
): Promise<DaySummary> {
  return summarizeDay({ ...state, ...(await factsOf(sources, day)) })
}

async function factsOf(sources: DaySources, day: Day) {
  const { store, detector, timeZone, hasAmount } = sources
  const from = dayStart(day, timeZone)
  const to = dayEnd(day, timeZone)
  return {
    ...{ detector, day, timeZone, hasAmount },
    rollups: await store.rollups(detector, from, to),
    alerts: await Array.fromAsync(store.eachAlert({ detector, from, to })),
    lateArrivals: await store.lateArrivals(detector, null),
    deadLetters: await store.deadLetterCount(detector, from, to),
    held: await store.heldCounts(detector, from, to),
    before: await figuresBefore(store, detector, day),
    health: await healthBefore(sources, day),
  }
}

async function healthBefore({ store, detector, timeZone, model }: DaySources, day: Day): Promise<Health | null> {
  if (!model) return null
  const [start, end] = [dayStart(day, timeZone), dayEnd(day, timeZone)]
  const sketches = await store.sketches(detector, start - 7 * dayMs, end)
  const answered = await store.answeredEvents(detector, dayStart(shifted(day, 1 - healthDays), timeZone), end)
  return healthOf({ day, timeZone, model, sketches, answered })
}

async function figuresBefore(store: DayStore, detector: string, day: Day): Promise<DayFigures[]> {
  const summaries = await store.daySummaries(detector, shifted(day, -usualDays), shifted(day, -1))
  // Written by this room when those days closed.
  return summaries.map((summary) => JSON.parse(summary) as DayFigures)
}

/** Made anew where events came while it was made: the store takes only a page that counts what it holds. */
async function closeDay(closing: Closing, day: Day, skippedDays: SkippedDays | null) {
  for (let readings = 1; ; readings++) {
    const facts = await factsOf(closing, day)
    const result = await storeDay(closing, summarizeDay({ ...facts, isClosed: true, skippedDays }), {
      start: dayStart(day, closing.timeZone),
      events: sum(facts.rollups),
      lateArrivals: sum(facts.lateArrivals),
    })
    if (result !== 'changed' || readings === maxRereadings) return result
  }
}

function sum(counts: readonly { readonly events: number }[]): number {
  return counts.reduce((total, { events }) => total + events, 0)
}

type Counted = Parameters<DayStore['closeDay']>[2]

async function storeDay(closing: Closing, summary: DaySummary, counted: Counted) {
  const { store, detector, timeZone, deliveriesFor } = closing
  const { day } = summary
  const html = renderDay(summary)
  const own = { day, period: null, html, text: summaryText(summary), subject: summarySubject(summary) }
  const deliveries = [own, ...(await periodPages(closing, summary))].flatMap(deliveriesFor)
  const end = dayEnd(day, timeZone)
  return store.closeDay({ detector, day, end, summary: canonicalJson(summary), html }, deliveries, counted)
}

async function periodPages({ store, detector, periods }: Closing, last: DaySummary): Promise<ReportPage[]> {
  const ending = periodsEndingWith(last.day)
  const wanted = periods.map((kind) => ending[kind]).filter((period) => period !== undefined)
  return Promise.all(
    wanted.map(async (period) => {
      const before = await store.daySummaries(detector, daysOf(period).from, shifted(last.day, -1))
      const whole = summarizePeriod(period, [...before.map((summary) => JSON.parse(summary) as DaySummary), last])
      const [subject, text, html] = [periodSubject(whole), periodText(whole), renderPeriod(whole)]
      return { day: last.day, period, subject, text, html }
    }),
  )
}

function dayBefore(day: Day, timeZone: string): Day {
  return dayOf(dayStart(day, timeZone) - 1, timeZone)
}

function skipped(from: Day, next: Day, timeZone: string): SkippedDays {
  return { from, to: dayBefore(next, timeZone), days: Math.round((Date.parse(next) - Date.parse(from)) / dayMs) }
}
