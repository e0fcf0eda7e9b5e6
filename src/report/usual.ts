// Summaries of the days before in, what a usual day looks like out: medians, of the same weekday where there are enough.

import type { Day } from '../core/day.ts'

/** What a day's figures are held against. */
export type Usual = {
  /** Days that the medians are of: those of the same weekday, or all. */
  readonly of: 'weekday' | 'day'
  readonly days: number
  readonly events: number
  readonly alerts: number
  /** Null where a day had no amounts. */
  readonly amountAtRisk: number | null
}

/** The figures of a closed day that a later one is held against. */
export type DayFigures = {
  readonly day: Day
  readonly events: number
  readonly alerts: number
  readonly amountAtRisk: number | null
}

/** So far back lies what is still usual, days. */
export const usualDays = 56
const leastDays = 3

/** The median of the last eight of the same weekday, or of the last 28 days; null where there are fewer than three. Days without events are not usual. */
export function usualOf(day: Day, before: readonly DayFigures[]): Usual | null {
  const known = before.filter((other) => other.events > 0 && other.day < day && other.day >= shifted(day, -usualDays))
  const same = known.filter((other) => weekday(other.day) === weekday(day))
  if (same.length >= leastDays) return { of: 'weekday', ...medians(same) }
  const last = known.filter((other) => other.day >= shifted(day, -28))
  return last.length >= leastDays ? { of: 'day', ...medians(last) } : null
}

/** The day so many days later (earlier where negative). */
export function shifted(day: Day, days: number): Day {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
}

function medians(days: readonly DayFigures[]): Omit<Usual, 'of'> {
  const risks = days.map(({ amountAtRisk }) => amountAtRisk).filter((amount) => amount !== null)
  return {
    days: days.length,
    events: median(days.map(({ events }) => events)),
    alerts: median(days.map(({ alerts }) => alerts)),
    amountAtRisk: risks.length === days.length ? median(risks) : null,
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
}

function weekday(day: Day): number {
  return new Date(Date.parse(day)).getUTCDay()
}
