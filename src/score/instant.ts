// A time column's value → the instant it stands for, whole ms since 1970 UTC.

import type { TimeColumn } from '../core/event.ts'

const isoInstant = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i
const msPerUnit = { s: 1000, ms: 1, us: 0.001 }
/** Years 0001 to 9999: what a calendar day `YYYY-MM-DD` can name. */
const earliest = Date.parse('0001-01-01T00:00:00.000Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

/** A function that answers undefined for what is no instant in the column's unit, or lies outside the years 1 to 9999. */
export function instantReader(column: TimeColumn): (found: unknown) => number | undefined {
  const { unit } = column
  if (unit === 'iso') return (found) => (typeof found === 'string' ? within(isoTime(found)) : undefined)
  const originMs = column.origin === undefined ? 0 : Date.parse(column.origin)
  return (found) => (typeof found === 'number' ? within(originMs + found * msPerUnit[unit]) : undefined)
}

/** What such a value looks like, for messages. */
export function expectedInstant({ unit, origin }: TimeColumn): string {
  if (unit === 'iso') return 'an ISO 8601 time such as 2026-11-22T18:05:00Z'
  const words = { s: 'seconds', ms: 'milliseconds', us: 'microseconds' }[unit]
  return `a number of ${words} since ${origin ?? '1970-01-01T00:00:00Z'}`
}

function within(timeMs: number): number | undefined {
  return timeMs >= earliest && timeMs <= latest ? Math.floor(timeMs) : undefined
}

// Without an offset it is UTC. Date.parse alone would take "1" for the year 2001, and 30 February for 2 March.
function isoTime(text: string): number {
  const [, day, minutes = '00:00', seconds = ':00', offset = 'Z'] = isoInstant.exec(text.trim()) ?? []
  if (day === undefined || new Date(Date.parse(`${day}T00:00:00Z`)).toJSON()?.slice(0, 10) !== day) return Number.NaN
  const zone = offset.toUpperCase() === 'Z' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '') || '00'}`
  return Date.parse(`${day}T${minutes}${seconds.replace(',', '.')}${zone}`)
}
