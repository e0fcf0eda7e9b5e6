// Trees in, a function from vector to exact TreeSHAP values in WebAssembly SIMD out; nothing where the trees don't suit it.
//
// The sums are those of contributions.ts. What an edge multiplies the product with, and what it makes of the sum below it,
// depends on the row through two bits only: whether the row agrees with the path's earlier tests of the feature, and whether it
// takes the edge. So all three cases are worked out beforehand, and a row costs two multiplications and additions a point and edge.

import type { FeatureSpec, TreesData } from './artifact.ts'
import { columnsOf } from './columns.ts'
import { coverShare, type Explainer, gaussLegendre, shapeOf } from './contributions.ts'
import { createPredictKernel } from './kernel/wasm.ts'
import { placeFrom, planQuantiser, writeNode, writeWords } from './quantiser.ts'

/** Above, the plain explainer is as fast, since the tables would not fit the caches; in bytes. */
const mostFactorBytes = 2 ** 26

/**
 * Memory: 48 bytes a point for every edge, with half the depth as points: 2.4 MB for 100 trees of depth 6. Null without WebAssembly
 * SIMD, where that would be more than 64 MiB, and for trees whose thresholds don't fit columns of u16.
 */
export function compileExplainer(trees: TreesData, features: readonly FeatureSpec[]): Explainer | null {
  const shape = shapeOf(trees)
  const points = 2 * Math.max(1, Math.ceil(shape.depth / 4))
  const innerCount = trees.feature.filter((feature) => feature >= 0).length
  const columns = innerCount * points * 96 <= mostFactorBytes ? columnsOf(trees, features) : null
  if (!columns) return null
  const forest = trees.roots.slice(0, -1).map((root, tree) => innerNodes(trees, root, trees.roots[tree + 1]!))
  const most = forest.reduce((count, inner) => Math.max(count, inner.length), 0)

  const { place, end } = placeFrom(16)
  const quantiser = planQuantiser(columns, features.length, 1, place)
  const one = place(quantiser.columnCount * 2)
  const out = place(features.length * 8)
  const held = place((2 * most + 1) * points * 8)
  const agrees = place((2 * most + 1) * 4)
  const taken = place(most * 8)
  const nodes = place(innerCount * 8)
  const records = place(innerCount * 16)
  const factors = place(innerCount * points * 96)
  const made = createPredictKernel(end())
  if (!made) return null
  const { kernel, buffer } = made

  const view = new DataView(buffer)
  quantiser.write(view)
  for (const [i, { node, edge, above }] of forest.flat().entries()) {
    writeNode(view, nodes + i * 8, columns.least[node]!, columns.column[node]!, 0)
    writeWords(view, records + i * 16, [nodes + i * 8, edge, above, trees.feature[node]!])
  }
  writeFactors(trees, forest, gaussLegendre(points), new Float64Array(buffer, factors))
  const calls = callsOf(forest, records, factors, points)
  const input = new Float32Array(buffer, quantiser.vectors, features.length)
  const parts = new Float64Array(buffer, out, features.length)

  return (vectors, offset = 0) => {
    for (let i = 0; i < input.length; i++) input[i] = vectors[offset + i]!
    quantiser.run(kernel, 1, one, 2)
    parts.fill(0)
    for (const { inner, count, factor } of calls)
      kernel.explainTree(one, inner, count, factor, points, held, agrees, taken, out)
    const result = new Float64Array(features.length + 1)
    result.set(parts)
    result[features.length] = shape.bias
    return result
  }
}

type Inner = {
  readonly node: number
  /** The edge that leads here; the i-th inner node of the tree has the edges 2i and 2i + 1, the root's comes after all. */
  readonly edge: number
  /** The nearest edge above that tests the same feature, and the share of training rows that agree up to there; else the root's, and 1. */
  readonly above: number
  readonly zeroAbove: number
  /** The shares after the left and the right edge. */
  readonly zero: readonly [number, number]
}

// Parents first. A tree's path is followed down with the edges that claim each feature.
function innerNodes(trees: TreesData, root: number, end: number): Inner[] {
  const { feature, left } = trees
  const count = feature.slice(root, end).filter((tested) => tested >= 0).length
  const inner: Inner[] = []
  const claims = new Map<number, { edge: number; zero: number }>()
  const visit = (node: number, edge: number): void => {
    const tested = feature[node]!
    if (tested < 0) return
    const before = claims.get(tested)
    const { edge: above, zero: zeroAbove } = before ?? { edge: 2 * count, zero: 1 }
    const share = (child: number) => zeroAbove * coverShare(trees, node, child)
    const zero: [number, number] = [share(left[node]!), share(left[node]! + 1)]
    const place = inner.push({ node, edge, above, zeroAbove, zero }) - 1
    for (const side of [0, 1] as const) {
      claims.set(tested, { edge: 2 * place + side, zero: zero[side] })
      visit(left[node]! + side, 2 * place + side)
    }
    if (before) claims.set(tested, before)
    else claims.delete(tested)
  }
  visit(root, 2 * count)
  return inner
}

// For each edge and (o above, o) = (0, 0), (1, 0), (1, 1): the product's factors, with the leaf's value where one is below, then
// the part's. A share of nought where the row disagrees makes 0/0: nothing reaches below, and nothing is claimed.
function writeFactors(
  { left, feature, value }: TreesData,
  forest: readonly (readonly Inner[])[],
  { points, weights }: { readonly points: Float64Array; readonly weights: Float64Array },
  factors: Float64Array,
): void {
  const over = (a: number, b: number) => (b === 0 ? 0 : a / b)
  let at = 0
  for (const { node, zeroAbove, zero } of forest.flat())
    for (const side of [0, 1] as const) {
      const child = left[node]! + side
      const leaf = feature[child]! < 0 ? value[child]! : 1
      const z = zero[side]
      for (const [oneAbove, o] of [
        [0, 0],
        [1, 0],
        [1, 1],
      ] as const) {
        for (let k = 0; k < points.length; k++) {
          const t = points[k]!
          const above = zeroAbove * (1 - t) + oneAbove * t
          const here = z * (1 - t) + o * t
          factors[at + k] = leaf * over(here, above)
          factors[at + points.length + k] =
            oneAbove === 0 ? 0 : weights[k]! * (over(o - z, here) - over(oneAbove - zeroAbove, above))
        }
        at += 2 * points.length
      }
    }
}

function callsOf(forest: readonly (readonly Inner[])[], records: number, factors: number, points: number) {
  let before = 0
  return forest.flatMap(({ length }) => {
    const call = { inner: records + before * 16, count: length, factor: factors + before * points * 96 }
    before += length
    return length > 0 ? [call] : []
  })
}
