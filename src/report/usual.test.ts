import { expect, test } from 'vitest'
import { type DayFigures, usualOf } from './usual.ts'

const figures = (day: string, alerts: number, events = 100): DayFigures => ({ day, events, alerts, amountAtRisk: 10 })

test('a day is held against the median of its own weekday where three of them are known', () => {
  const before = [
    figures('2026-03-03', 5),
    figures('2026-03-10', 9),
    figures('2026-03-17', 6),
    figures('2026-03-23', 90),
  ]
  expect(usualOf('2026-03-24', before)).toEqual({ of: 'weekday', days: 3, events: 100, alerts: 6, amountAtRisk: 10 })
})

test('with fewer of the same weekday, against the last four weeks', () => {
  const before = [
    figures('2026-01-05', 50),
    figures('2026-03-20', 2),
    figures('2026-03-21', 4),
    figures('2026-03-22', 8),
    figures('2026-03-23', 16),
  ]
  expect(usualOf('2026-03-24', before)).toMatchObject({ of: 'day', days: 4, alerts: 6 })
})

test('days without events, later days and days long ago are not usual', () => {
  const before = [
    figures('2026-03-20', 2, 0),
    figures('2026-03-25', 4),
    figures('2025-03-18', 8),
    figures('2026-03-23', 1),
  ]
  expect(usualOf('2026-03-24', before)).toBeNull()
})
