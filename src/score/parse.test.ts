// Every way in which an event can be wrong, and what the error says of it.

import { describe, expect, test } from 'vitest'
import { TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import { createParser, type ParseOptions } from './parse.ts'

const schema: EventSchema = {
  detector: 'card-fraud',
  id: 'transaction_id',
  time: { column: 'at', unit: 'iso' },
  entity: 'card_id',
  amount: 'amount',
  label: { column: 'is_fraud', anomaly: '1' },
  weight: null,
  fields: [
    { name: 'transaction_id', kind: 'category', isNullable: false },
    { name: 'at', kind: 'category', isNullable: false },
    { name: 'card_id', kind: 'category', isNullable: true },
    { name: 'amount', kind: 'number', isNullable: false },
    { name: 'distance_km', kind: 'number', isNullable: true },
    { name: 'channel', kind: 'category', isNullable: false },
    { name: 'is_foreign', kind: 'boolean', isNullable: false },
  ],
  features: ['amount', 'distance_km', 'channel', 'is_foreign'],
}
const good = {
  transaction_id: 't1',
  at: '2026-11-22T18:05:00Z',
  card_id: 'c7',
  amount: 12.5,
  distance_km: 3,
  channel: 'online',
  is_foreign: false,
}
const fallback = { id: 'p0-17', time: 1000 }

function parse(value: unknown, options: Partial<ParseOptions> = {}, of: EventSchema = schema) {
  return createParser(of, { labelInStream: 'refuse', unknownFields: 'refuse', ...options })(value, fallback)
}

function refusal(value: unknown, options: Partial<ParseOptions> = {}, of: EventSchema = schema): TocsinError {
  try {
    parse(value, options, of)
  } catch (error) {
    if (error instanceof TocsinError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('a good event', () => {
  test('gets its id, time, entity and amount from the columns that the schema names', () => {
    const time = Date.parse('2026-11-22T18:05:00Z')
    expect(parse(good)).toEqual({ id: 't1', time, entity: 'c7', amount: 12.5, fields: good })
  })

  test('may leave out, or send as null, what was missing in training too', () => {
    const { distance_km: _, card_id: __, ...rest } = good
    expect(parse(rest)).toMatchObject({ entity: null, fields: { distance_km: null, card_id: null } })
    expect(parse({ ...good, distance_km: null })).toMatchObject({ fields: { distance_km: null } })
  })

  test('takes id and time from the record where the schema has no such columns', () => {
    const of = { ...schema, id: null, time: null, entity: null, amount: null }
    expect(parse(good, {}, of)).toMatchObject({ id: 'p0-17', time: 1000, entity: null, amount: null })
  })

  test('may send 1 and 0 for true and false', () => {
    expect(parse({ ...good, is_foreign: 1 }).fields.is_foreign).toBe(true)
    expect(parse({ ...good, is_foreign: 0 }).fields.is_foreign).toBe(false)
  })

  test('may name its id and entity by whole numbers: 17 and "17" are the same', () => {
    expect(parse({ ...good, transaction_id: 17, card_id: 4 })).toMatchObject({ id: '17', entity: '4' })
  })

  test('keeps a numeric entity that the model reads a number', () => {
    const fields = schema.fields.map((field) =>
      field.name === 'card_id' ? { ...field, kind: 'number' as const } : field,
    )
    expect(parse({ ...good, card_id: 4 }, {}, { ...schema, fields })).toMatchObject({
      entity: '4',
      fields: { card_id: 4 },
    })
  })

  test('does not take an inherited property for a field', () => {
    const fields = [{ name: 'constructor', kind: 'category' as const, isNullable: true }]
    const of = { ...schema, id: null, time: null, entity: null, amount: null, fields }
    expect(parse({}, {}, of).fields.constructor).toBeNull()
  })
})

describe('one problem is told with the field, what was found, what was expected, and what to do', () => {
  const { amount: _, ...noAmount } = good
  test.each([
    [noAmount, 'EVENT_FIELD_MISSING', '"amount" is absent; expected a number, it was never missing in training'],
    [{ ...good, amount: null }, 'EVENT_FIELD_MISSING', '"amount" is null'],
    [
      { ...good, amount: '12.5' },
      'EVENT_FIELD_TYPE',
      '"amount" is the text "12.5"; expected a number; send 12.5 without quotes',
    ],
    [{ ...good, amount: 'much' }, 'EVENT_FIELD_TYPE', '"amount" is the text "much"; expected a number; send a number'],
    [{ ...good, amount: true }, 'EVENT_FIELD_TYPE', '"amount" is true; expected a number'],
    [{ ...good, amount: [1] }, 'EVENT_FIELD_TYPE', '"amount" is a list'],
    [{ ...good, amount: 'NaN' }, 'EVENT_NOT_A_NUMBER', '"amount" is the text "NaN"; expected a finite number'],
    [{ ...good, amount: '-Infinity' }, 'EVENT_NOT_A_NUMBER', 'expected a finite number'],
    [{ ...good, amount: Number.NaN }, 'EVENT_NOT_A_NUMBER', '"amount" is the number NaN'],
    [{ ...good, amount: Number.POSITIVE_INFINITY }, 'EVENT_NOT_A_NUMBER', 'the number Infinity'],
    [{ ...good, amount: 1e39 }, 'EVENT_NOT_A_NUMBER', 'within ±3.4e38'],
    [{ ...good, channel: 5 }, 'EVENT_FIELD_TYPE', '"channel" is the number 5; expected a text; send "5"'],
    [{ ...good, channel: { a: 1 } }, 'EVENT_FIELD_TYPE', '"channel" is an object; expected a text'],
    [{ ...good, is_foreign: 'true' }, 'EVENT_FIELD_TYPE', '"is_foreign" is the text "true"; expected true or false'],
    [{ ...good, is_foreign: 2 }, 'EVENT_FIELD_TYPE', 'the number 2; expected true or false'],
    [{ ...good, amonut: 1 }, 'EVENT_FIELD_UNKNOWN', '"amonut" is not a field of detector card-fraud'],
    [{ ...good, amonut: 1 }, 'EVENT_FIELD_UNKNOWN', 'did you mean "amount"?'],
    [{ ...good, zzzzzzzzz: 1 }, 'EVENT_FIELD_UNKNOWN', 'leave it out, or set events.unknownFields: ignore'],
    [{ ...good, is_fraud: 0 }, 'EVENT_LABEL_PRESENT', '"is_fraud" is the label; expected an event without it'],
    [{ ...good, at: 'yesterday' }, 'EVENT_TIME_INVALID', '"at" is the text "yesterday"; expected an ISO 8601 time'],
    [{ ...good, at: 5 }, 'EVENT_TIME_INVALID', '"at" is the number 5; expected an ISO 8601 time'],
    [{ ...good, at: {} }, 'EVENT_TIME_INVALID', '"at" is an object'],
    [{ ...good, at: null }, 'EVENT_FIELD_MISSING', '"at" is null'],
    [
      { ...good, transaction_id: '' },
      'EVENT_ID_INVALID',
      '"transaction_id" is the text ""; expected a text of 1 to 256',
    ],
    [{ ...good, transaction_id: 'x'.repeat(257) }, 'EVENT_ID_INVALID', 'expected a text of 1 to 256'],
    [{ ...good, transaction_id: 'a\u0000b' }, 'EVENT_ID_INVALID', 'printable'],
    [{ ...good, transaction_id: '\ud800' }, 'EVENT_ID_INVALID', 'printable'],
    [{ ...good, transaction_id: 2 ** 53 }, 'EVENT_ID_INVALID', 'send it as text'],
    [{ ...good, transaction_id: 1.5 }, 'EVENT_ID_INVALID', 'a whole number'],
    [{ ...good, transaction_id: null }, 'EVENT_FIELD_MISSING', '"transaction_id" is null'],
    [{ ...good, card_id: {} }, 'EVENT_FIELD_TYPE', '"card_id" is an object'],
  ])('%j is refused with %s: %s', (value, code, text) => {
    const error = refusal(value)
    expect(error.code).toBe(code)
    expect(error.message).toContain(text)
    expect(error.details).toEqual([error.message])
  })

  test.each([[null], [[good]], ['{}'], [5], [undefined]])('%j is not an object', (value) => {
    const error = refusal(value)
    expect(error.code).toBe('EVENT_NOT_OBJECT')
    expect(error.message).toContain('expected one flat object')
  })

  test('an id is needed even where history had rows without one', () => {
    const fields = schema.fields.map((field) => ({ ...field, isNullable: true }))
    const { transaction_id: _, ...anonymous } = good
    expect(refusal(anonymous, {}, { ...schema, fields }).message).toContain('every event needs it')
  })
})

describe('several problems', () => {
  test('are told at once, and the first gives the code', () => {
    const error = refusal({ transaction_id: 't1', at: 'noon', amount: '5', chanel: 'online', is_foreign: true })
    expect(error.code).toBe('EVENT_FIELD_TYPE')
    expect(error.details).toHaveLength(4)
    for (const name of ['amount', 'channel', 'chanel', 'at'])
      expect(error.details.filter((detail) => detail.startsWith(`"${name}"`))).toHaveLength(1)
    expect(error.message).toMatch(/^4 problems: /)
  })

  test('are counted, not listed, beyond twenty', () => {
    const noise = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`noise${i}`, i]))
    const error = refusal({ ...good, ...noise })
    expect(error.details).toHaveLength(21)
    expect(error.details.at(-1)).toBe('… and 30 more')
    expect(error.message).toMatch(/^50 problems: /)
  })
})

describe('what the configuration forgives', () => {
  test('labelInStream: drop leaves the label out of the event', () => {
    const event = parse({ ...good, is_fraud: 1 }, { labelInStream: 'drop' })
    expect(event.fields).not.toHaveProperty('is_fraud')
  })

  test('unknownFields: ignore leaves unknown fields out, but never lets a label pass', () => {
    expect(parse({ ...good, more: 1 }, { unknownFields: 'ignore' }).fields).toEqual(good)
    expect(refusal({ ...good, is_fraud: 1 }, { unknownFields: 'ignore' }).code).toBe('EVENT_LABEL_PRESENT')
  })
})
