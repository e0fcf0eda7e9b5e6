// Weighted units in, a 95 % interval of any statistic of their sums out.
//
// Poisson bootstrap (Chamandy et al. 2012): every row counts Poisson(1) times. Rows that no statistic tells apart are one
// unit; how often it counts is drawn at once, with the mean and variance of the sum over its rows.

import { Random } from '../core/random.ts'
import type { Interval } from '../model/model.ts'

export type Unit = {
  /** Σ weights. */
  readonly weight: number
  /** Σ weights², for the spread. */
  readonly squared: number
}

/** `statistic` gets by unit the factor that its sums count with; all 1 for the value itself. */
export function bootstrapInterval(
  units: readonly Unit[],
  statistic: (factors: Float64Array) => number,
  { seed, replicates }: { seed: number; replicates: number },
): Interval {
  const random = new Random(seed)
  const factors = new Float64Array(units.length).fill(1)
  const value = statistic(factors)
  // Rows of equal weight that the unit is worth: n for n equal rows.
  const sizes = units.map(({ weight, squared }) => (squared > 0 ? weight ** 2 / squared : 1))
  const figures: number[] = []
  for (let i = 0; i < replicates; i++) {
    for (let unit = 0; unit < sizes.length; unit++) factors[unit] = poisson(random, sizes[unit]!) / sizes[unit]!
    const figure = statistic(factors)
    if (Number.isFinite(figure)) figures.push(figure)
  }
  figures.sort((a, b) => a - b)
  return { value, low: quantile(figures, 0.025) ?? value, high: quantile(figures, 0.975) ?? value }
}

function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

// Knuth's products for small means, a rounded normal for large ones.
function poisson(random: Random, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()))
  const end = Math.exp(-mean)
  let count = 0
  for (let product = random.uniform(); product > end; product *= random.uniform()) count++
  return count
}
