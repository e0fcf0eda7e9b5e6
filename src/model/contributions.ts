// Trees in, a function from vector to exact TreeSHAP values out, in time linear in the nodes times half the depth: the plain
// form, oracle of explain.ts and its stand-in.
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

/** Of the vector at `offset`: one log-odds part per feature, then the bias (the mean margin of the training rows); they add up to the margin. */
export type Explainer = (vectors: Float32Array, offset?: number) => Float64Array

export function createPlainExplainer(trees: TreesData, features: readonly FeatureSpec[]): Explainer {
  const flat = flatten(trees, features)
  const shape = shapeOf(trees)
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
export function shapeOf(trees: TreesData): Shape {
  const { feature, left, value, baseMargin } = trees
  const nodes = feature.length
  const ratio = new Float64Array(nodes).fill(1)
  const reach = new Float64Array(nodes).fill(1)
  const level = new Int32Array(nodes)
  let depth = 0
  let bias = baseMargin
  for (let node = 0; node < nodes; node++) {
    if (feature[node]! < 0) bias += reach[node]! * value[node]!
    else
      for (let child = left[node]!; child <= left[node]! + 1; child++) {
        ratio[child] = coverShare(trees, node, child)
        reach[child] = reach[node]! * ratio[child]!
        level[child] = level[node]! + 1
        depth = Math.max(depth, level[child]!)
      }
  }
  return { depth, ratio, bias }
}

/** The share of a node's training rows that went to a child; half where none reached the node. */
export function coverShare({ cover }: TreesData, node: number, child: number): number {
  return cover[node]! > 0 ? cover[child]! / cover[node]! : 0.5
}

function createWalk({ feature, left, value, child }: FlatTrees, { depth, ratio }: Shape, width: number) {
  const { points, weights } = gaussLegendre(Math.max(1, Math.ceil(depth / 2)))
  const n = points.length
  // By edge (named after its lower node) and point, where no edge above tests the same feature: the factor of the product
  // and the weight of the sum, for a vector that takes the edge; for one that doesn't, by point alone (times z) and as it is.
  const factorTaken = Float64Array.from({ length: ratio.length * n }, (_, i) => blend(at(i), 1, points[i % n]!))
  const weightTaken = factorTaken.map((factor, i) => (weights[i % n]! * (1 - at(i))) / factor)
  const factorLeft = points.map((t) => 1 - t)
  const weightLeft = points.map((t, k) => -weights[k]! / (1 - t))
  function at(i: number): number {
    return ratio[Math.floor(i / n)]!
  }

  // Per level of the recursion: the product at the points on the way down, the sum over leaves on the way up.
  const product = new Float64Array((depth + 2) * n)
  const sum = new Float64Array((depth + 2) * n)
  // Of the nearest edge above that tests the feature: its fractions; `zero` is 1, and `one` too, where none does.
  const zero = new Float64Array(width).fill(1)
  const one = new Float64Array(width).fill(1)
  const seen = new Uint8Array(width)

  function down(node: number, level: number, vectors: Float32Array, offset: number, out: Float64Array): void {
    const here = level * n
    const tested = feature[node]!
    if (tested < 0) {
      for (let k = 0; k < n; k++) sum[here + k] = value[node]! * product[here + k]!
      return
    }
    for (let k = 0; k < n; k++) sum[here + k] = 0
    const taken = child(node, vectors, offset)
    const edge = seen[tested] === 0 ? firstEdge : repeatedEdge
    edge(left[node]!, left[node]! === taken, tested, level, vectors, offset, out)
    edge(left[node]! + 1, left[node]! !== taken, tested, level, vectors, offset, out)
  }

  // The first edge of a path that tests the feature: no division, everything is in the tables.
  function firstEdge(
    next: number,
    isTaken: boolean,
    tested: number,
    level: number,
    vectors: Float32Array,
    offset: number,
    out: Float64Array,
  ): void {
    const here = level * n
    const below = here + n
    const z = ratio[next]!
    for (let k = 0; k < n; k++)
      product[below + k] = product[here + k]! * (isTaken ? factorTaken[next * n + k]! : z * factorLeft[k]!)
    seen[tested] = 1
    zero[tested] = z
    one[tested] = isTaken ? 1 : 0
    down(next, level + 1, vectors, offset, out)
    seen[tested] = 0
    let part = 0
    for (let k = 0; k < n; k++) {
      const held = sum[below + k]!
      sum[here + k]! += held
      part += held * (isTaken ? weightTaken[next * n + k]! : weightLeft[k]!)
    }
    out[tested]! += part
  }

  // A later one: replaces the factor of the edge above, and takes back what that edge claims for the leaves below this one.
  function repeatedEdge(
    next: number,
    isTaken: boolean,
    tested: number,
    level: number,
    vectors: Float32Array,
    offset: number,
    out: Float64Array,
  ): void {
    const here = level * n
    const below = here + n
    const zeroAbove = zero[tested]!
    const oneAbove = one[tested]!
    const z = zeroAbove * ratio[next]!
    const o = isTaken ? oneAbove : 0
    for (let k = 0; k < n; k++)
      product[below + k] = (product[here + k]! * blend(z, o, points[k]!)) / blend(zeroAbove, oneAbove, points[k]!)
    zero[tested] = z
    one[tested] = o
    down(next, level + 1, vectors, offset, out)
    zero[tested] = zeroAbove
    one[tested] = oneAbove
    let part = 0
    for (let k = 0; k < n; k++) {
      const held = sum[below + k]!
      sum[here + k]! += held
      const own = (o - z) / blend(z, o, points[k]!)
      part += weights[k]! * held * (own - (oneAbove - zeroAbove) / blend(zeroAbove, oneAbove, points[k]!))
    }
    out[tested]! += part
  }

  return (root: number, vectors: Float32Array, offset: number, out: Float64Array): void => {
    product.fill(1, 0, n)
    down(root, 0, vectors, offset, out)
  }
}

// A feature's factor of the integrand: z (1 − t) + o t.
function blend(zero: number, one: number, t: number): number {
  return zero * (1 - t) + one * t
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
