// The text of an iCalendar file in, who is on call when out; recurring events are unrolled.

import type ICAL from 'ical.js'
import { TocsinError } from '../core/error.ts'
import type { Shift } from './onCall.ts'

/** So many occurrences of one event are read at most: a rule without an end must not keep us for ever. */
const mostOccurrences = 20_000

/** Shifts that touch [from, to), ms. Throws `CALENDAR_INVALID`. */
export async function shiftsOf(text: string, from: number, to: number): Promise<Shift[]> {
  const { default: ical } = await import('ical.js')
  let events: ICAL.Event[]
  try {
    const calendar = new ical.Component(ical.parse(text))
    for (const zone of calendar.getAllSubcomponents('vtimezone')) ical.TimezoneService.register(zone)
    events = calendar.getAllSubcomponents('vevent').map((component) => new ical.Event(component))
  } catch (cause) {
    const advice = 'expected an iCalendar file (RFC 5545), as every calendar program exports it'
    throw new TocsinError('CALENDAR_INVALID', `The calendar cannot be read (${String(cause)}); ${advice}.`, { cause })
  }
  return events
    .filter((event) => !event.isRecurrenceException())
    .flatMap((event) => occurrences(event, to))
    .filter(({ start, end }) => end > from && start < to)
    .sort((a, b) => a.start - b.start)
}

function occurrences(event: ICAL.Event, to: number): Shift[] {
  if (!event.isRecurring()) return [shift(event.summary, event.startDate, event.endDate)]
  const shifts: Shift[] = []
  const iterator = event.iterator()
  for (let i = 0; i < mostOccurrences; i++) {
    const next = iterator.next()
    if (!next || next.toJSDate().getTime() >= to) break
    const { item, startDate, endDate } = event.getOccurrenceDetails(next)
    shifts.push(shift(item.summary, startDate, endDate))
  }
  return shifts
}

function shift(title: string, start: ICAL.Time, end: ICAL.Time): Shift {
  return { start: start.toJSDate().getTime(), end: end.toJSDate().getTime(), title: (title ?? '').trim() }
}
