// Bytes that are JSON, and bytes that are not: the error names the place.

import { describe, expect, test } from 'vitest'
import { TocsinError } from '../core/error.ts'
import { decodeJson } from './decode.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function refusal(input: Uint8Array): TocsinError {
  try {
    decodeJson(input)
  } catch (error) {
    if (error instanceof TocsinError) return error
    throw error
  }
  throw new Error('it was decoded')
}

test('UTF-8 JSON becomes its value, with or without a byte-order mark', () => {
  expect(decodeJson(bytes('{"café": 1}'))).toEqual({ café: 1 })
  expect(decodeJson(bytes('\uFEFF{"a": 1}'))).toEqual({ a: 1 })
})

describe('what is not JSON is refused with its place', () => {
  test.each([
    ['{"a": 1', 'ends too early, after character 7'],
    ['{"a": ', 'ends too early, after character 6'],
    ['{"a": NaN}', `Unexpected token 'N', "{"a": NaN}" is not valid JSON`],
    [`{"a": "${'x'.repeat(500)}", "b": NaN, "c": "${'y'.repeat(500)}"}`, `Unexpected token 'N', ...`],
    ["{'a': 1}", 'unexpected "\'a\': 1}" at character 1'],
    ['{"a": 1}{"a": 2}', 'unexpected "{"a": 2}" at character 8'],
    ['', 'it is empty'],
    ['  \n', 'it is empty'],
    ['hello', `Unexpected token 'h'`],
  ])('%s', (text, place) => {
    const error = refusal(bytes(text))
    expect(error.code).toBe('EVENT_NOT_JSON')
    expect(error.message).toContain(place)
    expect(error.message).toContain('expected one JSON object')
  })

  test.each([
    [[0x7b, 0xff, 0x7d], 1],
    [[...bytes('{"a":"é"}').subarray(0, 7), 0x22], 7],
    [[...bytes('{"a":"é"}').subarray(0, 7)], 7],
  ])('bytes %j are not UTF-8 from byte %i on', (input, place) => {
    const error = refusal(Uint8Array.from(input))
    expect(error.code).toBe('EVENT_NOT_JSON')
    expect(error.message).toContain(`byte ${place} is not UTF-8`)
  })
})

test('NaN and Infinity, which other languages write, get the advice to send null', () => {
  expect(refusal(bytes('{"a": NaN}')).message).toContain('send null')
  expect(refusal(bytes(`{"a": "${'x'.repeat(500)}", "b": -Infinity}`)).message).toContain('send null')
  expect(refusal(bytes('{"a": nope}')).message).not.toContain('send null')
})
