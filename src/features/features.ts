// One definition of a feature: the schema and the training rows in, a vector out, the same bits for history and for live events.

import type { CategoryColumn, Column, History } from '../core/column.ts'
import type { EventSchema, FieldValue } from '../core/event.ts'
import type { FeatureSpec } from '../model/model.ts'

/** Writes the vector of one event's fields into `out` from `offset` on. A field that is absent or null is missing: NaN. */
export type FillVector = (fields: Readonly<Record<string, FieldValue>>, out: Float32Array, offset: number) => void

/**
 * What the vector holds, in the order of `schema.features`. A category's dictionary has the texts that occur in these
 * rows and no others, sorted by code unit; a boolean is the category `false`, `true`.
 */
export function learnFeatures(schema: EventSchema, history: History): FeatureSpec[] {
  const kinds = new Map(schema.fields.map(({ name, kind }) => [name, kind]))
  return schema.features.map((name) => {
    const column = columnOf(history, name)
    if (column.kind === 'number') return { name, kind: 'number' }
    const dictionary = kinds.get(name) === 'boolean' ? ['false', 'true'] : textsIn(column)
    return { name, kind: 'category', dictionary }
  })
}

function textsIn({ codes, dictionary }: CategoryColumn): string[] {
  const used = new Uint8Array(dictionary.length)
  for (const code of codes) if (code >= 0) used[code] = 1
  return dictionary.filter((_, code) => used[code] === 1).sort()
}

/** The vectors of all rows, one array per feature (column-major), each of length `history.rows`. */
export function encodeHistory(features: readonly FeatureSpec[], history: History): Float32Array[] {
  return features.map((feature) => {
    const column = columnOf(history, feature.name)
    if (feature.kind !== column.kind) throw mismatch(feature, `a ${column.kind} column`)
    return column.kind === 'number' ? encodeNumbers(column.values) : encodeCodes(column, placesOf(feature))
  })
}

// Adding 0 turns -0 into 0, which is what JSON makes of it.
function encodeNumbers(values: Float64Array): Float32Array {
  const out = new Float32Array(values.length)
  for (let row = 0; row < values.length; row++) out[row] = values[row]! + 0
  return out
}

function encodeCodes(
  { codes, dictionary }: CategoryColumn,
  places: ReadonlyMap<string | boolean, number>,
): Float32Array {
  const placeOfCode = Float32Array.from(dictionary, (text) => places.get(text) ?? Number.NaN)
  const out = new Float32Array(codes.length)
  for (let row = 0; row < codes.length; row++) out[row] = codes[row]! < 0 ? Number.NaN : placeOfCode[codes[row]!]!
  return out
}

/**
 * The same vector from one event's fields, for the live stream; does not allocate. Fields have been checked against the schema
 * before: a value of another kind than its feature's is the caller's mistake and a TypeError.
 */
export function compileVector(features: readonly FeatureSpec[]): FillVector {
  const names = features.map(({ name }) => name)
  const dictionaries = features.map((feature) => (feature.kind === 'category' ? placesOf(feature) : undefined))
  return (fields, out, offset) => {
    for (let i = 0; i < names.length; i++) {
      const value = fields[names[i]!]
      const places = dictionaries[i]
      if (value === null || value === undefined) out[offset + i] = Number.NaN
      else if (places === undefined && typeof value === 'number') out[offset + i] = value + 0
      else if (places !== undefined && typeof value !== 'number') out[offset + i] = places.get(value) ?? Number.NaN
      else throw mismatch(features[i]!, `the ${typeof value} ${value}`)
    }
  }
}

/** Places by text; what stands for `false` and `true` also by the boolean itself. */
function placesOf(feature: FeatureSpec): ReadonlyMap<string | boolean, number> {
  const places = new Map<string | boolean, number>()
  if (feature.kind === 'number') return places
  for (const [place, text] of feature.dictionary.entries()) {
    places.set(text, place)
    if (text === 'false' || text === 'true') places.set(text === 'true', place)
  }
  return places
}

function columnOf(history: History, name: string): Column {
  const column = history.columns.get(name)
  if (!column)
    throw new TypeError(`feature "${name}" is not a column of the history: ${[...history.columns.keys()].join(', ')}`)
  return column
}

function mismatch({ name, kind }: FeatureSpec, found: string): TypeError {
  return new TypeError(`feature "${name}" is a ${kind} and was given ${found}`)
}
