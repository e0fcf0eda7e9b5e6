// A history or one live event in, the same questions to it out: a number, a text, a category's place, of whatever row is current.

import type { Column, History } from '../core/column.ts'
import type { EventSchema, FieldKind, FieldValue } from '../core/event.ts'
import type { Scope } from './expression.ts'

/** Answers about the current row. A column that does not exist, or is of another kind, has no function. */
export type Rows = Scope & {
  time(): number
  /** Place in the dictionary; NaN where missing or unknown. */
  place(column: string, dictionary: readonly string[]): () => number
  /** Of the column's value as text, 0 … 2^32 − 1; −1 where missing. */
  hash(column: string): (() => number) | undefined
}

type KindOf = ReadonlyMap<string, FieldKind>

function kindsOf({ fields, id, time }: EventSchema): KindOf {
  const columns = fields.filter(({ name }) => name !== id && name !== time?.column)
  return new Map(columns.map(({ name, kind }) => [name, kind]))
}

/** 32 bits of a text: FNV-1a over its code units, then stirred (the finaliser of MurmurHash3), so that its order is random. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Rows of a history; `at(row)` makes a row the current one. */
export function historyRows(schema: EventSchema, history: History): Rows & { at(row: number): void } {
  const kinds = kindsOf(schema)
  let row = 0
  const column = (name: string) => (kinds.has(name) ? history.columns.get(name) : undefined)
  return {
    names: [...kinds.keys()],
    at: (next) => {
      row = next
    },
    time: () => history.times[row]!,
    number: (name) => {
      const found = column(name)
      if (found?.kind === 'number') return () => found.values[row]! + 0
      if (!found || kinds.get(name) !== 'boolean') return undefined
      const values = Float64Array.from(found.dictionary, (text) => (text === 'true' ? 1 : 0))
      return () => (found.codes[row]! < 0 ? Number.NaN : values[found.codes[row]!]!)
    },
    text: (name) => {
      const found = column(name)
      return found && textOfColumn(found, () => row)
    },
    place: (name, dictionary) => {
      const found = column(name)
      if (found?.kind !== 'category') return () => Number.NaN
      const places = new Map(dictionary.map((text, place) => [text, place]))
      const byCode = Float64Array.from(found.dictionary, (text) => places.get(text) ?? Number.NaN)
      return () => (found.codes[row]! < 0 ? Number.NaN : byCode[found.codes[row]!]!)
    },
    hash: (name) => {
      const found = column(name)
      if (!found) return undefined
      if (found.kind === 'number')
        return () => (Number.isNaN(found.values[row]!) ? -1 : hashText(`${found.values[row]! + 0}`))
      const byCode = Float64Array.from(found.dictionary, hashText)
      return () => (found.codes[row]! < 0 ? -1 : byCode[found.codes[row]!]!)
    },
  }
}

function textOfColumn(column: Column, row: () => number): () => string | null {
  if (column.kind === 'category') return () => column.dictionary[column.codes[row()]!] ?? null
  return () => {
    const value = column.values[row()]!
    return Number.isNaN(value) ? null : `${value + 0}`
  }
}

/** Rows of live events; `at(fields, time)` makes an event the current one. Fields have been checked against the schema. */
export function eventRows(
  schema: EventSchema,
): Rows & { at(fields: Readonly<Record<string, FieldValue>>, time: number): void } {
  const kinds = kindsOf(schema)
  let current: Readonly<Record<string, FieldValue>> = {}
  let now = 0
  const textOf = (name: string) => {
    const value = current[name]
    if (value === null || value === undefined) return null
    return typeof value === 'number' ? `${value + 0}` : String(value)
  }
  return {
    names: [...kinds.keys()],
    at: (fields, time) => {
      current = fields
      now = time
    },
    time: () => now,
    number: (name) => {
      const kind = kinds.get(name)
      if (kind === 'boolean') return () => (typeof current[name] === 'boolean' ? Number(current[name]) : Number.NaN)
      if (kind !== 'number') return undefined
      return () => {
        const value = current[name]
        return typeof value === 'number' ? value + 0 : Number.NaN
      }
    },
    text: (name) => (kinds.has(name) ? () => textOf(name) : undefined),
    place: (name, dictionary) => {
      const places = new Map(dictionary.map((text, place) => [text, place]))
      return () => {
        const text = textOf(name)
        return text === null ? Number.NaN : (places.get(text) ?? Number.NaN)
      }
    },
    hash: (name) =>
      kinds.has(name)
        ? () => {
            const text = textOf(name)
            return text === null ? -1 : hashText(text)
          }
        : undefined,
  }
}
