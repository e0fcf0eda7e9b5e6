// Expressions and rows in, numbers out; what is wrong is said with its place.

import { describe, expect, test } from 'vitest'
import { compileExpression, namesIn, type Scope } from './expression.ts'

const numbers: Readonly<Record<string, number>> = { amount: 12.5, zero: 0, nothing: Number.NaN, 'a b': 3 }
const scope: Scope = {
  names: [...Object.keys(numbers), 'channel'],
  number: (name) => (Object.hasOwn(numbers, name) ? () => numbers[name]! : undefined),
  text: (name) => (name === 'channel' ? () => 'online' : name === 'blank' ? () => null : undefined),
}
const value = (text: string) => compileExpression(text, scope)()

test.each([
  ['1 + 2 * 3 ^ 2', 19],
  ['-2 ^ 2', -4],
  ['10 - 2 - 3', 5],
  ['7 % 4 / 2', 1.5],
  ['(1 + 2) * 3', 9],
  ['amount / 2.5e1', 0.5],
  ['`a b` + .5', 3.5],
  ['log(exp(2))', 2],
  ['min(3, 1, 2) + max(1, 4)', 5],
  ['1 < 2 and not 2 <= 1 or 0', 1],
  ["channel == 'online'", 1],
  ['channel != "online"', 0],
  ['if(amount > 10, 1, 2)', 1],
  ['coalesce(nothing, 7)', 7],
  ['isMissing(nothing) + isMissing(blank) + isMissing(amount)', 2],
])('%s is %d', (text, expected) => {
  expect(value(text)).toBeCloseTo(expected, 12)
})

test.each([
  'nothing + 1',
  'nothing > 1',
  'amount / zero',
  'log(zero)',
  'sqrt(-1)',
  "blank == 'x'",
  'not nothing',
  'if(nothing, 1, 2)',
])('%s is missing', (text) => {
  expect(value(text)).toBeNaN()
})

describe('what is wrong is said', () => {
  test.each([
    ['amuont * 2', /"amuont" is no column and no feature; did you mean "amount"\? \(character 1\)/],
    ['amount *', /it ends too early \(character 9\)/],
    ['(amount', /a "\)" is missing/],
    ['amount 2', /"2" is one too many \(character 8\)/],
    ['lgo(amount)', /"lgo" is no function; did you mean "log"\?/],
    ['log(amount, 2)', /"log" does not take 2 values/],
    ['channel + 1', /a text stands where a number should/],
    ["amount == 'online'", /a text is compared with a number/],
    ['amount; process.exit()', /";" means nothing here/],
    ['constructor(amount)', /"constructor" is no function/],
    [`${'('.repeat(200)}1`, /nested too deeply/],
  ])('%s', (text, message) => {
    expect(() => compileExpression(text, scope)).toThrow(
      expect.objectContaining({ code: 'FEATURE_EXPRESSION', message: expect.stringMatching(message) }),
    )
  })
})

test('the names of an expression are those that are no functions and no texts', () => {
  expect(namesIn("if(amount > mean_7d and channel == 'amount', log(`a b`), amount)")).toEqual([
    'amount',
    'mean_7d',
    'channel',
    'a b',
  ])
})
