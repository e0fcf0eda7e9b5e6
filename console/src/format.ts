// Numbers and instants → the reader's own way of writing them, in the detector's time zone.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 })
const cents = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const plain = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 })
const signed = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: 'always',
})
const percentWhole = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 })
const percentFine = new Intl.NumberFormat(undefined, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
})

export const count = (value: number): string => whole.format(value)

/** In the unit of the amount column; cents only where they matter. */
export const money = (value: number): string => (Math.abs(value) >= 10_000 ? whole : cents).format(value)

/** Log-odds with their sign. */
export const logOdds = (value: number): string => signed.format(value)

/** A score as mail and daily page write it: three decimals, and never certainty or nothing where it is neither. */
export function score(value: number): string {
  if (value < 1 && value >= 0.9995) return '>0.999'
  if (value > 0 && value < 0.0005) return '<0.001'
  return value.toFixed(3)
}

/** A share as a percentage that never rounds up to certainty or down to nothing. */
export function percent(value: number): string {
  if (value > 0 && value < 0.001) return `<${percentFine.format(0.001)}`
  if (value < 1 && value > 0.999) return `>${percentFine.format(0.999)}`
  return (value < 0.1 || value > 0.99) && value !== 0 && value !== 1
    ? percentFine.format(value)
    : percentWhole.format(value)
}

export function fieldValue(value: number | string | boolean | null): string {
  if (value === null) return 'missing'
  return typeof value === 'number' ? plain.format(value) : String(value)
}

/** `1 alert`, `2 alerts`. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timeZone} ${JSON.stringify(options)}`
  let held = formatters.get(key)
  if (!held) {
    held = new Intl.DateTimeFormat(undefined, { timeZone, ...options })
    formatters.set(key, held)
  }
  return held
}

/** Hours, minutes, seconds. */
export const clock = (iso: string, timeZone: string): string =>
  formatter(timeZone, { timeStyle: 'medium' }).format(new Date(iso))

/** Hours and minutes of an instant in ms. */
export const minuteClock = (timeMs: number, timeZone: string): string =>
  formatter(timeZone, { timeStyle: 'short' }).format(new Date(timeMs))

/** Day and time, short: for lists. */
export const moment = (iso: string, timeZone: string): string =>
  formatter(timeZone, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(
    new Date(iso),
  )

/** Day and time in full, with the zone: for titles. */
export const instant = (iso: string, timeZone: string): string =>
  formatter(timeZone, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(iso))

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

/** `Sunday, 22 November 2026`, for a calendar day. */
export const longDay = (day: string): string => formatter('UTC', { dateStyle: 'full' }).format(noon(day))

/** `Sun, 22 Nov`, with the year where it helps. */
export const shortDay = (day: string): string =>
  formatter('UTC', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(noon(day))

/** The calendar day before (-1) or after (1). */
export const besideDay = (day: string, step: 1 | -1): string =>
  new Date(noon(day).getTime() + step * 86_400_000).toISOString().slice(0, 10)
