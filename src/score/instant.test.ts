// Time columns in every unit, good and bad.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectedInstant, instantReader } from './instant.ts'

const iso = instantReader({ column: 't', unit: 'iso' })

describe('ISO 8601', () => {
  test.each([
    ['2026-11-22T18:05:00Z', '2026-11-22T18:05:00.000Z'],
    ['2026-11-22T18:05:00.250+02:00', '2026-11-22T16:05:00.250Z'],
    ['2026-11-22T18:05:00-0530', '2026-11-22T23:35:00.000Z'],
    ['2026-11-22 18:05:00+01', '2026-11-22T17:05:00.000Z'],
    ['2026-11-22 18:05', '2026-11-22T18:05:00.000Z'],
    ['2026-11-22T18:05:00.123456789Z', '2026-11-22T18:05:00.123Z'],
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is the instant %s', (text, instant) => {
    expect(iso(text)).toBe(Date.parse(instant))
  })

  test.each([
    '',
    '1',
    'yesterday',
    '2026',
    '2026-02-30',
    '2026-13-01',
    '2026-11-22T25:00:00Z',
    '2026-11-22T18:05:00+99:99',
    '22.11.2026',
    'Sun, 22 Nov 2026 18:05:00 GMT',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
  ])('"%s" is no instant', (text) => {
    expect(iso(text)).toBeUndefined()
  })

  test.each([[1_700_000_000_000], [true], [null], [undefined]])('%s is no text, so no instant', (found) => {
    expect(iso(found)).toBeUndefined()
  })

  test('whatever toISOString writes is read back', () => {
    const times = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    fc.assert(fc.property(times, (date) => iso(date.toISOString()) === date.getTime()))
  })
})

describe('numbers', () => {
  test('seconds, milliseconds and microseconds count from 1970, or from the origin', () => {
    expect(instantReader({ column: 't', unit: 's' })(1.5)).toBe(1500)
    expect(instantReader({ column: 't', unit: 'ms' })(1500)).toBe(1500)
    expect(instantReader({ column: 't', unit: 'us' })(1_500_999)).toBe(1500)
    const sinceOrigin = instantReader({ column: 't', unit: 's', origin: '2013-09-01T00:00:00Z' })
    expect(sinceOrigin(60)).toBe(Date.parse('2013-09-01T00:01:00Z'))
  })

  test.each([['60'], [Number.NaN], [Number.POSITIVE_INFINITY], [1e18], [-1e18], [null], [true]])(
    '%s is no instant',
    (found) => {
      expect(instantReader({ column: 't', unit: 's' })(found)).toBeUndefined()
    },
  )
})

test('what is expected is said in the words of the column', () => {
  expect(expectedInstant({ column: 't', unit: 'iso' })).toContain('2026-11-22T18:05:00Z')
  expect(expectedInstant({ column: 't', unit: 'us' })).toBe('a number of microseconds since 1970-01-01T00:00:00Z')
  const origin = '2013-09-01T00:00:00Z'
  expect(expectedInstant({ column: 't', unit: 's', origin })).toBe(`a number of seconds since ${origin}`)
})
