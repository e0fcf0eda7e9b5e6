// Histories made up by fast-check in: the vectors of training and of the live stream must be the same bits.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CategoryColumn, Column, History } from '../core/column.ts'
import type { EventSchema, FieldKind } from '../core/event.ts'
import { historyEvents } from '../data/events.ts'
import type { FeatureSpec } from '../model/model.ts'
import { compileVector, encodeHistory, learnFeatures } from './features.ts'

type Cell = { number: number | null; text: string | null; truth: boolean | null }

const number = fc.option(
  fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(0, -0, 1e-46, 3.4e38, 0.1),
  ),
)
const text = fc.option(
  fc.oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.constantFrom('a', 'b', 'false', '__proto__', '7')),
)
const cell: fc.Arbitrary<Cell> = fc.record({ number, text, truth: fc.option(fc.boolean()) })

const kinds: Record<keyof Cell, FieldKind> = { number: 'number', text: 'category', truth: 'boolean' }
const names = Object.keys(kinds) as (keyof Cell)[]

const schema: EventSchema = {
  detector: 'test',
  id: null,
  time: null,
  entity: null,
  amount: null,
  label: { column: 'label', anomaly: '1' },
  weight: null,
  fields: names.map((name) => ({ name, kind: kinds[name], isNullable: true })),
  features: names,
}

function historyOf(cells: readonly Cell[]): History {
  const rows = cells.length
  return {
    rows,
    ids: cells.map((_, row) => `row-${row}`),
    times: Float64Array.from(cells, (_, row) => row * 1000),
    labels: new Uint8Array(rows),
    weights: new Float64Array(rows).fill(1),
    amounts: null,
    entities: null,
    columns: new Map<string, Column>([
      [
        'number',
        { kind: 'number', name: 'number', values: Float64Array.from(cells, (row) => row.number ?? Number.NaN) },
      ],
      [
        'text',
        category(
          'text',
          cells.map((row) => row.text),
          [...new Set(cells.flatMap((row) => row.text ?? []))],
        ),
      ],
      [
        'truth',
        category(
          'truth',
          cells.map((row) => row.truth?.toString() ?? null),
          ['false', 'true'],
        ),
      ],
    ]),
  }
}

function category(name: string, texts: readonly (string | null)[], dictionary: string[]): CategoryColumn {
  return {
    kind: 'category',
    name,
    codes: Int32Array.from(texts, (held) => (held === null ? -1 : dictionary.indexOf(held))),
    dictionary,
  }
}

function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length)
}

function rowVector(columns: readonly Float32Array[], row: number): Float32Array {
  return Float32Array.from(columns, (column) => column[row]!)
}

describe('one definition of a feature', () => {
  test('any row of history has, as a live event that went through JSON, the same vector bit for bit', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 20 }), fc.nat(), (cells, cut) => {
        const history = historyOf(cells)
        // Learned from a part, so that some texts are unseen.
        const features = learnFeatures(schema, historyOf(cells.slice(0, 1 + (cut % cells.length))))
        const columns = encodeHistory(features, history)
        const fill = compileVector(features)
        const out = new Float32Array(features.length + 2)
        for (const [row, event] of [...historyEvents(history, schema)].entries()) {
          fill(JSON.parse(JSON.stringify(event)), out, 2)
          expect(bits(out).subarray(2)).toEqual(bits(rowVector(columns, row)))
        }
      }),
    )
  })

  test('a number is the nearest 32-bit float, and minus zero is zero', () => {
    const columns = encodeHistory(
      [{ name: 'number', kind: 'number' }],
      historyOf([0.1, -0].map((n) => ({ number: n, text: null, truth: null }))),
    )
    expect(columns[0]![0]).toBe(Math.fround(0.1))
    expect(Object.is(columns[0]![1], 0)).toBe(true)
  })
})

describe('learnFeatures', () => {
  const cells = ['b', 'é', 'a', null, 'b'].map((held) => ({ number: 1, text: held, truth: true }))

  test('a category knows the texts of these rows, sorted by code unit; a boolean is false, true', () => {
    expect(learnFeatures(schema, historyOf(cells))).toEqual([
      { name: 'number', kind: 'number' },
      { name: 'text', kind: 'category', dictionary: ['a', 'b', 'é'] },
      { name: 'truth', kind: 'category', dictionary: ['false', 'true'] },
    ])
  })

  test('a text that only later rows have is not learned, and is missing when it comes', () => {
    const all = historyOf(cells)
    const training = historyOf(cells.slice(0, 1))
    const dictionary = {
      ...training,
      columns: new Map(all.columns).set('text', category('text', ['b'], ['a', 'b', 'é'])),
    }
    const features = learnFeatures(schema, dictionary)
    expect(features[1]).toEqual({ name: 'text', kind: 'category', dictionary: ['b'] })
    expect([...encodeHistory(features, all)[1]!]).toEqual([0, Number.NaN, Number.NaN, Number.NaN, 0])
  })

  test('a feature that is no column is the caller’s mistake', () => {
    expect(() => learnFeatures({ ...schema, features: ['nothing'] }, historyOf(cells))).toThrow(TypeError)
  })
})

describe('compileVector', () => {
  const features: FeatureSpec[] = [
    { name: 'x', kind: 'number' },
    { name: 'c', kind: 'category', dictionary: ['a', 'b'] },
  ]
  const fill = compileVector(features)

  test('an absent field and null are missing', () => {
    const out = new Float32Array(2)
    fill({ c: null }, out, 0)
    expect([...out]).toEqual([Number.NaN, Number.NaN])
  })

  test('a value of another kind is refused, not scored', () => {
    const out = new Float32Array(2)
    expect(() => fill({ x: 'seven', c: 'a' }, out, 0)).toThrow(/"x" is a number and was given the string seven/)
    expect(() => fill({ x: 1, c: 7 }, out, 0)).toThrow(TypeError)
  })
})
