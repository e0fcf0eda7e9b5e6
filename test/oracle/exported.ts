// A seed in, random trees of ours as XGBoost's JSON and rows beside their thresholds out; run as a program, prints them for make_exported.py.

import { Random } from '../../src/core/random.ts'
import { exportXgboostJson } from '../../src/model/export/xgboost.ts'
import type { FeatureSpec, TreesData } from '../../src/model/model.ts'
import { above32, below32 } from '../../src/model/ulp.ts'
import { randomFeatures, randomTrees, randomVector } from '../randomTrees.ts'

export type Exported = {
  readonly features: readonly FeatureSpec[]
  readonly trees: TreesData
  readonly xgboostJson: string
  readonly rows: readonly Float32Array[]
}

export function exportedExample(seed: number): Exported {
  const random = new Random(seed)
  const features: FeatureSpec[] = [...randomFeatures(random, 5), { name: 'last [n]', kind: 'number' }]
  const trees = randomTrees(random, features, { trees: 12, depth: 4 })
  const rows = Array.from({ length: 150 }, () =>
    besideThresholds(random, randomVector(random, features), features, trees),
  )
  return { features, trees, xgboostJson: exportXgboostJson({ trees, features }), rows }
}

function besideThresholds(random: Random, vector: Float32Array, features: readonly FeatureSpec[], trees: TreesData) {
  for (const [place, { kind }] of features.entries()) {
    const nodes = trees.feature.flatMap((feature, node) => (feature === place ? [node] : []))
    if (kind === 'category' || nodes.length === 0) continue
    const at = trees.threshold[nodes[random.below(nodes.length)]!]!
    vector[place] = [vector[place]!, at, below32(at)!, above32(at)!][random.below(4)]!
  }
  return vector
}

if (import.meta.main) {
  const { xgboostJson, rows } = exportedExample(11)
  // JSON has no NaN: a missing cell is null.
  console.log(JSON.stringify({ model: xgboostJson, rows: rows.map((row) => [...row]) }))
}
