// A share and how many it is of in, its 95 % interval out.

import type { Interval } from '../model/model.ts'

/** Wilson 1927: holds for small numbers, and for none or all of them. */
export function wilson(share: number, n: number): Interval {
  const z = 1.96
  const middle = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
  const reach = (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
  return { value: share, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) }
}
