// An instant and a time zone in, its hour, weekday or month there out.

import type { CalendarPart } from '../core/declaration.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Offset of the zone's clock from UTC at an instant, ms; asked of the platform once for each quarter of an hour, where no zone ever changes within. */
function zoneOffset(timeZone: string): (time: number) => number {
  const step = hourMs / 4
  const known = new Map<number, number>()
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    ...{ calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  const ask = (time: number) => {
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type)!
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
    return local - Math.floor(time / 1000) * 1000
  }
  return (time) => {
    const place = Math.floor(time / step)
    let offset = known.get(place)
    if (offset === undefined) {
      // Some years of quarters; then begin anew, so that a stream of made-up times does not fill memory.
      if (known.size > 200_000) known.clear()
      offset = ask(place * step)
      known.set(place, offset)
    }
    return offset
  }
}

const parts: Readonly<Record<CalendarPart, (local: number) => number>> = {
  hourOfDay: (local) => Math.floor(local / hourMs) % 24,
  minuteOfDay: (local) => Math.floor(local / 60_000) % 1440,
  // 1970-01-01 was a Thursday; Monday is 1.
  dayOfWeek: (local) => ((Math.floor(local / dayMs) + 3) % 7) + 1,
  dayOfMonth: (local) => new Date(local).getUTCDate(),
  month: (local) => new Date(local).getUTCMonth() + 1,
  isWeekend: (local) => ((Math.floor(local / dayMs) + 3) % 7 >= 5 ? 1 : 0),
  // Until seven, as the Fraud Detection Handbook has it.
  isNight: (local) => (Math.floor(local / hourMs) % 24 <= 6 ? 1 : 0),
}

/** Functions from an instant (ms since 1970 UTC, from 1970 on) to the part of the calendar in this zone. */
export function compileCalendar(timeZone: string): (part: CalendarPart) => (time: number) => number {
  const offset = zoneOffset(timeZone)
  return (part) => {
    const of = parts[part]
    return (time) => of(time + offset(time))
  }
}
