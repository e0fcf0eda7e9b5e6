import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleDay } from '../../test/golden/sample-day.ts'
import {
  daysOf,
  periodSubject,
  periodsEndingWith,
  periodText,
  renderPeriod,
  summarizePeriod,
  weekOf,
} from './period.ts'
import { summarizeDay } from './summary.ts'
import { shifted } from './usual.ts'

const days = ['2026-03-02', '2026-03-03', '2026-03-04'].map((day) => summarizeDay({ ...sampleDay(), day }))

describe('a period', () => {
  test('of a week holds seven days from Monday on, and every day lies in its own week', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 40_000 }), (offset) => {
        const day = shifted('2000-01-01', offset)
        const { from, to } = daysOf(weekOf(day))
        expect(from <= day && day <= to).toBe(true)
        expect(new Date(from).getUTCDay()).toBe(1)
        expect(shifted(from, 6)).toBe(to)
      }),
    )
  })

  test.each([
    ['2026-W01', '2025-12-29', '2026-01-04'],
    ['2026-W53', '2026-12-28', '2027-01-03'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2026-12', '2026-12-01', '2026-12-31'],
  ])('%s is %s to %s', (period, from, to) => {
    expect(daysOf(period)).toEqual({ from, to })
  })

  test.each(['2025-W53', '2026-W00', '2026-13', '2026', 'week'])('%s is none', (period) => {
    expect(() => daysOf(period)).toThrow(RangeError)
  })

  test('ends with its last day only', () => {
    expect(periodsEndingWith('2026-05-31')).toEqual({ week: '2026-W22', month: '2026-05' })
    expect(periodsEndingWith('2026-05-30')).toEqual({})
    expect(periodsEndingWith('2026-02-28')).toEqual({ month: '2026-02' })
  })

  test('sums its days, and its page, text and subject say the same', () => {
    const week = summarizePeriod('2026-W10', days)
    expect(week).toMatchObject({ events: 3 * days[0]!.events, alerts: 141, from: '2026-03-02', to: '2026-03-08' })
    expect(week.labels.precision!.value).toBeCloseTo(days[0]!.labels.precision!.value, 12)
    expect(week.strongestReasons[0]).toMatchObject({ feature: 'amount', alerts: 99 })
    expect(periodSubject(week)).toBe('card-fraud, Week 10 of 2026: 141 alerts, 89,572.26 at risk')
    for (const made of [renderPeriod(week), periodText(week)]) {
      expect(made).toContain(
        'From Monday 2 March 2026 to Sunday 8 March 2026 (3 of 7 days are closed), 76,308 events came in',
      )
      expect(made).toContain('The most, 47, came on Monday 2 March 2026.')
    }
    expect(renderPeriod(summarizePeriod('2026-W10', days))).toBe(renderPeriod(week))
  })
})
