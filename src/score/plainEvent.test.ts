// What is read straight from the bytes is what the parser makes of them, or is left to the parser.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventSchema, Field } from '../core/event.ts'
import { compileVector } from '../features/features.ts'
import { decodeJson } from './decode.ts'
import { createParser } from './parse.ts'
import { createPlainReader } from './plainEvent.ts'

const field = (name: string, kind: Field['kind'], isNullable = false): Field => ({ name, kind, isNullable })
const schema: EventSchema = {
  ...{ detector: 'card-fraud', id: 'id', time: { column: 'at', unit: 'ms' }, entity: 'card', amount: 'amount' },
  ...{ label: { column: 'is_fraud', anomaly: '1' }, weight: null, features: ['amount', 'distance'] },
  fields: [
    ...[
      field('id', 'category'),
      field('at', 'number'),
      field('card', 'category', true),
      field('amount', 'number', true),
    ],
    ...[field('distance', 'number'), field('channel', 'category', true), field('is_foreign', 'boolean')],
  ],
}
const fallback = { id: 'p0-17', time: 1000 }
const good = { id: 't1', at: 1.7e12, card: 'c7', amount: 12.5, distance: -3e-7, channel: 'online', is_foreign: false }

const parse = createParser(schema, { labelInStream: 'refuse', unknownFields: 'refuse' })
const bytesOf = (text: string) => Buffer.from(text)
const plain = (text: string, of = schema) => createPlainReader(of)!.read(bytesOf(text), fallback)
const named = ({ id, time, entity, amount, fields }: ReturnType<typeof parse>) => ({ id, time, entity, amount, fields })

/** What the parser makes of it, or that it refuses. */
function parsed(text: string): unknown {
  try {
    return named(parse(decodeJson(bytesOf(text)), fallback))
  } catch {
    return 'refused'
  }
}

test('a plain event is read as the parser reads it, its text kept', () => {
  const text = JSON.stringify(good)
  expect(named(plain(text)!)).toEqual(parsed(text))
  expect(String(plain(text)!.json)).toBe(text)
})

test('blanks, another order of fields and nulls where they may be are plain', () => {
  const texts = [
    JSON.stringify(good, null, 2),
    JSON.stringify(Object.fromEntries(Object.entries(good).reverse())),
    JSON.stringify({ ...good, card: null, amount: null, channel: null }),
  ]
  const reader = createPlainReader(schema)!
  // One reader for all: the order of the last event is a guess for the next, never more.
  for (const text of [...texts, ...texts]) expect(named(reader.read(bytesOf(text), fallback)!)).toEqual(parsed(text))
})

describe('left to the parser', () => {
  const text = JSON.stringify(good)
  test.each([
    ['a field that is absent', JSON.stringify({ ...good, channel: undefined })],
    ['an unknown field', JSON.stringify({ ...good, more: 1 })],
    ['the label', JSON.stringify({ ...good, is_fraud: 1 })],
    ['a field twice', text.replace('"card"', '"amount":1,"card"')],
    ['a null that may not be', JSON.stringify({ ...good, distance: null })],
    ['a number where a text is due', JSON.stringify({ ...good, channel: 5 })],
    ['a text where a number is due', JSON.stringify({ ...good, amount: '12.5' })],
    ['a number for a boolean', JSON.stringify({ ...good, is_foreign: 1 })],
    ['an escape', JSON.stringify({ ...good, channel: 'a"b' })],
    ['a text beyond ASCII', JSON.stringify({ ...good, channel: 'café' })],
    ['an empty id', JSON.stringify({ ...good, id: '' })],
    ['an id that is too long', JSON.stringify({ ...good, id: 'i'.repeat(257) })],
    ['a time that is none', JSON.stringify({ ...good, at: 1e300 })],
    ['a number beyond 32-bit floats', text.replace('12.5', '1e39')],
    ['a negative zero', text.replace('12.5', '-0.0')],
    ['a nested value', JSON.stringify({ ...good, amount: [1] })],
    ['a comma too many', text.replace('}', ',}')],
    ['something behind it', `${text} 1`],
    ['an end too early', text.slice(0, -1)],
    ['no object', '17'],
    ['nothing', ''],
    ...['01', '1.', '.5', '+1', '1e', '1e+', '0x1', 'NaN', 'Infinity', '--1', '-'].map((number) => [
      `the number ${number}`,
      text.replace('12.5', number),
    ]),
  ])('%s', (_, found) => {
    expect(plain(found!)).toBeUndefined()
  })

  test('all events of a schema with a name that JSON escapes or every object has', () => {
    for (const name of ['a"b', 'constructor', 'größe'])
      expect(createPlainReader({ ...schema, fields: [...schema.fields, field(name, 'number')] })).toBeUndefined()
  })
})

test('whatever the bytes are, what is read is what the parser makes of them', () => {
  const number = fc.oneof(
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.integer(),
    fc.constantFrom(0, 1e22, 1e23, 5e-324),
  )
  const written = number.chain((value) =>
    fc.constantFrom(
      String(value),
      value.toExponential(),
      value.toPrecision(20),
      `${value}`.replace('e', 'E'),
      '1e5',
      '12345678901234567890.5',
    ),
  )
  const event = fc.record({
    ...{
      id: fc.string({ minLength: 1 }),
      at: written,
      card: fc.option(fc.string()),
      amount: fc.option(written),
      distance: written,
    },
    ...{ channel: fc.option(fc.string()), is_foreign: fc.boolean() },
  })
  const reader = createPlainReader(schema)!
  let read = 0
  fc.assert(
    fc.property(event, fc.nat(), (value, cut) => {
      const cell = (name: string, found: unknown) =>
        ['at', 'amount', 'distance'].includes(name) ? String(found) : JSON.stringify(found)
      const text = `{${Object.entries(value)
        .map(([name, found]) => `"${name}": ${cell(name, found)}`)
        .join(',')}}`
      const spoilt = cut % 5 === 0 ? text.slice(0, cut % text.length) + text.slice((cut % text.length) + 1) : text
      const found = reader.read(bytesOf(spoilt), fallback)
      if (!found) return
      read++
      expect(named(found)).toEqual(parsed(spoilt))
    }),
    { numRuns: 3000 },
  )
  expect(read).toBeGreaterThan(100)
})

test('its numbers go into a vector as the features put them there; those of another reader do not', () => {
  const reader = createPlainReader(schema)!
  const events = Array.from(
    { length: 600 },
    (_, i) =>
      reader.read(bytesOf(JSON.stringify({ ...good, amount: i % 7 === 0 ? null : i / 3, distance: -i })), fallback)!,
  )
  const fill = compileVector([
    { name: 'amount', kind: 'number' },
    { name: 'distance', kind: 'number' },
  ])
  const [fast, slow] = [new Float32Array(2), new Float32Array(2)]
  for (const event of events) {
    expect(reader.fill(event, [3, 4], fast, 0)).toBe(true)
    fill(event.fields, slow, 0)
    expect(fast).toEqual(slow)
  }
  expect(createPlainReader(schema)!.fill(events[0]!, [3, 4], fast, 0)).toBe(false)
  expect(reader.fill(good, [3, 4], fast, 0)).toBe(false)
})
