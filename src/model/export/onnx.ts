// Our trees and their calibration in, an ONNX file out that ONNX Runtime scores: a TreeEnsembleRegressor (ai.onnx.ml 3), then the
// calibration in plain operators (opset 13).
//
// Every float32 vector reaches the same leaves there. Leaves, their sum and the calibration are float32, so that a score may
// differ from ours in the last digits. Sources: onnx/onnx.proto, docs/Operators-ml.md.

import type { Artifact, FeatureSpec, TreesData } from '../artifact.ts'
import { inFloat64 } from '../predictor.ts'
import { above32, below32 } from '../ulp.ts'
import { message, type Part, packedFloats, packedIntegers } from './protobuf.ts'

/** What is exported of an artifact of trees. */
export type OnnxSource = {
  readonly trees: TreesData
  readonly features: readonly FeatureSpec[]
  readonly calibration: Artifact['calibration']
}

type Nodes = { -readonly [K in keyof ReturnType<typeof emptyNodes>]: ReturnType<typeof emptyNodes>[K] }

const irVersion = 8
const opset = 13
const mlOpset = 3
const floatType = 1

/**
 * The model as ONNX. Input `x`: float32, a row a vector, columns are `features` in their order, a category is the number of its
 * place in the dictionary, what is missing or not in it is NaN. Outputs `margin` (log-odds) and `score` (calibrated), float32, a row
 * each. The metadata `tocsin.features` holds the features with their dictionaries as JSON.
 *
 * @example await writeFile('model.onnx', exportOnnx(artifact))
 */
export function exportOnnx({ trees: found, features, calibration }: OnnxSource): Uint8Array {
  const trees = inFloat64(found)
  const graph = message([
    [1, ensembleNode(trees, features)],
    ...calibrationNodes(),
    [2, 'tocsin'],
    ...constants(calibration).map((tensor): Part => [5, tensor]),
    [11, floatInput('x', features.length)],
    [12, floatInput('margin', 1)],
    [12, floatInput('score', 1)],
  ])
  return message([
    [1, irVersion],
    [2, 'tocsin'],
    [7, graph],
    [8, message([[2, opset]])],
    [
      8,
      message([
        [1, 'ai.onnx.ml'],
        [2, mlOpset],
      ]),
    ],
    [
      14,
      message([
        [1, 'tocsin.features'],
        [2, JSON.stringify(features)],
      ]),
    ],
  ])
}

function ensembleNode(trees: TreesData, features: readonly FeatureSpec[]): Uint8Array {
  const nodes = emptyNodes()
  for (let tree = 0; tree + 1 < trees.roots.length; tree++) addTree(nodes, trees, features, tree)
  // An ensemble has a tree.
  if (nodes.ids.length === 0) addNode(nodes, { tree: 0, mode: 'LEAF', value: 0 })
  const leaves = [...nodes.ids.keys()].filter((at) => nodes.modes[at] === 'LEAF')
  const zeros = leaves.map(() => 0)
  return node(
    'TreeEnsembleRegressor',
    ['x'],
    'margin',
    [
      [5, integers('nodes_treeids', nodes.trees)],
      [5, integers('nodes_nodeids', nodes.ids)],
      [5, integers('nodes_featureids', nodes.features)],
      [5, texts('nodes_modes', nodes.modes)],
      [5, floats('nodes_values', nodes.values)],
      [5, integers('nodes_truenodeids', nodes.whenTrue)],
      [5, integers('nodes_falsenodeids', nodes.whenFalse)],
      [5, integers('nodes_missing_value_tracks_true', nodes.missingTrue)],
      [
        5,
        integers(
          'target_treeids',
          leaves.map((at) => nodes.trees[at]!),
        ),
      ],
      [
        5,
        integers(
          'target_nodeids',
          leaves.map((at) => nodes.ids[at]!),
        ),
      ],
      [5, integers('target_ids', zeros)],
      [
        5,
        floats(
          'target_weights',
          leaves.map((at) => nodes.weights[at]!),
        ),
      ],
      [
        5,
        message([
          [1, 'n_targets'],
          [3, 1],
          [20, 2],
        ]),
      ],
      [5, floats('base_values', [trees.baseMargin])],
    ],
    'ai.onnx.ml',
  )
}

function emptyNodes() {
  return {
    trees: [] as number[],
    ids: [] as number[],
    features: [] as number[],
    modes: [] as string[],
    values: [] as number[],
    whenTrue: [] as number[],
    whenFalse: [] as number[],
    missingTrue: [] as number[],
    /** Of a leaf. */
    weights: [] as number[],
  }
}

type Node = { tree: number; mode: string; value: number; feature?: number; missingTrue?: number }

/** Resolves to its place; children are filled in when they have theirs. */
function addNode(nodes: Nodes, { tree, mode, value, feature = 0, missingTrue = 0 }: Node): number {
  const at = nodes.ids.length
  nodes.trees.push(tree)
  nodes.ids.push(at)
  nodes.features.push(feature)
  nodes.modes.push(mode)
  nodes.values.push(mode === 'LEAF' ? 0 : value)
  nodes.weights.push(mode === 'LEAF' ? value : 0)
  nodes.whenTrue.push(0)
  nodes.whenFalse.push(0)
  nodes.missingTrue.push(missingTrue)
  return at
}

function addTree(nodes: Nodes, trees: TreesData, features: readonly FeatureSpec[], tree: number): void {
  const add = (from: number): number => {
    const feature = trees.feature[from]!
    if (feature < 0) return addNode(nodes, { tree, mode: 'LEAF', value: trees.value[from]! })
    const spec = features[feature]!
    const tests =
      spec.kind === 'number' ? [numberTest(trees, from)] : categoryTests(trees, from, spec.dictionary.length)
    const places = tests.map((test) => addNode(nodes, { ...test, tree, feature }))
    const [left, right] = [add(trees.left[from]!), add(trees.left[from]! + 1)]
    for (const [i, at] of places.entries()) {
      nodes.whenTrue[at] = tests[i]!.isLeft ? left : right
      nodes.whenFalse[at] = places[i + 1] ?? (tests[i]!.isLeft ? right : left)
    }
    return places[0]!
  }
  add(trees.roots[tree]!)
}

type Test = { readonly mode: string; readonly value: number; readonly missingTrue: number; readonly isLeft: boolean }

// x ≤ t for a float32 x is x ≤ the float32 at or below t.
function numberTest(trees: TreesData, from: number): Test {
  const threshold = trees.threshold[from]!
  const value = below32(above32(threshold) ?? Number.POSITIVE_INFINITY)!
  return { mode: 'BRANCH_LEQ', value, missingTrue: trees.missingLeft[from]!, isLeft: true }
}

// A set is a chain of equalities that share the node they lead to, which ONNX Runtime allows: of the set that goes left, or of
// the rest, whichever is shorter. A missing value is decided by the first of them.
function categoryTests(trees: TreesData, from: number, count: number): Test[] {
  const left = new Set(trees.categorySets[trees.threshold[from]!])
  const right = Array.from({ length: count }, (_, place) => place).filter((place) => !left.has(place))
  const isLeft = left.size <= right.length
  const isMissingTrue = (trees.missingLeft[from] === 1) === isLeft
  // No place is −1: an empty set still has to decide what is missing.
  const places = isLeft ? [...left] : right
  return (places.length > 0 ? places : [-1]).map((value, i) => ({
    mode: 'BRANCH_EQ',
    value,
    missingTrue: i === 0 && isMissingTrue ? 1 : 0,
    isLeft,
  }))
}

// Between knots the score rises by slope × the part of the margin that lies there: min(max(margin, from), to) − from.
function calibrationNodes(): Part[] {
  return [
    [1, node('Max', ['margin', 'from'], 'above')],
    [1, node('Min', ['above', 'to'], 'inside')],
    [1, node('Sub', ['inside', 'from'], 'parts')],
    [1, node('MatMul', ['parts', 'slopes'], 'risen')],
    [1, node('Add', ['risen', 'least'], 'score')],
  ]
}

function constants({ margins, scores }: Artifact['calibration']): Uint8Array[] {
  const from = margins.length > 1 ? margins.slice(0, -1) : margins
  const to = margins.length > 1 ? margins.slice(1) : margins
  // The same float32 knots as the graph compares with.
  const width = (i: number) => Math.fround(to[i]!) - Math.fround(from[i]!)
  const slopes = from.map((_, i) => (width(i) > 0 ? (scores[i + 1]! - scores[i]!) / width(i) : 0))
  return [
    tensor('from', [1, from.length], from),
    tensor('to', [1, to.length], to),
    tensor('slopes', [slopes.length, 1], slopes),
    tensor('least', [1], [scores[0]!]),
  ]
}

function node(type: string, inputs: readonly string[], output: string, attributes: readonly Part[] = [], domain = '') {
  return message([
    ...inputs.map((input): Part => [1, input]),
    [2, output],
    [3, `${type} ${output}`],
    [4, type],
    ...attributes,
    ...(domain ? [[7, domain] as const] : []),
  ])
}

function tensor(name: string, dimensions: readonly number[], values: readonly number[]): Uint8Array {
  return message([...dimensions.map((size): Part => [1, size]), [2, floatType], [8, name], [9, packedFloats(values)]])
}

// ValueInfo, its type, a tensor of floats, its shape: any number of rows.
function floatInput(name: string, width: number): Uint8Array {
  const shape = message([
    [1, message([[2, 'rows']])],
    [1, message([[1, width]])],
  ])
  const type = message([
    [
      1,
      message([
        [1, floatType],
        [2, shape],
      ]),
    ],
  ])
  return message([
    [1, name],
    [2, type],
  ])
}

const kinds = { floats: 6, integers: 7, texts: 8 }

function integers(name: string, values: readonly number[]): Uint8Array {
  return message([
    [1, name],
    [8, packedIntegers(values)],
    [20, kinds.integers],
  ])
}

function floats(name: string, values: readonly number[]): Uint8Array {
  return message([
    [1, name],
    [7, packedFloats(values)],
    [20, kinds.floats],
  ])
}

function texts(name: string, values: readonly string[]): Uint8Array {
  return message([[1, name], ...values.map((value): Part => [9, value]), [20, kinds.texts]])
}
