// A captured body and names of columns in, the body without their values out; nothing at all where it cannot be said which those are.

import type { EventSchema } from '../core/event.ts'
import type { Captured } from '../web/doors/invoke.ts'

/** A value that is taken out is missing: empty in CSV, null in JSON. Undefined where the rows cannot be read by their places or names. */
export function redacted({ body, contentType, variant }: Captured, columns: readonly string[]): Buffer | undefined {
  if (columns.length === 0) return body
  const { schema } = variant.scorer.artifact
  const text = body.toString('utf8')
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  try {
    if (contentType.startsWith('text/csv')) return bytesOf(lines.map((line) => csvLine(line, schema, columns)))
    if (/^application\/(jsonlines|x-ndjson)\b/.test(contentType))
      return bytesOf(lines.map((line) => JSON.stringify(cleaned(JSON.parse(line), schema, columns))))
    if (contentType.startsWith('application/json'))
      return Buffer.from(JSON.stringify(cleaned(JSON.parse(text), schema, columns)))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return undefined
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`)
}

function csvLine(line: string, schema: EventSchema, columns: readonly string[]): string {
  // Quotes may hide commas, and another separator hides the places.
  const cells = line.split(',')
  const hidden = line.includes('"') ? undefined : places(cells.length, schema, columns)
  if (!hidden) throw new SyntaxError('no row of values by their places')
  return cells.map((cell, place) => (hidden.has(place) ? '' : cell)).join(',')
}

/** The columns' places in a row of so many values: of the features, or of all columns but the label. */
function places(width: number, { features, fields }: EventSchema, columns: readonly string[]): Set<number> | undefined {
  const names =
    width === fields.length ? fields.map(({ name }) => name) : width === features.length ? features : undefined
  return names && new Set(names.flatMap((name, place) => (columns.includes(name) ? [place] : [])))
}

function cleaned(value: unknown, schema: EventSchema, columns: readonly string[]): unknown {
  if (Array.isArray(value))
    return value.some(isNested) ? value.map((one) => cleaned(one, schema, columns)) : cleanRow(value, schema, columns)
  if (typeof value !== 'object' || value === null) return value
  // A sparse vector's values lie at the places that its keys name.
  if ('keys' in value && 'values' in value) throw new SyntaxError('a sparse vector')
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [name, columns.includes(name) ? null : cleaned(held, schema, columns)]),
  )
}

function cleanRow(row: readonly unknown[], schema: EventSchema, columns: readonly string[]): unknown {
  if (row.length === 0) return row
  const hidden = places(row.length, schema, columns)
  if (!hidden) throw new SyntaxError('no row of values by their places')
  return row.map((value, place) => (hidden.has(place) ? null : value))
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
