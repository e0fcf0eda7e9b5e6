// Our trees in, a model file out that XGBoost (1.7 and later) loads with load_model: JSON.
//
// Every vector reaches the same leaf in XGBoost as here. Its leaves and its sum are float32, so that a margin may differ from
// ours in the last digits. What XGBoost predicts is the sigmoid of the margin: the calibration stays here.

import type { FeatureSpec, TreesData } from '../artifact.ts'
import { inFloat64 } from '../predictor.ts'
import { above32 } from '../ulp.ts'

/** What is exported of an artifact of trees. */
export type TreesModel = { readonly trees: TreesData; readonly features: readonly FeatureSpec[] }

/** Where a node has no parent. */
const noParent = 2_147_483_647
const version = [1, 7, 6]

/**
 * The model as XGBoost's JSON. Columns are `features` in their order; a category is the number of its place in the dictionary,
 * texts that are not in it are missing (NaN). The margin before the first tree is a tree of one leaf, since XGBoost
 * would clamp it.
 *
 * @example await writeFile('model.json', exportXgboostJson(artifact))
 */
export function exportXgboostJson({ trees: found, features }: TreesModel): string {
  const trees = inFloat64(found)
  const count = trees.roots.length - 1
  const base = { ...constantTree(trees.baseMargin), id: 0 }
  const grown = Array.from({ length: count }, (_, tree) => ({ ...treeOf(trees, features, tree), id: tree + 1 }))
  const param = String(features.length)
  return json({
    version,
    learner: {
      attributes: {},
      feature_names: features.map(xgboostName),
      feature_types: features.map(({ kind }) => (kind === 'category' ? 'c' : 'float')),
      gradient_booster: {
        name: 'gbtree',
        model: {
          gbtree_model_param: { num_parallel_tree: '1', num_trees: String(count + 1), size_leaf_vector: '0' },
          tree_info: Array(count + 1).fill(0),
          trees: [base, ...grown].map((tree) => withSizes(tree, param)),
        },
      },
      learner_model_param: {
        base_score: '5E-1',
        boost_from_average: '1',
        num_class: '0',
        num_feature: param,
        num_target: '1',
      },
      objective: { name: 'binary:logistic', reg_loss_param: { scale_pos_weight: '1' } },
    },
  })
}

type NodeArrays = ReturnType<typeof treeOf>

// XGBoost refuses these characters in names of columns.
function xgboostName({ name }: FeatureSpec): string {
  return name.replace(/[[\]<]/g, '_')
}

function withSizes(tree: NodeArrays & { readonly id: number }, width: string) {
  const param = {
    num_deleted: '0',
    num_feature: width,
    num_nodes: String(tree.left_children.length),
    size_leaf_vector: '0',
  }
  return { ...tree, tree_param: param }
}

function constantTree(value: number): NodeArrays {
  const trees = {
    baseMargin: 0,
    roots: [0, 1],
    feature: [-1],
    threshold: [0],
    left: [0],
    missingLeft: [0],
    value: [value],
    cover: [1],
    categorySets: [],
  }
  return treeOf(trees, [], 0)
}

function treeOf(trees: TreesData, features: readonly FeatureSpec[], tree: number) {
  const first = trees.roots[tree]!
  const nodes = Array.from({ length: trees.roots[tree + 1]! - first }, (_, place) => first + place)
  const isLeaf = (node: number) => trees.feature[node]! < 0
  const childOf = (node: number, side: 0 | 1) => (isLeaf(node) ? -1 : trees.left[node]! + side - first)
  const isCategory = (node: number) => features[trees.feature[node]!]?.kind === 'category'
  return {
    left_children: nodes.map((node) => childOf(node, 0)),
    right_children: nodes.map((node) => childOf(node, 1)),
    parents: parentsOf(nodes.map((node) => childOf(node, 0))),
    split_indices: nodes.map((node) => Math.max(0, trees.feature[node]!)),
    split_conditions: Float32Array.from(nodes, (node) => conditionOf(trees, node, isCategory(node))),
    default_left: nodes.map((node) => (isLeaf(node) ? 0 : trees.missingLeft[node]!)),
    split_type: nodes.map((node) => (isCategory(node) ? 1 : 0)),
    sum_hessian: Float32Array.from(nodes, (node) => trees.cover[node]!),
    base_weights: Float32Array.from(nodes, (node) => trees.value[node]!),
    loss_changes: Float32Array.from(nodes, () => 0),
    ...categoriesOf(trees, features, nodes.filter(isCategory), first),
  }
}

function parentsOf(lefts: readonly number[]): number[] {
  const parents = Array<number>(lefts.length).fill(noParent)
  for (const [node, left] of lefts.entries()) if (left >= 0) parents.fill(node, left, left + 2)
  return parents
}

// x ≤ t here is x < t' there, t' the float32 above t. Beyond the largest float32 everything is less than infinity but itself.
function conditionOf(trees: TreesData, node: number, isCategory: boolean): number {
  if (trees.feature[node]! < 0) return trees.value[node]!
  if (isCategory) return 0
  return Math.min(above32(trees.threshold[node]!) ?? Infinity, largest32)
}

const largest32 = (2 - 2 ** -23) * 2 ** 127

// A set names what goes left here, and what goes right there.
function categoriesOf(trees: TreesData, features: readonly FeatureSpec[], nodes: readonly number[], first: number) {
  const rights = nodes.map((node) => {
    const feature = features[trees.feature[node]!]!
    const left = new Set(trees.categorySets[trees.threshold[node]!])
    const dictionary = feature.kind === 'category' ? feature.dictionary : []
    return dictionary.map((_, place) => place).filter((place) => !left.has(place))
  })
  const starts = [0]
  for (const right of rights) starts.push(starts.at(-1)! + right.length)
  return {
    categories: rights.flat(),
    categories_nodes: nodes.map((node) => node - first),
    categories_segments: starts.slice(0, -1),
    categories_sizes: rights.map((right) => right.length),
  }
}

// XGBoost tells integers from floats by how they are written, and reads at most nine digits: enough for any float32.
function json(value: unknown): string {
  if (value instanceof Float32Array) return `[${Array.from(value, (float) => float.toExponential(8)).join(',')}]`
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${json(item)}`)
    .join(',')}}`
}
