// LightGBM's arithmetic: a row in, margins out that are bit-equal with LightGBM's own.
//
// Everything is float64, summed in the order of the trees. Sources: LightGBM include/LightGBM/tree.h, src/c_api.cpp.

import type { ForeignTree } from './foreign.ts'

/** What LightGBM takes for zero: 1e-35f, whose float64 value is this. */
export const zero = Math.fround(1e-35)

/** Of a node: what counts as missing there. */
export const missingKinds = ['none', 'zero', 'nan'] as const

export type LinearLeaf = {
  readonly constant: number
  readonly features: readonly number[]
  readonly coefficients: readonly number[]
}

export type Float64Tree = ForeignTree & {
  /** Place in `missingKinds`, an entry a node. */
  readonly missing: Uint8Array
  /** An entry a node; null where the leaf is a constant. */
  readonly linear: readonly (LinearLeaf | null)[]
}

export type Float64Ensemble = {
  readonly trees: readonly Float64Tree[]
  readonly groups: number
  readonly groupOf: readonly number[]
}

/** Margins of the row that begins at `offset`, one a group. */
export function float64Margins(
  { trees, groups, groupOf }: Float64Ensemble,
  rows: Float64Array,
  offset: number,
): Float64Array {
  const margins = new Float64Array(groups)
  for (let t = 0; t < trees.length; t++) margins[groupOf[t]!]! += leafOf(trees[t]!, rows, offset)
  return margins
}

function leafOf(tree: Float64Tree, rows: Float64Array, offset: number): number {
  let node = 0
  while (tree.feature[node]! >= 0) {
    node = goesLeft64(tree, node, rows[offset + tree.feature[node]!]!) ? tree.left[node]! : tree.right[node]!
  }
  const linear = tree.linear[node]
  return linear ? linearValue(linear, rows, offset, tree.number[node]!) : tree.number[node]!
}

// The C API drops such cells as zeros before any tree sees them.
function cell(x: number): number {
  return Math.abs(x) <= zero ? 0 : x
}

/** Whether a cell goes to the node's left child. */
export function goesLeft64(tree: Float64Tree, node: number, found: number): boolean {
  const x = cell(found)
  const categories = tree.categories[node]
  if (categories) return categories.has(Math.trunc(x))
  const kind = missingKinds[tree.missing[node]!]
  if (kind === 'nan' && Number.isNaN(x)) return tree.missingLeft[node] === 1
  const value = Number.isNaN(x) ? 0 : x
  if (kind === 'zero' && value === 0) return tree.missingLeft[node] === 1
  return value <= tree.number[node]!
}

function linearValue(leaf: LinearLeaf, rows: Float64Array, offset: number, otherwise: number): number {
  let sum = leaf.constant
  for (let i = 0; i < leaf.features.length; i++) {
    const x = cell(rows[offset + leaf.features[i]!]!)
    if (Number.isNaN(x)) return otherwise
    sum += leaf.coefficients[i]! * x
  }
  return sum
}
