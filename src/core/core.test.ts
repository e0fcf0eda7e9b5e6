import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from './clock.ts'
import { dayEnd, dayOf, dayStart, hourOf, isTimeZone, nextDay } from './day.ts'
import { canonicalJson, stableId } from './digest.ts'
import { nearestName } from './error.ts'
import { Random } from './random.ts'

const zones = ['UTC', 'America/Chicago', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia']

test('every instant lies within its own day, in every zone', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), fc.constantFrom(...zones), (time, zone) => {
      const day = dayOf(time, zone)
      expect(time).toBeGreaterThanOrEqual(dayStart(day, zone))
      expect(time).toBeLessThan(dayEnd(day, zone))
    }),
  )
})

test('a day lasts 23 or 25 hours where the clocks change', () => {
  const hours = (day: string) => (dayEnd(day, 'Europe/Berlin') - dayStart(day, 'Europe/Berlin')) / 3_600_000
  expect([hours('2026-03-29'), hours('2026-06-01'), hours('2026-10-25')]).toEqual([23, 24, 25])
})

test('the hour is that of the wall clock there', () => {
  expect(hourOf(Date.parse('2026-11-22T01:30:00Z'), 'America/Chicago')).toBe(19)
  expect(dayOf(Date.parse('2026-11-22T01:30:00Z'), 'America/Chicago')).toBe('2026-11-21')
  expect(nextDay('2024-02-28')).toBe('2024-02-29')
  expect([isTimeZone('Europe/Berlin'), isTimeZone('Mars/Base')]).toEqual([true, false])
})

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) => {
    const random = new Random(seed)
    return [random.uniform(), random.normal(), random.below(1000), random.exponential(3)]
  }
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
})

test('uniform and normal numbers have their means and spreads', () => {
  const random = new Random(1)
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const uniforms = Array.from({ length: 20_000 }, () => random.uniform())
  const normals = Array.from({ length: 20_000 }, () => random.normal())
  expect(mean(uniforms)).toBeCloseTo(0.5, 1)
  expect(mean(normals)).toBeCloseTo(0, 1)
  expect(mean(normals.map((value) => value * value))).toBeCloseTo(1, 1)
})

test('equal values have equal JSON whatever the order of their keys, and NaN has none', () => {
  expect(canonicalJson({ b: 1, a: [{ d: 2, c: 3 }] })).toBe(canonicalJson({ a: [{ c: 3, d: 2 }], b: 1 }))
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError)
})

test('ids differ where the parts differ, also where their texts run together', () => {
  expect(stableId('al', 'ab', 'c')).not.toBe(stableId('al', 'a', 'bc'))
  expect(stableId('al', 'ab', 'c')).toBe(stableId('al', 'ab', 'c'))
})

test('the nearest name is found, and none where none is near', () => {
  expect(nearestName('Clas', ['Class', 'Time'])).toBe('Class')
  expect(nearestName('zebra', ['Class', 'Time'])).toBeUndefined()
})

test('a manual clock wakes sleepers in the order of their times', async () => {
  const clock = new ManualClock(0)
  const woken: string[] = []
  void clock.sleep(2000).then(() => woken.push(`late at ${clock.now()}`))
  void clock.sleep(1000).then(() => woken.push(`early at ${clock.now()}`))
  await clock.advance(1500)
  expect(woken).toEqual(['early at 1000'])
  await clock.advance(1000)
  expect(woken).toEqual(['early at 1000', 'late at 2000'])
})
