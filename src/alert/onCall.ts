// A rotation and an instant in, the receivers who are on call then out.

import { dayOf, instantAt } from '../core/day.ts'
import type { Rotation } from '../core/policy.ts'

/** A piece of a calendar: from `start` up to `end` (ms) the receiver or person that its title names is on call. */
export type Shift = { readonly start: number; readonly end: number; readonly title: string }

const dayMs = 86_400_000

/** Never nobody. `shifts` are the calendar's; `isReceiver` tells a title that is one's name. */
export function onCall(
  rotation: Rotation,
  at: number,
  given: {
    readonly timeZone: string
    readonly shifts: readonly Shift[]
    readonly isReceiver: (name: string) => boolean
  },
): readonly string[] {
  if ('weekly' in rotation) return [weekly(rotation, at, given.timeZone)]
  const found = given.shifts
    .filter(({ start, end }) => start <= at && at < end)
    .map(({ title }) => rotation.who[title] ?? title)
    .filter(given.isReceiver)
  return found.length > 0 ? [...new Set(found)] : rotation.otherwise
}

function weekly({ weekly: members, from }: Extract<Rotation, { weekly: unknown }>, at: number, timeZone: string) {
  const [firstDay, time] = from.split('T') as [string, string]
  const days = Math.round((Date.parse(dayOf(at, timeZone)) - Date.parse(firstDay)) / dayMs)
  // On a day of handover those before still have the hours before it.
  const isBefore = days % 7 === 0 && at < instantAt(dayOf(at, timeZone), time, timeZone)
  const turns = Math.floor(days / 7) - (isBefore ? 1 : 0)
  return members[((turns % members.length) + members.length) % members.length]!
}
