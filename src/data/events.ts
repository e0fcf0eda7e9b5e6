// Rows of a history in, the flat JSON events that a live stream would have brought out: for replay, resampling and scoring a file.

import type { Column, History } from '../core/column.ts'
import type { EventSchema, Field, FieldValue, TimeColumn } from '../core/event.ts'

export type FlatEvent = Record<string, FieldValue>

/**
 * All rows in time order, each as the event that carries its fields: never the label, never the weight. A row comes
 * back from JSON as it was: the same id, the same instant (in the time column's own form), the same feature vector.
 */
export function* historyEvents(history: History, schema: EventSchema): Generator<FlatEvent> {
  const eventAt = compileEvents(history, schema)
  for (let row = 0; row < history.rows; row++) yield eventAt(row)
}

/** A function from a row's place in the history to its event. */
export function compileEvents(history: History, schema: EventSchema): (row: number) => FlatEvent {
  const readers = schema.fields.map((field) => ({ name: field.name, read: readerOf(field, history, schema) }))
  return (row) => {
    const event: FlatEvent = {}
    for (const { name, read } of readers) event[name] = read(row)
    return event
  }
}

function readerOf(field: Field, history: History, schema: EventSchema): (row: number) => FieldValue {
  if (field.name === schema.id) return (row) => (field.kind === 'number' ? Number(history.ids[row]) : history.ids[row]!)
  if (schema.time && field.name === schema.time.column) {
    const write = timeWriter(schema.time)
    return (row) => write(history.times[row]!)
  }
  const column = history.columns.get(field.name)
  if (!column) throw new TypeError(`the history has no column "${field.name}", which its schema names`)
  return cellReader(field, column)
}

function cellReader({ kind }: Field, column: Column): (row: number) => FieldValue {
  if (column.kind === 'number') return (row) => (Number.isNaN(column.values[row]) ? null : column.values[row]!)
  const values = column.dictionary.map((text) =>
    kind === 'number' ? Number(text) : kind === 'boolean' ? text === 'true' : text,
  )
  return (row) => (column.codes[row]! < 0 ? null : values[column.codes[row]!]!)
}

/** Instants (whole ms) in the form of the time column, so that reading it back gives the same ms. */
export function timeWriter({ unit, origin }: TimeColumn): (timeMs: number) => string | number {
  if (unit === 'iso') return (timeMs) => new Date(timeMs).toISOString()
  const originMs = origin === undefined ? 0 : Date.parse(origin)
  const msPerUnit = { s: 1000, ms: 1, us: 0.001 }[unit]
  return (timeMs) => {
    const count = (timeMs - originMs) / msPerUnit
    // Rounding may fall just below the ms, and readers round down: then its middle names it as well.
    return Math.floor(originMs + count * msPerUnit) === timeMs ? count : (timeMs - originMs + 0.5) / msPerUnit
  }
}
