// An instant and a time zone ↔ a calendar day there. Days have 23, 24 or 25 hours.

/** A calendar day, `YYYY-MM-DD`. */
export type Day = string

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Wall-clock minus UTC at `timeMs` in `timeZone`, in ms. Throws RangeError for an unknown zone. */
function offsetMs(timeMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0
  let formatter = formatters.get(timeZone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formatters.set(timeZone, formatter)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of formatter.formatToParts(timeMs)) part[type] = Number(value)
  const wall = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!)
  return wall - Math.floor(timeMs / 1000) * 1000
}

/** The day in `timeZone` that contains the instant. */
export function dayOf(timeMs: number, timeZone: string): Day {
  return new Date(timeMs + offsetMs(timeMs, timeZone)).toISOString().slice(0, 10)
}

/** The hour of the day (0–23) in `timeZone`. */
export function hourOf(timeMs: number, timeZone: string): number {
  return new Date(timeMs + offsetMs(timeMs, timeZone)).getUTCHours()
}

/** The time of the day in `timeZone`, `HH:MM:SS`. */
export function timeOfDay(timeMs: number, timeZone: string): string {
  return new Date(timeMs + offsetMs(timeMs, timeZone)).toISOString().slice(11, 19)
}

/** First instant of the day in `timeZone`. */
export function dayStart(day: Day, timeZone: string): number {
  return instantAt(day, '00:00', timeZone)
}

/** When clocks in `timeZone` show `time` (`HH:MM`) on the day. */
export function instantAt(day: Day, time: string, timeZone: string): number {
  const utc = Date.parse(`${day}T${time}:00Z`)
  // Where that falls into a change of the clocks, the first guess is off by the change: guess twice.
  const guess = utc - offsetMs(utc, timeZone)
  return utc - offsetMs(guess, timeZone)
}

/** The next day. */
export function nextDay(day: Day): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}

/** First instant after the day in `timeZone`. */
export function dayEnd(day: Day, timeZone: string): number {
  return dayStart(nextDay(day), timeZone)
}

/** Whether the runtime knows this IANA zone. */
export function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone })
    return true
  } catch {
    return false
  }
}
