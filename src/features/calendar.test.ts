// Instants in several zones in, hours and weekdays there out.

import { expect, test } from 'vitest'
import { compileCalendar } from './calendar.ts'

test.each([
  ['2026-03-29T00:59:00Z', 'Europe/Berlin', { hourOfDay: 1, dayOfWeek: 7, isWeekend: 1, isNight: 1 }],
  // The clock has just gone forward.
  ['2026-03-29T01:00:00Z', 'Europe/Berlin', { hourOfDay: 3, minuteOfDay: 180, dayOfMonth: 29, month: 3 }],
  ['2026-11-23T04:30:00Z', 'America/Chicago', { hourOfDay: 22, dayOfWeek: 7, dayOfMonth: 22, isNight: 0 }],
  ['2026-01-01T00:00:00Z', 'Asia/Kathmandu', { hourOfDay: 5, minuteOfDay: 345, month: 1, dayOfWeek: 4, isWeekend: 0 }],
] as const)('%s in %s', (instant, timeZone, expected) => {
  const calendar = compileCalendar(timeZone)
  for (const [part, value] of Object.entries(expected))
    expect({ part, value: calendar(part as keyof typeof expected)(Date.parse(instant)) }).toEqual({ part, value })
})
