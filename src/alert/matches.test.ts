import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alerting } from '../../test/contract/store-samples.ts'
import { literally } from '../core/matcher.ts'
import { alertOf } from './alert.ts'
import { matches } from './matches.ts'

function isMet(pattern: string, entity: string): boolean {
  const alert = { ...alertOf(alerting('a'))!, entity }
  return matches({ entity: pattern }, { alert, severity: 'low' })
}

test.each([
  ['card-4*', 'card-4711', true],
  ['card-4*', 'card-5', false],
  ['*7*1', 'card-4711', true],
  ['card-4[*]', 'card-4*', true],
  ['card-4[*]', 'card-4711', false],
  ['card-4[*]*', 'card-4*11', true],
  ['[x]*', '[x]yz', true],
])('of %s and %s a match is %s', (pattern, entity, expected) => {
  expect(isMet(pattern, entity)).toBe(expected)
})

test('an entity that is taken literally is met by itself alone, whatever it is made of', () => {
  const name = fc.string({ unit: fc.constantFrom('*', '[', ']', 'a'), minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(name, name, (entity, other) => {
      expect(isMet(literally(entity), entity)).toBe(true)
      expect(isMet(literally(entity), other)).toBe(other === entity)
    }),
    { numRuns: 1_000 },
  )
})
