// Instants and windows in: where they begin, and that merging never takes an answer away.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Grid, mergedWidth, windowStart } from './grid.ts'

const now = Date.parse('2026-11-22T12:34:56.789Z')
const grids = fc.record({ precision: fc.integer({ min: 2, max: 200 }), exactMs: fc.constantFrom(0, 1000, 3_600_000) })
const length = fc.integer({ min: 1, max: 40 * 86_400_000 })
const instant = fc.integer({ min: now - 86_400_000, max: now })

test('a window covers all of its length but one part in `precision` at most, and never more', () => {
  fc.assert(
    fc.property(instant, length, grids, (time, lengthMs, grid) => {
      const covered = time - windowStart(time, lengthMs, grid) + 1
      expect(covered).toBeLessThanOrEqual(lengthMs)
      expect(covered).toBeGreaterThanOrEqual(lengthMs - Math.floor(lengthMs / grid.precision))
      if (lengthMs <= grid.exactMs) expect(covered).toBe(lengthMs)
    }),
    { numRuns: 2000 },
  )
})

test('what has been merged is never cut by a window of a later instant, and stays merged', () => {
  fc.assert(
    fc.property(instant, fc.nat(86_400_000), length, length, grids, (seenFrom, later, age, lengthMs, grid) => {
      const time = seenFrom - age
      const width = mergedWidth(time, seenFrom, grid)
      expect(mergedWidth(time, seenFrom + later, grid)).toBeGreaterThanOrEqual(width)
      const start = windowStart(seenFrom + later, lengthMs, grid)
      const bucket = Math.floor(time / width) * width
      expect(start <= bucket || start >= bucket + width).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('a later instant’s window never begins earlier', () => {
  fc.assert(
    fc.property(instant, fc.nat(10_000), length, grids, (time, later, lengthMs, grid: Grid) => {
      expect(windowStart(time + later, lengthMs, grid)).toBeGreaterThanOrEqual(windowStart(time, lengthMs, grid))
    }),
    { numRuns: 2000 },
  )
})
