// A count among a number of trials in, its share with an interval out.

export type Proportion = { readonly value: number; readonly low: number; readonly high: number }

/** Standard deviations on each side of an interval of 95 %. */
const z95 = 1.959963984540054

/** Wilson's score interval (Wilson 1927), which holds for few trials, and for none or all of them; null of no trials. */
export function wilson(successes: number, trials: number, z = z95): Proportion | null {
  if (trials <= 0) return null
  const share = successes / trials
  const scale = 1 + (z * z) / trials
  const centre = (share + (z * z) / (2 * trials)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials))
  return { value: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}
