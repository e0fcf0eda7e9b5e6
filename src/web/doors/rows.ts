// An endpoint's body in, its rows out: values by their places (CSV, libsvm, `features`) or by their names; and each row as an event of the model.

import { TocsinError } from '../../core/error.ts'
import type { Event, EventSchema, Field, FieldValue } from '../../core/event.ts'
import type { Scorer } from '../../score/score.ts'
import { parseJson } from '../body.ts'
import { readCsv, sniffSeparator } from './csv.ts'
import type { MediaType } from './mediaType.ts'

export type RowScorer = Pick<Scorer, 'parse' | 'parseFeatures' | 'score' | 'margin' | 'modelVersion' | 'artifact'>

/** Values by their places, or by their names; one that is missing is null. */
export type Row = readonly Cell[] | Readonly<Record<string, unknown>>
type Cell = string | number | null

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Rows of a type that SageMaker's containers read. Throws `CONTENT_TYPE_UNSUPPORTED`, or what says why the body is none. */
export function readRows(media: MediaType, body: Buffer): Row[] {
  switch (media.type) {
    case 'text/csv':
      return csvRows(decode(body).trim())
    case 'text/libsvm':
    case 'text/x-libsvm':
      return libsvmRows(decode(body))
    case 'application/json':
      return instancesOf(parseJson(body, 'JSON_MALFORMED', 'the body'))
    case 'application/jsonlines':
    case 'application/x-ndjson':
      return jsonLines(decode(body)).map(instanceRow)
    default:
      throw new TocsinError(
        'CONTENT_TYPE_UNSUPPORTED',
        `The content type is ${media.type}; expected text/csv, text/libsvm, application/json or application/jsonlines. Send one of them.`,
      )
  }
}

export function csvRows(text: string): Row[] {
  return readCsv(text, sniffSeparator(text)).map((cells) => cells.map(csvCell))
}

/** CSV whose first row names the columns. Throws `ROW_WIDTH_WRONG`. */
export function recordsOf(text: string, { fields }: EventSchema): Row[] {
  const [header = [], ...rows] = readCsv(text)
  const named = header.map((name) => ({ name, field: fields.find((field) => field.name === name) }))
  return rows.map((cells, i) => {
    if (cells.length !== header.length) throw wrongWidth(i, cells.length, header.length)
    const values = named.map(({ name, field }, place) => {
      const cell = csvCell(cells[place]!)
      return [name, field ? typed(cell, field) : cell]
    })
    return Object.fromEntries(values)
  })
}

function wrongWidth(row: number, found: number, expected: number): TocsinError {
  const message = `row ${row} has ${found} values; expected ${expected}, as the header has. Mend it.`
  return new TocsinError('ROW_WIDTH_WRONG', message)
}

/** One JSON value a line; blank lines are left out. */
export function jsonLines(text: string): unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, i) => parseJson(Buffer.from(line), 'JSON_MALFORMED', `line ${i}`))
}

/** Text of a body. Throws `BODY_NOT_TEXT` where it is not UTF-8. */
export function decode(body: Buffer): string {
  try {
    return utf8.decode(body)
  } catch (cause) {
    throw new TocsinError('BODY_NOT_TEXT', 'The body is not UTF-8; expected UTF-8 text. Encode it so.', { cause })
  }
}

// An empty cell, and Python's nan, is a value that is missing.
function csvCell(text: string): Cell {
  const cell = text.trim()
  return cell === '' || /^[+-]?nan$/i.test(cell) ? null : cell
}

// An index that a line leaves out is missing, as in SageMaker's XGBoost; indices from 1 on where none is 0.
function libsvmRows(text: string): Row[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const pairs = lines.map((line) => libsvmPairs(line.trim()))
  const indices = pairs.flat().map(([index]) => index)
  const first = indices.some((index) => index === 0) ? 0 : 1
  const width = indices.reduce((most, index) => Math.max(most, index), 0) + 1 - first
  return pairs.map((row) => {
    const cells: Cell[] = Array.from({ length: width }, () => null)
    for (const [index, value] of row) cells[index - first] = value
    return cells
  })
}

const maxLibsvmIndex = 10_000

function libsvmPairs(line: string): [number, string][] {
  const parts = line.split(/\s+/)
  const pairs = parts[0]!.includes(':') ? parts : parts.slice(1)
  return pairs.map((pair) => {
    const [, index, value] = /^(\d{1,5}):(\S+)$/.exec(pair) ?? []
    if (value === undefined || Number(index) > maxLibsvmIndex) throw notLibsvm(pair)
    return [Number(index), value]
  })
}

function notLibsvm(pair: string): TocsinError {
  const message = `"${pair.slice(0, 40)}" is no part of a libsvm line; expected index:value, the index at most ${maxLibsvmIndex}. Name the content type if the body is of another.`
  return new TocsinError('LIBSVM_MALFORMED', message)
}

function instancesOf(value: unknown): Row[] {
  const instances = isRecord(value) ? value.instances : undefined
  if (!Array.isArray(instances))
    throw notInstances('{"instances": [{"features": [1.5, 16]}, …]}', 'there is no list "instances"')
  return instances.map(instanceRow)
}

/** `{"features": […]}`, `{"data": {"features": {"values": […]}}}`, sparse with keys and shape, or columns by name. */
function instanceRow(instance: unknown): Row {
  if (!isRecord(instance))
    throw notInstances(
      'objects',
      `one of them is ${Array.isArray(instance) ? 'a list' : `the ${typeof instance} ${String(instance).slice(0, 40)}`}`,
    )
  if (Array.isArray(instance.features)) return cellsOf(instance.features)
  const { data } = instance
  const features = isRecord(data) ? data.features : undefined
  if (!isRecord(features)) return instance
  const values = Array.isArray(features.values) ? cellsOf(features.values) : []
  return features.keys === undefined ? values : denseRow(values, features.keys, features.shape)
}

// A value that a sparse vector leaves out is 0.
function denseRow(values: readonly Cell[], keys: unknown, shape: unknown): Row {
  const width = Array.isArray(shape) && shape.length === 1 ? Number(shape[0]) : Number.NaN
  const isRight = Array.isArray(keys) && keys.length === values.length && width >= 0 && width <= maxLibsvmIndex
  if (!isRight)
    throw notInstances('as many keys as values, and a shape of one number up to 10000', 'a sparse one has not')
  const row: Cell[] = Array.from({ length: width }, () => 0)
  for (const [i, key] of keys.entries()) {
    if (!(Number.isInteger(key) && key >= 0 && key < width)) throw notInstances(`keys below ${width}`, `one is ${key}`)
    row[key] = values[i]!
  }
  return row
}

function cellsOf(values: readonly unknown[]): Cell[] {
  return values.map((value) => {
    if (typeof value === 'number' || typeof value === 'string' || value === null) return value
    if (typeof value === 'boolean') return String(value)
    throw notInstances('numbers, texts and nulls', 'a feature is a list or an object')
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function notInstances(expected: string, found: string): TocsinError {
  return new TocsinError(
    'INSTANCES_INVALID',
    `The instances are not as they should be: ${found}; expected ${expected}.`,
  )
}

/**
 * The rows as events. A row of values by their places holds the model's features in their order, or every column of the
 * history but the label. Throws the first bad row's error, with its place, counted from 0.
 */
export function eventsOf(
  rows: readonly Row[],
  scorer: RowScorer,
  fallback: (row: number) => { readonly id: string; readonly time: number },
): Event[] {
  return rows.map((row, i) => {
    try {
      return eventOf(row, scorer, fallback(i))
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error
      throw new TocsinError(error.code, `row ${i}: ${error.message}`, { cause: error })
    }
  })
}

function eventOf(row: Row, scorer: RowScorer, fallback: { readonly id: string; readonly time: number }): Event {
  if (!isCells(row)) return scorer.parse(row, fallback)
  const { fields, features } = scorer.artifact.schema
  if (row.length === fields.length) return scorer.parse(named(row, fields), fallback)
  if (row.length === features.length) return scorer.parseFeatures(named(row, featureFields(scorer)), fallback)
  const widths = [...new Set([features.length, fields.length])].join(' (the features) or ')
  throw new TocsinError(
    'ROW_WIDTH_WRONG',
    `there are ${row.length} values; expected ${widths}${features.length === fields.length ? '' : ' (every column but the label)'}; send them in the order of the history`,
  )
}

function isCells(row: Row): row is readonly Cell[] {
  return Array.isArray(row)
}

const featuresOf = new WeakMap<object, readonly Field[]>()

function featureFields({ artifact: { schema } }: RowScorer): readonly Field[] {
  const known = featuresOf.get(schema)
  if (known) return known
  const made = schema.features.map((name) => schema.fields.find((field) => field.name === name)!)
  featuresOf.set(schema, made)
  return made
}

function named(cells: readonly Cell[], fields: readonly Field[]): Record<string, FieldValue> {
  const record: Record<string, FieldValue> = {}
  for (let i = 0; i < fields.length; i++) record[fields[i]!.name] = typed(cells[i]!, fields[i]!)
  return record
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

// Where a text is no number the parser says so, with the column's name.
function typed(cell: Cell, { kind }: Field): FieldValue {
  if (cell === null) return null
  if (kind === 'number') return typeof cell === 'string' && decimal.test(cell) ? Number(cell) : cell
  if (kind === 'category') return String(cell)
  return { true: true, 1: true, false: false, 0: false }[String(cell).toLowerCase()] ?? cell
}
