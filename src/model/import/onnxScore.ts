// ONNX Runtime's arithmetic: a row in, margins of a tree ensemble out, in float32.

import type { ForeignTree } from './foreign.ts'

/** How a node compares its cell with its threshold; true goes left. */
export const modes = ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ', 'LEAF'] as const

export type OnnxTree = ForeignTree & {
  readonly mode: readonly (typeof modes)[number][]
  /** What a leaf adds: group and weight. */
  readonly parts: readonly (readonly (readonly [number, number])[])[]
}

export type OnnxEnsemble = {
  readonly trees: readonly OnnxTree[]
  readonly baseValues: readonly number[]
  readonly isAverage: boolean
}

/** Margins of the row that begins at `offset`, one a group; base values are added last, as ONNX Runtime does. */
export function onnxMargins(
  { trees, baseValues, isAverage }: OnnxEnsemble,
  rows: Float64Array,
  offset: number,
): Float64Array {
  const sums = new Float64Array(baseValues.length)
  for (const tree of trees)
    for (const [group, weight] of tree.parts[leafOf(tree, rows, offset)]!)
      sums[group] = Math.fround(sums[group]! + weight)
  const share = isAverage ? trees.length : 1
  return sums.map((sum, group) => Math.fround(Math.fround(sum / share) + baseValues[group]!))
}

function leafOf(tree: OnnxTree, rows: Float64Array, offset: number): number {
  let node = 0
  while (tree.feature[node]! >= 0) {
    const x = Math.fround(rows[offset + tree.feature[node]!]!)
    node = isOnnxTrue(tree, node, x) ? tree.left[node]! : tree.right[node]!
  }
  return node
}

/** Whether a float32 cell goes to the node's left child. */
export function isOnnxTrue(tree: OnnxTree, node: number, x: number): boolean {
  if (Number.isNaN(x) && tree.missingLeft[node] === 1) return true
  const threshold = tree.number[node]!
  switch (tree.mode[node]) {
    case 'LEQ':
      return x <= threshold
    case 'LT':
      return x < threshold
    case 'GTE':
      return x >= threshold
    case 'GT':
      return x > threshold
    case 'EQ':
      return x === threshold
    default:
      return x !== threshold
  }
}
