import { expect, test } from 'vitest'
import { weeksOf } from './calendar.ts'

test('weeks run from Monday, newest first, without gaps, and are named by their Thursday', () => {
  const weeks = weeksOf(['2026-12-20', '2027-01-03'], 9)
  expect(weeks.map(({ name }) => name)).toEqual(['2026-W53', '2026-W52', '2026-W51'])
  expect(weeks[0]?.days).toEqual([
    ...['2026-12-28', '2026-12-29', '2026-12-30', '2026-12-31'],
    ...['2027-01-01', '2027-01-02', '2027-01-03'],
  ])
  expect(weeksOf(['2027-01-04'], 9)[0]?.name).toBe('2027-W01')
})

test('no more weeks than asked for, and none without a day', () => {
  expect(weeksOf(['2020-01-01', '2026-11-22'], 3)).toHaveLength(3)
  expect(weeksOf([], 3)).toEqual([])
})
