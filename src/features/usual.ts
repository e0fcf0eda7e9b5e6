// Numbers in, their median out.

/** Of the first `count` values, which it sorts; NaN where there are none. Insertion, for they are few. */
export function medianOf(values: Float64Array, count: number): number {
  if (count === 0) return Number.NaN
  for (let i = 1; i < count; i++) {
    const value = values[i]!
    let at = i
    for (; at > 0 && values[at - 1]! > value; at--) values[at] = values[at - 1]!
    values[at] = value
  }
  const middle = count >> 1
  return count % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2
}
