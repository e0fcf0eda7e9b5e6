// XGBoost's model as JSON (numbers only, no categories) in, the same trees as ours out: to time two walkers on one model.

import type { TreesData } from '../src/model/model.ts'

type XgboostTree = {
  readonly left_children: readonly number[]
  readonly right_children: readonly number[]
  readonly split_indices: readonly number[]
  /** Of a leaf: its value. */
  readonly split_conditions: readonly number[]
  readonly default_left: readonly number[]
  readonly sum_hessian: readonly number[]
}
type XgboostModel = {
  readonly learner: {
    readonly learner_model_param: { readonly base_score: string }
    readonly gradient_booster: { readonly model: { readonly trees: readonly XgboostTree[] } }
  }
}

export function treesOfXgboost(text: string): TreesData {
  const { learner } = JSON.parse(text) as XgboostModel
  const base = Number(learner.learner_model_param.base_score.replace(/[[\]]/g, ''))
  const forest = learner.gradient_booster.model.trees.flatMap((tree, i, all) => {
    const before = all.slice(0, i).reduce((sum, { left_children: { length } }) => sum + length, 0)
    return nodesOf(tree, before)
  })
  return {
    baseMargin: Math.log(base / (1 - base)),
    roots: [...forest.flatMap(({ isRoot }, i) => (isRoot ? [i] : [])), forest.length],
    feature: forest.map(({ feature }) => feature),
    threshold: forest.map(({ threshold }) => threshold),
    left: forest.map(({ left }) => left),
    missingLeft: forest.map(({ missingLeft }) => missingLeft),
    value: forest.map(({ value }) => value),
    cover: forest.map(({ cover }) => cover),
    categorySets: [],
  }
}

// Level by level, so that siblings are neighbours.
function nodesOf(tree: XgboostTree, before: number) {
  const order = [0]
  const lefts: number[] = []
  for (const node of order) {
    lefts.push(order.length)
    if (tree.left_children[node] !== -1) order.push(tree.left_children[node]!, tree.right_children[node]!)
  }
  return order.map((node, i) => {
    const isLeaf = tree.left_children[node] === -1
    const condition = tree.split_conditions[node]!
    return {
      isRoot: i === 0,
      feature: isLeaf ? -1 : tree.split_indices[node]!,
      threshold: isLeaf ? 0 : floatBelow(condition),
      left: isLeaf ? 0 : before + lefts[i]!,
      missingLeft: tree.default_left[node]!,
      value: isLeaf ? condition : 0,
      cover: tree.sum_hessian[node]!,
    }
  })
}

// XGBoost's x < t is x ≤ the float32 before t.
function floatBelow(t: number): number {
  const float = Float32Array.of(t)
  if (float[0] === 0) return -(2 ** -149)
  new Int32Array(float.buffer)[0]! += float[0]! > 0 ? -1 : 1
  return float[0]!
}
