// XGBoost's arithmetic: a row in, margins out that are bit-equal with XGBoost's own.
//
// Everything is float32: cells, thresholds, and the sum, rounded after each step in the order of the trees. Sources:
// xgboost src/predictor/predict_fn.h, src/common/categorical.h, src/gbm/gbtree.cc.

import type { ForeignTree } from './foreign.ts'

/** Categories from here on are not whole in float32; XGBoost sends them left. */
const noCategory = 16_777_216

export type Float32Ensemble = {
  readonly trees: readonly ForeignTree[]
  /** Factor of each tree's leaves; null where it is 1 (all but dart). */
  readonly treeWeights: Float32Array | null
  /** One a group. */
  readonly baseMargins: Float32Array
  readonly groupOf: readonly number[]
}

/** Margins of the row that begins at `offset`, one a group. */
export function float32Margins(
  { trees, treeWeights, baseMargins, groupOf }: Float32Ensemble,
  rows: Float64Array,
  offset: number,
): Float64Array {
  const margins = Float64Array.from(baseMargins)
  for (let t = 0; t < trees.length; t++) {
    const leaf = leafOf(trees[t]!, rows, offset)
    const part = treeWeights ? Math.fround(leaf * treeWeights[t]!) : leaf
    margins[groupOf[t]!] = Math.fround(margins[groupOf[t]!]! + part)
  }
  return margins
}

function leafOf(tree: ForeignTree, rows: Float64Array, offset: number): number {
  let node = 0
  while (tree.feature[node]! >= 0) {
    const x = Math.fround(rows[offset + tree.feature[node]!]!)
    node = goesLeft32(tree, node, x) ? tree.left[node]! : tree.right[node]!
  }
  return tree.number[node]!
}

/** Whether a float32 cell goes to the node's left child. */
export function goesLeft32(tree: ForeignTree, node: number, x: number): boolean {
  if (Number.isNaN(x)) return tree.missingLeft[node] === 1
  const categories = tree.categories[node]
  if (categories) return x < 0 || x >= noCategory || !categories.has(Math.trunc(x))
  return x < tree.number[node]!
}
