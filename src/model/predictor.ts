// Trees as data in, a function from vector to margin out: the plain walker, oracle of the compiled one and its stand-in.

import type { FeatureSpec, TreesData } from './artifact.ts'

/** Log-odds before calibration. */
export type Predictor = {
  /** Of one vector at `offset`. */
  margin(vectors: Float32Array, offset?: number): number
  /** Of `rows` vectors that lie one after another, into `out`; each as `margin` would. */
  margins(vectors: Float32Array, rows: number, out: Float64Array): void
}

/** The trees in typed arrays, and which child a vector's node leads to. */
export type FlatTrees = {
  readonly roots: Int32Array
  readonly feature: Int32Array
  readonly left: Int32Array
  readonly value: Float64Array
  /** The child that the vector at `offset` goes to. */
  child(node: number, vectors: Float32Array, offset: number): number
}

/** What a node needs beyond "x ≤ threshold goes left, anything else, and what is missing, right". */
const plain = 0
const missingLeft = 1
const category = 2

/** Copies the trees into typed arrays; categorical sets become bit sets. */
export function flatten(trees: TreesData, features: readonly FeatureSpec[]): FlatTrees {
  const feature = Int32Array.from(trees.feature)
  const threshold = Float64Array.from(trees.threshold)
  const left = Int32Array.from(trees.left)
  const kind = Uint8Array.from(trees.feature, (f, node) =>
    features[f]?.kind === 'category' ? category : trees.missingLeft[node] === 1 ? missingLeft : plain,
  )
  const sets = trees.categorySets.map(bitSet)

  function categoryChild(node: number, x: number): number {
    if (Number.isNaN(x)) return left[node]! + 1 - trees.missingLeft[node]!
    return left[node]! + (has(sets[threshold[node]!]!, x) ? 0 : 1)
  }

  return {
    roots: Int32Array.from(trees.roots),
    feature,
    left,
    value: Float64Array.from(trees.value),
    // A comparison with NaN is false: the two forms differ only there.
    child(node, vectors, offset) {
      const x = vectors[offset + feature[node]!]!
      if (kind[node] === plain) return left[node]! + (x <= threshold[node]! ? 0 : 1)
      if (kind[node] === missingLeft) return left[node]! + (x > threshold[node]! ? 1 : 0)
      return categoryChild(node, x)
    },
  }
}

/** The trees without a foreign arithmetic: the same sums in float64, for what must not depend on rounding. */
export function inFloat64({ float32, ...trees }: TreesData): TreesData {
  if (!float32) return trees
  const { divisor, last } = float32
  const scaled = divisor === 1 ? trees.value : trees.value.map((leaf) => leaf / divisor)
  return { ...trees, baseMargin: trees.baseMargin / divisor + last, value: scaled }
}

/** What becomes of the sum over all trees. */
export function finisher({ float32 }: TreesData): (sum: number) => number {
  if (!float32) return (sum) => sum
  const { divisor, last } = float32
  return (sum) => Math.fround(Math.fround(sum / divisor) + last)
}

/** Nodes that no row reaches count as this, so that shares of rows are never 0 / 0. */
export const leastCover = 1e-9

/** Of each node, the weight of the vectors (one after another) that reach it. */
export function countCover(
  trees: TreesData,
  features: readonly FeatureSpec[],
  vectors: Float32Array,
  weights: readonly number[],
): number[] {
  const { roots, feature, child } = flatten(trees, features)
  const cover = new Array<number>(feature.length).fill(leastCover)
  for (const [row, weight] of weights.entries())
    for (let tree = 0; tree + 1 < roots.length; tree++) {
      let node = roots[tree]!
      cover[node]! += weight
      while (feature[node]! >= 0) {
        node = child(node, vectors, row * features.length)
        cover[node]! += weight
      }
    }
  return cover
}

/** Base margin plus one leaf of each tree, in the order of the trees. */
export function createPlainPredictor(trees: TreesData, features: readonly FeatureSpec[]): Predictor {
  const { roots, feature, value, child } = flatten(trees, features)
  const count = roots.length - 1
  const rounded = trees.float32 ? Math.fround : (sum: number) => sum
  const finish = finisher(trees)
  const margin = (vectors: Float32Array, offset = 0): number => {
    let sum = trees.baseMargin
    for (let tree = 0; tree < count; tree++) {
      let node = roots[tree]!
      while (feature[node]! >= 0) node = child(node, vectors, offset)
      sum = rounded(sum + value[node]!)
    }
    return finish(sum)
  }
  return {
    margin,
    margins(vectors, rows, out) {
      for (let row = 0; row < rows; row++) out[row] = margin(vectors, row * features.length)
    },
  }
}

function bitSet(places: readonly number[]): Uint32Array {
  const words = new Uint32Array((Math.max(-1, ...places) >> 5) + 1)
  for (const place of places) words[place >> 5]! |= 1 << (place & 31)
  return words
}

function has(words: Uint32Array, place: number): boolean {
  if (!(place >= 0 && place < words.length * 32)) return false
  return ((words[place >> 5]! >>> (place & 31)) & 1) === 1
}
