// Trees in, the columns of u16 that their tests read out: thresholds by rank, sets of categories and missing values decided.
//
// x ≤ thresholds[k] is the same as rank(x) ≤ k, where rank is the number of thresholds below x; so a test is one comparison of
// small integers, exact by construction. A feature of numbers gets two columns, for tests that send missing values to the left
// and to the right; every distinct set of categories with its side for missing values gets one of noughts and ones.

import type { FeatureSpec, TreesData } from './artifact.ts'

type NumberColumns = { readonly feature: number; readonly thresholds: Float32Array }
type SetColumn = { readonly feature: number; readonly places: readonly number[]; readonly missingLeft: number }

export type Columns = {
  /** The columns 2i and 2i + 1 are of numbers[i]. */
  readonly numbers: readonly NumberColumns[]
  /** Column 2 × numbers.length + j is of sets[j]. */
  readonly sets: readonly SetColumn[]
  /** Of each node: the column that it reads, and the least value that goes right. A leaf reads column 0 and asks for 65535. */
  readonly column: Uint16Array
  readonly least: Uint16Array
}

/** Ranks above are taken: 65534 is a missing value that goes right, 65535 what a leaf asks for. */
const mostThresholds = 65_533
const mostColumns = 65_535
const leafLeast = 65_535

/** Null where the model has more columns, or a feature more thresholds, than fit u16; or a threshold is not a number. */
export function columnsOf(trees: TreesData, features: readonly FeatureSpec[]): Columns | null {
  const thresholds = thresholdsOf(trees, features)
  const used = thresholds.flatMap((own, feature) => (own ? [{ feature, thresholds: own }] : []))
  const sets = new Map<string, SetColumn & { readonly place: number }>()
  const column = new Uint16Array(trees.feature.length)
  const least = new Uint16Array(trees.feature.length).fill(leafLeast)
  const placeOf = new Map(used.map(({ feature }, i) => [feature, 2 * i]))
  for (const [node, feature] of trees.feature.entries()) {
    if (feature < 0) continue
    const threshold = trees.threshold[node]!
    const missingLeft = trees.missingLeft[node]!
    const own = thresholds[feature]
    if (own) {
      if (Number.isNaN(threshold)) return null
      column[node] = placeOf.get(feature)! + 1 - missingLeft
      least[node] = rankOf(own, floatAtMost(threshold)) + 1
    } else {
      const places = trees.categorySets[threshold]!
      const key = `${feature}:${missingLeft}:${places.join()}`
      const place = sets.get(key)?.place ?? 2 * used.length + sets.size
      sets.set(key, { feature, places, missingLeft, place })
      column[node] = place
      least[node] = 1
    }
  }
  if (used.some((own) => own.thresholds.length > mostThresholds)) return null
  if (2 * used.length + sets.size > mostColumns) return null
  return { numbers: used, sets: [...sets.values()], column, least }
}

// Sorted and distinct, of each feature of numbers that a tree tests; NaN sorts last.
function thresholdsOf(trees: TreesData, features: readonly FeatureSpec[]): (Float32Array | undefined)[] {
  const lists: (number[] | undefined)[] = features.map(() => undefined)
  for (const [node, feature] of trees.feature.entries())
    if (feature >= 0 && features[feature]!.kind === 'number') {
      lists[feature] ??= []
      lists[feature].push(floatAtMost(trees.threshold[node]!))
    }
  return lists.map(
    (list) =>
      list &&
      Float32Array.from(list)
        .sort()
        .filter((x, i, all) => i === 0 || x !== all[i - 1]),
  )
}

/** The greatest float32 at or below x: a float32 is at most x exactly if it is at most that. */
function floatAtMost(x: number): number {
  const near = Math.fround(x)
  if (near <= x || Number.isNaN(x)) return near
  // Rounded up: one step of the bits down, which for a negative number (−0 too) is away from nought.
  const float = Float32Array.of(near)
  new Int32Array(float.buffer)[0]! += near > 0 ? -1 : 1
  return float[0]!
}

function rankOf(thresholds: Float32Array, x: number): number {
  let low = 0
  let high = thresholds.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (thresholds[middle]! < x) low = middle + 1
    else high = middle
  }
  return low
}
