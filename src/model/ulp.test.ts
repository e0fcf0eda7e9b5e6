import fc from 'fast-check'
import { expect, test } from 'vitest'
import { above32, below32 } from './ulp.ts'

test('for every float32 x and every number t: x < t is x ≤ the float32 below t, and x ≤ t is x < the one above', () => {
  const float32 = fc.oneof(fc.float(), fc.constantFrom(0, -0, 2 ** -149, Infinity, -Infinity))
  const near = fc.tuple(float32, fc.constantFrom(-1, 0, 1)).map(([x, step]) => x + step * 1e-9 * Math.abs(x))
  fc.assert(
    fc.property(float32, fc.oneof(float32, near, fc.double()), (x, t) => {
      fc.pre(!Number.isNaN(x) && !Number.isNaN(t))
      const [below, above] = [below32(t), above32(t)]
      expect(below === undefined ? false : x <= below).toBe(x < t)
      expect(above === undefined ? true : x < above).toBe(x <= t)
    }),
    { numRuns: 2000 },
  )
})
