// An imported model in, the same trees as our own artifacts hold them out: for contributions, and for what else reads those.
//
// Every float32 vector reaches the same leaves of the same values. Their sum is made in float64 and rounded nowhere, so that a
// margin of these trees may differ from XGBoost's own in the last digits.

import type { FeatureSpec, TreesData } from '../artifact.ts'
import { below32 } from '../ulp.ts'
import { corrupt, unsupported } from './fault.ts'
import { type Float64Tree, missingKinds, zero } from './float64.ts'
import type { ForeignTree } from './foreign.ts'
import type { ImportedModel } from './importModel.ts'

export type ConvertedModel = { readonly features: readonly FeatureSpec[]; readonly trees: TreesData }

/** x ≤ threshold goes left. */
type Split = { readonly threshold: number; readonly missingLeft: number }
type MutableTrees = {
  -readonly [K in keyof Omit<TreesData, 'categorySets'>]: TreesData[K] extends number ? number : number[]
} & {
  readonly categorySets: []
}

const leastCover = 1e-9

/**
 * Throws `MODEL_IMPORT_UNSUPPORTED` where our trees can't say the same: ONNX, several outputs, linear leaves, splits by category,
 * zeros that count as missing.
 */
export function convertModel(imported: ImportedModel): ConvertedModel {
  if (imported.groups !== 1) throw inexpressible(`${imported.groups} outputs`)
  return {
    features: imported.features.map((name) => ({ name, kind: 'number' })),
    trees: treesOf(imported.ensemble),
  }
}

function treesOf(ensemble: ImportedModel['ensemble']): TreesData {
  if (ensemble.kind === 'onnx') throw inexpressible('no counts of training rows, as all ONNX models')
  if (ensemble.kind === 'lightgbm') {
    const out = emptyTrees(0)
    for (const tree of ensemble.model.trees) append(out, tree, (leaf) => leaf, lessEqual(tree))
    return out
  }
  const { trees, treeWeights, baseMargins } = ensemble.model
  const out = emptyTrees(baseMargins[0]!)
  for (const [t, tree] of trees.entries()) {
    const weight = treeWeights?.[t] ?? 1
    append(out, tree, (leaf) => Math.fround(leaf * weight), strictLess(tree))
  }
  return out
}

function emptyTrees(baseMargin: number): MutableTrees {
  return {
    baseMargin,
    roots: [0],
    feature: [],
    threshold: [],
    left: [],
    missingLeft: [],
    value: [],
    cover: [],
    categorySets: [],
  }
}

// Level by level, so that children lie next to each other and after their parent.
function append(
  out: MutableTrees,
  tree: ForeignTree,
  leafValue: (leaf: number) => number,
  splitAt: (node: number) => Split,
): void {
  const order = [0]
  const first = out.feature.length
  for (let place = 0; place < order.length; place++) {
    const node = order[place]!
    const isLeaf = tree.feature[node]! < 0
    const split = isLeaf ? { threshold: 0, missingLeft: 0 } : splitAt(node)
    out.feature.push(tree.feature[node]!)
    out.threshold.push(split.threshold)
    out.missingLeft.push(split.missingLeft)
    out.left.push(isLeaf ? 0 : first + order.length)
    out.value.push(isLeaf ? leafValue(tree.number[node]!) : 0)
    out.cover.push(Math.max(leastCover, tree.cover[node]!))
    if (!isLeaf) order.push(tree.left[node]!, tree.right[node]!)
  }
  out.roots.push(out.feature.length)
}

// Among float32 numbers, x < t where x ≤ the one before t.
function strictLess(tree: ForeignTree): (node: number) => Split {
  return (node) => {
    if (tree.categories[node]) throw inexpressible('splits by category')
    const threshold = below32(tree.number[node]!)
    if (threshold === undefined || Number.isNaN(threshold))
      throw corrupt('XGBoost model', `a threshold of ${tree.number[node]}`)
    return { threshold, missingLeft: tree.missingLeft[node]! }
  }
}

function lessEqual(tree: Float64Tree): (node: number) => Split {
  if (tree.linear.some((leaf) => leaf !== null)) throw inexpressible('linear leaves')
  return (node) => {
    if (tree.categories[node]) throw inexpressible('splits by category')
    const threshold = clearOfZero(tree.number[node]!)
    const zeroLeft = threshold >= 0 ? 1 : 0
    const kind = missingKinds[tree.missing[node]!]
    if (kind === 'zero' && tree.missingLeft[node] !== zeroLeft) throw inexpressible('zeros that count as missing')
    return { threshold, missingLeft: kind === 'none' ? zeroLeft : tree.missingLeft[node]! }
  }
}

// LightGBM takes cells this near to zero for zero: all of them go the way that zero goes.
function clearOfZero(threshold: number): number {
  if (threshold < -zero || threshold > zero) return threshold
  return threshold >= 0 ? zero : below32(-zero)!
}

function inexpressible(found: string) {
  return unsupported(
    `The model has ${found}`,
    'a model of XGBoost or LightGBM with one output, constant leaves, and splits of numbers into less and more',
  )
}
