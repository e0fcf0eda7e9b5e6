// A count among a number of tries → its share with the 95 % interval.

const z = 1.96

export type Share = { readonly value: number; readonly low: number; readonly high: number }

/** Wilson 1927: holds for small counts, too. Null where nothing was tried. */
export function wilson(count: number, n: number): Share | null {
  if (n <= 0) return null
  const value = count / n
  const middle = (value + (z * z) / (2 * n)) / (1 + (z * z) / n)
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n))
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}
