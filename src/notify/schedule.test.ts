import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Random } from '../core/random.ts'
import { retryDelay, retryDelaysMs } from './schedule.ts'

it('every wait is its schedule’s, a fifth more or less', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: retryDelaysMs.length }), (seed, failed) => {
      const share = retryDelay(failed, new Random(seed))! / retryDelaysMs[failed - 1]!
      expect(share).toBeGreaterThanOrEqual(0.8)
      expect(share).toBeLessThanOrEqual(1.2)
    }),
  )
})

it('what failed together does not come back together', () => {
  const random = new Random(1)
  expect(new Set(Array.from({ length: 100 }, () => retryDelay(4, random))).size).toBeGreaterThan(90)
})

it('the schedule ends after three days', () => {
  const hours = retryDelaysMs.reduce((sum, delay) => sum + delay, 0) / 3_600_000
  expect(hours).toBeGreaterThan(72)
  expect(hours).toBeLessThan(80)
  expect(retryDelay(retryDelaysMs.length + 1, new Random(1))).toBeUndefined()
})

it('an outage of a minute costs at most two', () => {
  const [first, second, third] = retryDelaysMs
  expect(first! + second! + third!).toBeGreaterThan(60_000 / 0.8 - 1)
  expect((first! + second! + third!) * 1.2).toBeLessThan(120_000)
})

it('never sooner than the other side asks, but it cannot ask for more than a day', () => {
  expect(retryDelay(1, new Random(1), 90_000)).toBe(90_000)
  expect(retryDelay(4, new Random(1), 1)).toBeGreaterThan(200_000)
  expect(retryDelay(1, new Random(1), 1e12)).toBe(86_400_000)
})
