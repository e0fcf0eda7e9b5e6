// Quiet hours and an instant in, whether it is quiet and until when out.

import { dayOf, instantAt, nextDay, timeOfDay } from '../core/day.ts'
import type { Quiet } from '../core/policy.ts'

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
/** Quiet for longer than this in one piece is taken for a mistake in the calendar: somebody must be told some day. */
const longestDays = 60

export function isQuiet(quiet: Quiet | undefined, at: number, timeZone: string): boolean {
  if (quiet === undefined) return false
  const day = dayOf(at, timeZone)
  const weekday = weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()]!
  return quiet.holidays.includes(day) || quiet.days.includes(weekday) || isQuietHour(quiet, timeOfDay(at, timeZone))
}

function isQuietHour({ from, to }: Quiet, time: string): boolean {
  if (from === undefined || to === undefined) return false
  return from < to ? time >= from && time < to : time >= from || time < to
}

/** The first instant from `at` on that is not quiet. */
export function quietUntil(quiet: Quiet, at: number, timeZone: string): number {
  let day = dayOf(at, timeZone)
  for (let days = 0; days <= longestDays; days++, day = nextDay(day)) {
    const ends = ['00:00', ...(quiet.to === undefined ? [] : [quiet.to])].map((time) => instantAt(day, time, timeZone))
    const end = [at, ...ends].find((candidate) => candidate >= at && !isQuiet(quiet, candidate, timeZone))
    if (end !== undefined) return end
  }
  return at + longestDays * 86_400_000
}
