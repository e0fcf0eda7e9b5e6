// Trees in, a function from vector to exact TreeSHAP values out, in time linear in the nodes times half the depth.
//
// Path-dependent TreeSHAP (Lundberg, Erion & Lee 2018, Algorithm 2) gives a leaf of value v, whose path tests the
// distinct features j with one-fraction o_j (1 where the vector agrees, else 0) and zero-fraction z_j (product of cover
// ratios), the part  v (o_i − z_i) Σ_S |S|! (m−1−|S|)! / m!  Π_{j∈S} o_j Π_{j∉S} z_j  of feature i. The weight is the Beta integral
// ∫ t^|S| (1−t)^(m−1−|S|) dt, so the sum is  ∫₀¹ Π_{j≠i} (z_j (1−t) + o_j t) dt: a polynomial of degree m−1, for which
// ⌈m/2⌉ Gauss–Legendre points are exact. One walk then keeps the product at those points, as Linear TreeSHAP does
// (Yu, Xu, Bifet & Read 2022): on the way up each edge adds what the leaves below it give to its feature, and takes back
// what an earlier edge of the same feature has claimed for them.

import type { FeatureSpec, TreesData } from './artifact.ts'
import { type FlatTrees, flatten } from './predictor.ts'

/** One log-odds part per feature, then the bias (the mean margin of the training rows); they add up to the margin. */
export function createExplainer(
  trees: TreesData,
  features: readonly FeatureSpec[],
): (vectors: Float32Array, offset?: number) => Float64Array {
  const flat = flatten(trees, features)
  const shape = shapeOf(trees, flat)
  const walk = createWalk(flat, shape, features.length)
  const treeCount = flat.roots.length - 1
  return (vectors, offset = 0) => {
    const out = new Float64Array(features.length + 1)
    for (let tree = 0; tree < treeCount; tree++) walk(flat.roots[tree]!, vectors, offset, out)
    out[features.length] = shape.bias
    return out
  }
}

type Shape = {
  /** Longest path, in edges. */
  readonly depth: number
  /** Cover of a node over its parent's; 1 at roots. */
  readonly ratio: Float64Array
  readonly bias: number
}

// Children come after their parents, so one pass forward sees every parent first.
function shapeOf(trees: TreesData, { feature, left, value }: FlatTrees): Shape {
  const nodes = feature.length
  const ratio = new Float64Array(nodes).fill(1)
  const reach = new Float64Array(nodes).fill(1)
  const level = new Int32Array(nodes)
  let depth = 0
  let bias = trees.baseMargin
  for (let node = 0; node < nodes; node++) {
    if (feature[node]! < 0) bias += reach[node]! * value[node]!
    else
      for (let child = left[node]!; child <= left[node]! + 1; child++) {
        ratio[child] = trees.cover[child]! / trees.cover[node]!
        reach[child] = reach[node]! * ratio[child]!
        level[child] = level[node]! + 1
        depth = Math.max(depth, level[child]!)
      }
  }
  return { depth, ratio, bias }
}

function createWalk({ feature, left, value, child }: FlatTrees, { depth, ratio }: Shape, width: number) {
  const { points, weights } = gaussLegendre(Math.max(1, Math.ceil(depth / 2)))
  const n = points.length
  // Per level of the recursion: the product at the points on the way down, the sum over leaves on the way up.
  const product = new Float64Array((depth + 2) * n)
  const sum = new Float64Array((depth + 2) * n)
  // The nearest edge above that tests the feature: its fractions; (1, 1) where none does, a factor of 1 that claims nothing.
  const zero = new Float64Array(width)
  const one = new Float64Array(width)

  function down(node: number, level: number, vectors: Float32Array, offset: number, out: Float64Array): void {
    const at = level * n
    const tested = feature[node]!
    if (tested < 0) {
      for (let k = 0; k < n; k++) sum[at + k] = value[node]! * product[at + k]!
      return
    }
    sum.fill(0, at, at + n)
    const below = at + n
    const taken = child(node, vectors, offset)
    const zeroAbove = zero[tested]!
    const oneAbove = one[tested]!
    for (let next = left[node]!; next <= left[node]! + 1; next++) {
      const z = zeroAbove * ratio[next]!
      const o = next === taken ? oneAbove : 0
      for (let k = 0; k < n; k++) {
        const t = points[k]!
        product[below + k] = (product[at + k]! * (z * (1 - t) + o * t)) / (zeroAbove * (1 - t) + oneAbove * t)
      }
      zero[tested] = z
      one[tested] = o
      down(next, level + 1, vectors, offset, out)
      let part = 0
      for (let k = 0; k < n; k++) {
        const t = points[k]!
        const held = sum[below + k]!
        sum[at + k]! += held
        part +=
          weights[k]! *
          held *
          ((o - z) / (z * (1 - t) + o * t) - (oneAbove - zeroAbove) / (zeroAbove * (1 - t) + oneAbove * t))
      }
      out[tested]! += part
    }
    zero[tested] = zeroAbove
    one[tested] = oneAbove
  }

  return (root: number, vectors: Float32Array, offset: number, out: Float64Array): void => {
    zero.fill(1)
    one.fill(1)
    product.fill(1, 0, n)
    down(root, 0, vectors, offset, out)
  }
}

/** Points and weights on [0, 1], exact for polynomials of degree 2n − 1; Newton's method on the Legendre recurrence. */
export function gaussLegendre(n: number): { points: Float64Array; weights: Float64Array } {
  const points = new Float64Array(n)
  const weights = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 1
    for (let step = 0; step < 100; step++) {
      let [before, at] = [1, x]
      for (let k = 2; k <= n; k++) [before, at] = [at, ((2 * k - 1) * x * at - (k - 1) * before) / k]
      slope = (n * (x * at - before)) / (x * x - 1)
      const change = at / slope
      x -= change
      if (Math.abs(change) < 1e-16) break
    }
    points[i] = (1 - x) / 2
    weights[i] = 1 / ((1 - x * x) * slope * slope)
  }
  return { points, weights }
}
