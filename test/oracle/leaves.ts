// Trees in, the values of the leaves that a vector reaches out, tree by tree: to be summed as a library sums them.

import type { FeatureSpec, TreesData } from '../../src/model/model.ts'
import { flatten } from '../../src/model/predictor.ts'

export function createLeaves(trees: TreesData, features: readonly FeatureSpec[]) {
  const { roots, feature, value, child } = flatten(trees, features)
  return (vectors: Float32Array, offset = 0): number[] =>
    Array.from(roots.subarray(0, -1), (root) => {
      let node = root
      while (feature[node]! >= 0) node = child(node, vectors, offset)
      return value[node]!
    })
}
