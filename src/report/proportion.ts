// A count among a number of trials in, its share with the 95 % interval out.

export type Proportion = { readonly value: number; readonly low: number; readonly high: number }

/** Wilson's score interval at 95 % (Wilson 1927); null of no trials. */
export function wilson(successes: number, trials: number): Proportion | null {
  if (trials === 0) return null
  const z = 1.959963984540054
  const share = successes / trials
  const scale = 1 + (z * z) / trials
  const centre = (share + (z * z) / (2 * trials)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials))
  return { value: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}
