// Rotations that name a calendar in, its shifts as they were read last out; read again and again while the system runs.

import { readFile } from 'node:fs/promises'
import { shiftsOf } from '../alert/calendar.ts'
import type { Shift } from '../alert/onCall.ts'
import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { Rotation } from '../core/policy.ts'
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
  readonly fetch: typeof fetch
  readonly logger: Pick<Logger, 'error'>
}

const everyMs = 15 * 60_000
const timeoutMs = 20_000
const longestText = 10_000_000
const dayMs = 86_400_000
/** What is kept of a calendar, around now: so long it may fail to answer. */
const [backDays, aheadDays] = [1, 60]

export function createCalendars({ rotations, clock, fetch, logger }: CalendarsOptions): Calendars {
  const shifts = new Map<string, readonly Shift[]>()
  const calendars = Object.entries(rotations).flatMap(([name, rotation]) =>
    'calendar' in rotation ? [{ name, address: rotation.calendar }] : [],
  )
  const readOne = async (name: string, address: string) => {
    try {
      const now = clock.now()
      const text = await textOf(address, fetch)
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

async function textOf(address: string, fetch: typeof globalThis.fetch): Promise<string> {
  if (!/^https?:/.test(address)) return readFile(address, 'utf8')
  const response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) })
  const text = response.ok ? await response.text() : ''
  if (response.ok && text.length <= longestText) return text
  // Never the address: calendars are shared under secret ones.
  const found = response.ok ? `${text.length} characters` : `status ${response.status}`
  throw new TocsinError('CALENDAR_UNREACHABLE', `The calendar answered ${found}; expected an iCalendar file.`)
}
