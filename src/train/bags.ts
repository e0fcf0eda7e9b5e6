// Several models of trees in, one whose margin is the mean of theirs out; and the weights that make them differ.
//
// Bayesian bootstrap (Rubin 1981) in place of Breiman's bags: every row stays, with a weight drawn from an exponential distribution, so
// that none of few anomalies is ever lost. Where anomalies are few, which trees early stopping keeps is chance; a mean of several is steadier.

import type { Random } from '../core/random.ts'
import type { FeatureSpec, TreesData } from '../model/model.ts'

/** The first `rows` weights, redrawn with the same mean; the rest as they are. */
export function redrawn(weights: Float64Array, rows: number, random: Random): Float64Array {
  return weights.map((weight, row) => (row < rows ? weight * random.exponential(1) : weight))
}

/** Trees one after another, every leaf and base margin divided by the number of models. */
export function meanOfTrees(models: readonly TreesData[], features: readonly FeatureSpec[]): TreesData {
  const share = 1 / models.length
  const firstNode = startsOf(models.map(({ feature }) => feature.length))
  const firstSet = startsOf(models.map(({ categorySets }) => categorySets.length))
  const isCategory = (feature: number) => features[feature]?.kind === 'category'
  return {
    baseMargin: models.reduce((sum, { baseMargin }) => sum + share * baseMargin, 0),
    roots: [
      ...models.flatMap(({ roots }, i) => roots.slice(0, -1).map((root) => root + firstNode[i]!)),
      firstNode.at(-1)!,
    ],
    feature: models.flatMap(({ feature }) => feature),
    threshold: models.flatMap(({ threshold, feature }, i) =>
      threshold.map((value, node) => (isCategory(feature[node]!) ? value + firstSet[i]! : value)),
    ),
    left: models.flatMap(({ left, feature }, i) =>
      left.map((child, node) => (feature[node]! < 0 ? child : child + firstNode[i]!)),
    ),
    missingLeft: models.flatMap(({ missingLeft }) => missingLeft),
    value: models.flatMap(({ value }) => value.map((leaf) => share * leaf)),
    cover: models.flatMap(({ cover }) => cover),
    categorySets: models.flatMap(({ categorySets }) => categorySets),
  }
}

function startsOf(lengths: readonly number[]): number[] {
  const starts = [0]
  for (const length of lengths) starts.push(starts.at(-1)! + length)
  return starts
}
