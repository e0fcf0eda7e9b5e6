import { expect, test } from 'vitest'
import { shiftsOf } from './calendar.ts'

const utc = (text: string) => Date.parse(`${text}Z`)
const calendar = (...events: readonly string[]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    'BEGIN:VTIMEZONE',
    'TZID:Europe/Berlin',
    ...['BEGIN:STANDARD', 'DTSTART:19701025T030000', 'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10'],
    ...['TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'END:STANDARD'],
    ...['BEGIN:DAYLIGHT', 'DTSTART:19700329T020000', 'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3'],
    ...['TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200', 'END:DAYLIGHT'],
    'END:VTIMEZONE',
    ...events,
    'END:VCALENDAR',
    '',
  ].join('\r\n')
const event = (...lines: readonly string[]) => ['BEGIN:VEVENT', 'UID:1', ...lines, 'END:VEVENT'].join('\r\n')
const weekly = event(
  ...['DTSTART;TZID=Europe/Berlin:20261005T090000', 'DTEND;TZID=Europe/Berlin:20261012T090000'],
  ...['RRULE:FREQ=WEEKLY;INTERVAL=2', 'SUMMARY:Ann A.'],
)

test('an event is a shift of whom its title names', async () => {
  const one = event('DTSTART:20261123T080000Z', 'DTEND:20261123T160000Z', 'SUMMARY: Ann A. ')
  expect(await shiftsOf(calendar(one), utc('2026-11-01T00:00:00'), utc('2026-12-01T00:00:00'))).toEqual([
    { start: utc('2026-11-23T08:00:00'), end: utc('2026-11-23T16:00:00'), title: 'Ann A.' },
  ])
})

test('a recurring event is unrolled in its own time zone, across a change of the clocks', async () => {
  const shifts = await shiftsOf(calendar(weekly), utc('2026-10-18T00:00:00'), utc('2026-11-10T00:00:00'))
  expect(shifts.map(({ start, end }) => [new Date(start).toISOString(), new Date(end).toISOString()])).toEqual([
    ['2026-10-19T07:00:00.000Z', '2026-10-26T08:00:00.000Z'],
    ['2026-11-02T08:00:00.000Z', '2026-11-09T08:00:00.000Z'],
  ])
})

test('a moved occurrence is where it was moved to, and one taken out is not there', async () => {
  const rule = weekly.replace('SUMMARY', 'EXDATE;TZID=Europe/Berlin:20261102T090000\r\nSUMMARY')
  const moved = event(
    ...['RECURRENCE-ID;TZID=Europe/Berlin:20261019T090000', 'DTSTART:20261020T000000Z', 'DTEND:20261021T000000Z'],
    'SUMMARY:Ben B.',
  )
  const shifts = await shiftsOf(calendar(rule, moved), utc('2026-10-18T00:00:00'), utc('2026-11-10T00:00:00'))
  expect(shifts).toEqual([{ start: utc('2026-10-20T00:00:00'), end: utc('2026-10-21T00:00:00'), title: 'Ben B.' }])
})

test('what is no calendar is refused', async () => {
  await expect(shiftsOf('<html>', 0, 1)).rejects.toMatchObject({ code: 'CALENDAR_INVALID' })
})
