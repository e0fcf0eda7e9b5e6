// What a reason says, sentence by sentence.

import { describe, expect, test } from 'vitest'
import type { FieldValue } from '../core/event.ts'
import type { FeatureSketch } from '../model/model.ts'
import { createReasons, reasonText } from './reasons.ts'

const number = (quantiles: number[], missing = 0): FeatureSketch => ({ name: 'x', kind: 'number', missing, quantiles })
const amount = number([0.5, 1, 4.1, 10, 22, 40, 96, 300, 900])
const hour = number([0, 1, 3, 9, 13, 17, 21, 23, 23])
const channel: FeatureSketch = {
  name: 'channel',
  kind: 'category',
  missing: 0.125,
  shares: [
    ['chip', 0.9],
    ['online', 0.03],
    ['phone', 0.0004],
    ['mail', 0.004],
  ],
}

describe('a number', () => {
  test.each<[FieldValue, FeatureSketch, string]>([
    [120, amount, 'x 120.00 is high (usually 4.10 to 96.00)'],
    [812.4, amount, 'x 812.40 is very high (usually 4.10 to 96.00)'],
    [12345.678, amount, 'x 12,345.68 is very high (usually 4.10 to 96.00)'],
    [2, amount, 'x 2.00 is low (usually 4.10 to 96.00)'],
    [-5, amount, 'x -5.00 is very low (usually 4.10 to 96.00)'],
    [50, amount, 'x 50.00 raises the risk together with other features'],
    [4.1, amount, 'x 4.10 raises the risk together with other features'],
    [3, hour, 'x 3 raises the risk together with other features'],
    [2, hour, 'x 2 is low (usually 3 to 21)'],
    [0, hour, 'x 0 is very low (usually 3 to 21)'],
    [7, number([0, 0, 0, 0, 0, 0, 0, 0, 0]), 'x 7 is very high (usually 0)'],
    [0.0123, number([0, 0, 0.001, 0, 0, 0, 0.004, 0.02, 0.1]), 'x 0.012 is high (usually 0.001 to 0.004)'],
    [2.5e18, number([0, 0, 0, 0, 0, 0, 1, 2, 3]), 'x 2.50e+18 is very high (usually 0.00 to 1.00)'],
    [-0, number([1, 1, 1, 1, 1, 1, 2, 2, 2]), 'x 0 is very low (usually 1 to 2)'],
  ])('%s beside %j', (value, sketch, text) => {
    expect(reasonText('x', value, sketch)).toBe(text)
  })
})

describe('a category', () => {
  test.each<[FieldValue, string]>([
    ['online', 'channel online is rare here (3 % of events)'],
    ['mail', 'channel mail is rare here (0.4 % of events)'],
    ['phone', 'channel phone is rare here (under 0.1 % of events)'],
    ['pigeon', 'channel pigeon was never seen in training'],
    ['chip', 'channel chip raises the risk together with other features'],
    [null, 'channel is missing (as in 13 % of training)'],
  ])('%s', (value, text) => {
    expect(reasonText('channel', value, channel)).toBe(text)
  })

  test('that is not among the fifty kept ones is rare, for nobody knows whether it is new', () => {
    const shares = Array.from({ length: 50 }, (_, i): [string, number] => [`c${i}`, 0.02])
    expect(reasonText('shop', 'c99', { name: 'shop', kind: 'category', missing: 0, shares })).toBe(
      'shop c99 is rare here',
    )
  })

  test('true and false are categories', () => {
    const shares: [string, number][] = [
      ['false', 0.98],
      ['true', 0.02],
    ]
    const text = reasonText('is_foreign', true, { name: 'is_foreign', kind: 'category', missing: 0, shares })
    expect(text).toBe('is_foreign true is rare here (2 % of events)')
  })
})

test('a missing value is told with how often it was missing in training', () => {
  expect(reasonText('x', null, amount)).toBe('x is missing (it never was in training)')
  expect(reasonText('x', null, number([], 0.5))).toBe('x is missing (as in 50 % of training)')
})

test('a feature without a sketch still gets a sentence', () => {
  expect(reasonText('x', 3, undefined)).toBe('x 3 raises the risk together with other features')
  expect(reasonText('x', null, undefined)).toBe('x is missing')
})

test('reasons are the features that raised the score, strongest first, at most five, the bias not among them', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const features = names.map((name) => ({ name, kind: 'number' as const }))
  const contributions = Float64Array.of(0.1, -2, 0.3, 0.2, 0.5, 0.4, 0.6, 9)
  const reasons = createReasons(features, [])({ a: 1, g: 7, e: null }, contributions)
  expect(reasons.map(({ feature, contribution }) => [feature, contribution])).toEqual([
    ['g', 0.6],
    ['e', 0.5],
    ['f', 0.4],
    ['c', 0.3],
    ['d', 0.2],
  ])
  expect(reasons[0]).toMatchObject({ value: 7, text: 'g 7 raises the risk together with other features' })
  expect(reasons[1]).toMatchObject({ value: null, text: 'e is missing' })
})
