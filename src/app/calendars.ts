// Rotations that name a calendar in, its shifts as they were read last out; read again and again while the system runs.

import { readFile } from 'node:fs/promises'
import { shiftsOf } from '../alert/calendar.ts'
import type { Shift } from '../alert/onCall.ts'
import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { Rotation } from '../core/policy.ts'
import type { Get } from '../notify/http.ts'
import type { Logger } from '../web/services.ts'

export type Calendars = {
  /** None before the first reading, and for a rotation without a calendar. */
  shiftsOf(rotation: string): readonly Shift[]
  /** Reads them all now; one that cannot be read keeps what it said before, and is logged. */
  read(): Promise<void>
  /** Reads them every quarter of an hour until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
}

export type CalendarsOptions = {
  readonly rotations: Readonly<Record<string, Rotation>>
  readonly clock: Clock
  /** Guarded: the address of a calendar comes from the configuration, as those of receivers do. */
  readonly get: Get
  readonly logger: Pick<Logger, 'error'>
}

const everyMs = 15 * 60_000
const limits = { timeoutMs: 20_000, mostBytes: 10_000_000 }
const dayMs = 86_400_000
/** What is kept of a calendar, around now: so long it may fail to answer. */
const [backDays, aheadDays] = [1, 60]

export function createCalendars({ rotations, clock, get, logger }: CalendarsOptions): Calendars {
  const shifts = new Map<string, readonly Shift[]>()
  const calendars = Object.entries(rotations).flatMap(([name, rotation]) =>
    'calendar' in rotation ? [{ name, address: rotation.calendar }] : [],
  )
  const readOne = async (name: string, address: string) => {
    try {
      const now = clock.now()
      const text = await textOf(address, get)
      shifts.set(name, await shiftsOf(text, now - backDays * dayMs, now + aheadDays * dayMs))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      logger.error({ rotation: name, reason }, 'the calendar of a rotation cannot be read')
    }
  }
  const read = async () => void (await Promise.all(calendars.map(({ name, address }) => readOne(name, address))))
  return {
    shiftsOf: (rotation) => shifts.get(rotation) ?? [],
    read,
    run: async (signal) => {
      while (!signal.aborted && calendars.length > 0) {
        await read()
        await clock.sleep(everyMs, signal)
      }
    },
  }
}

async function textOf(address: string, get: Get): Promise<string> {
  if (!/^https?:/.test(address)) return readFile(address, 'utf8')
  const { status, body } = await get(address, limits)
  if (status === 200) return body
  // Never the address: calendars are shared under secret ones.
  const advice = 'expected 200 with an iCalendar file; redirects are not followed. Give the address that it has now.'
  throw new TocsinError('CALENDAR_UNREACHABLE', `The calendar answered ${status}; ${advice}`)
}
