import { expect, test } from 'vitest'
import { besideDay, counted, score } from './format.ts'

test('a score never shows as certainty or as nothing where it is neither', () => {
  expect([0, 0.0001, 0.5, 0.9999, 1].map(score)).toEqual(['0.000', '<0.001', '0.500', '>0.999', '1.000'])
})

test('one is singular', () => {
  expect([0, 1, 2].map((alerts) => counted(alerts, 'alert'))).toEqual(['0 alerts', '1 alert', '2 alerts'])
})

test('the day beside a day crosses months and the changes of the clocks', () => {
  expect(besideDay('2026-03-01', -1)).toBe('2026-02-28')
  expect(besideDay('2026-03-28', 1)).toBe('2026-03-29')
  expect(besideDay('2026-12-31', 1)).toBe('2027-01-01')
})
