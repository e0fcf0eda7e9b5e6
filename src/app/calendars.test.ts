import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ManualClock } from '../core/clock.ts'
import { openHttp } from '../notify/http.ts'
import { createCalendars } from './calendars.ts'

const now = Date.parse('2026-11-23T09:00:00Z')
const shift = `BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
SUMMARY:Ann A.
DTSTART:20261123T080000Z
DTEND:20261123T160000Z
END:VEVENT
END:VCALENDAR`.replaceAll('\n', '\r\n')

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret.ics`
}

function open(calendar: string, allow: readonly string[]) {
  const reasons: string[] = []
  const logger = { error: (about: object) => void reasons.push(JSON.stringify(about)) }
  const http = openHttp({ allow })
  onTestFinished(http.close)
  const rotations = { team: { calendar, who: {}, otherwise: ['mail'] } }
  return { calendars: createCalendars({ rotations, clock: new ManualClock(now), get: http.get, logger }), reasons }
}

test('a calendar behind an address is read; one that fails later keeps what it said, without its secret address in the log', async () => {
  let isUp = true
  const url = await serve((_, response) => (isUp ? response.end(shift) : response.writeHead(503).end()))
  const { calendars, reasons } = open(url, ['loopback'])
  await calendars.read()
  const shifts = calendars.shiftsOf('team')
  expect(shifts).toMatchObject([{ title: 'Ann A.', start: Date.parse('2026-11-23T08:00:00Z') }])
  isUp = false
  await calendars.read()
  expect(calendars.shiftsOf('team')).toEqual(shifts)
  expect(reasons).toHaveLength(1)
  expect(reasons[0]).toContain('answered 503')
  expect(reasons[0]).not.toContain('secret')
})

test('a calendar at an address that no message may go to is not asked', async () => {
  let calls = 0
  const url = await serve((_, response) => {
    calls++
    response.end(shift)
  })
  const { calendars, reasons } = open(url, [])
  await calendars.read()
  expect(calls).toBe(0)
  expect(calendars.shiftsOf('team')).toEqual([])
  expect(reasons[0]).toContain('which is loopback')
})

test('a calendar that has moved is not followed to where it points', async () => {
  let followed = 0
  const inner = await serve((_, response) => {
    followed++
    response.end(shift)
  })
  const outer = await serve((_, response) => response.writeHead(302, { location: inner }).end())
  const { calendars, reasons } = open(outer, ['loopback'])
  await calendars.read()
  expect(followed).toBe(0)
  expect(reasons[0]).toContain('redirects are not followed')
})
