// An ONNX file with one TreeEnsembleClassifier or TreeEnsembleRegressor (ai.onnx.ml 1 and 3) in, its ensemble out.
//
// What is scored is the converted model, as ONNX Runtime does in float32: converters round thresholds, so that rows on a threshold may
// already differ from the model that was converted. Sources: onnx/onnx.proto, docs/Operators-ml.md,
// onnxruntime core/providers/cpu/ml/tree_ensemble_aggregator.h.

import { corrupt, unsupported } from './fault.ts'
import { checkTree, type ForeignModel, featureNames, type Link } from './foreign.ts'
import { softmax32 } from './objective.ts'
import { modes, type OnnxEnsemble, type OnnxTree } from './onnxScore.ts'
import { type Field, fieldsIn, floats, integers, pieces, texts } from './protobuf.ts'

export type OnnxModel = ForeignModel &
  OnnxEnsemble & {
    /** Of two classes the second; else the first output. */
    readonly anomalyGroup: number
  }

const what = 'ONNX model'
const ensembles = ['TreeEnsembleClassifier', 'TreeEnsembleRegressor']
/** What converters put around an ensemble without changing its scores. */
const harmless = ['ZipMap', 'Cast', 'Identity']
// Numbers of fields in onnx.proto.
const modelFields = { graph: 7 }
const graphFields = { nodes: 1, constants: 5, inputs: 11 }
const nodeFields = { inputs: 1, opType: 4, attributes: 5 }
const tensorFields = { type: 2, floats: 4, name: 8, raw: 9 }
const floatType = 1
const attributeFields = { name: 1, integer: 3, text: 4, floats: 7, integers: 8, texts: 9 }

/** Throws `MODEL_IMPORT_TRUNCATED`, `MODEL_IMPORT_CORRUPT`, `MODEL_IMPORT_UNSUPPORTED` (other operators, doubles, transforms). */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const { operator, attributes, inputWidth } = onlyEnsemble(bytes)
  const nodes = nodesOf(attributes)
  const isClassifier = operator === 'TreeEnsembleClassifier'
  const leaves = leafParts(attributes, isClassifier ? 'class' : 'target')
  const classes = isClassifier ? attributes.count('classlabels_int64s') || attributes.count('classlabels_strings') : 1
  const outputs = isClassifier ? classes : attributes.integer('n_targets', 1)
  // Each output has a weight at some leaf, so more outputs than weights are a lie (and memory).
  if (!(outputs >= 1 && outputs <= leaves.weights.length + 1))
    throw corrupt(what, `${outputs} outputs, but ${leaves.weights.length} weights`)
  if (nodes.trees.length === 0) throw corrupt(what, 'its ensemble has no nodes')
  // Two classes of which only one has weights: one score, that of class 1.
  const isBinary = isClassifier && outputs === 2 && new Set(leaves.outputs).size === 1
  const groups = isBinary ? 1 : outputs
  const trees = treesOf(nodes, leaves, isBinary, groups)
  const width = inputWidth ?? nodes.features.reduce((most, feature) => Math.max(most, feature + 1), 0)
  for (const tree of trees) checkTree(what, tree, width)
  return {
    source: `ONNX ${operator}, as converted`,
    objective: attributes.text('post_transform', 'NONE'),
    features: featureNames(what, [], width),
    dictionaries: new Array<null>(width).fill(null),
    groups,
    anomalyGroup: isClassifier && groups === 2 ? 1 : 0,
    groupOf: trees.map(() => 0),
    link: linkOf(attributes.text('post_transform', 'NONE')),
    trees,
    baseValues: baseValues(attributes, groups),
    isAverage: isAverage(attributes.text('aggregate_function', 'SUM')),
  }
}

function onlyEnsemble(bytes: Uint8Array) {
  const graph = pieces(fieldsIn(bytes), modelFields.graph).flatMap(fieldsIn)
  const nodes = pieces(graph, graphFields.nodes).map((node) => {
    const fields = fieldsIn(node)
    return { operator: texts(fields, nodeFields.opType)[0] ?? '', fields }
  })
  const ones = constantOnes(graph)
  const isHarmless = ({ operator, fields }: (typeof nodes)[number]) =>
    harmless.includes(operator) ||
    (operator === 'Mul' && texts(fields, nodeFields.inputs).some((name) => ones.has(name)))
  const other = nodes.find((node) => !ensembles.includes(node.operator) && !isHarmless(node))
  if (other)
    throw unsupported(
      `The ONNX model has operator ${JSON.stringify(other.operator.slice(0, 80))}`,
      ensembles.join(' or '),
    )
  const found = nodes.filter(({ operator }) => ensembles.includes(operator))
  if (found.length !== 1) throw unsupported(`The ONNX model has ${found.length} tree ensembles`, 'one')
  return { operator: found[0]!.operator, attributes: attributesOf(found[0]!.fields), inputWidth: inputWidth(graph) }
}

// The converter of LightGBM multiplies by 1.
function constantOnes(graph: readonly Field[]): ReadonlySet<string> {
  const constants = pieces(graph, graphFields.constants).map(fieldsIn)
  const isOne = (tensor: readonly Field[]) => {
    if (integers(tensor, tensorFields.type)[0] !== floatType) return false
    const values = [...floats(tensor, tensorFields.floats), ...floats(tensor, tensorFields.raw)]
    return values.length === 1 && values[0] === 1
  }
  return new Set(constants.filter(isOne).flatMap((tensor) => texts(tensor, tensorFields.name)))
}

// ValueInfo: type 2, its tensor 1, its shape 2, its dimensions 1, of which the second's value 1 counts the columns.
function inputWidth(graph: readonly Field[]): number | undefined {
  const inputs = pieces(graph, graphFields.inputs)
  const dimensions = [2, 1, 2, 1].reduce(
    (level, number) => level.flatMap((bytes) => pieces(fieldsIn(bytes), number)),
    inputs,
  )
  return inputs.length === 1 && dimensions[1] ? integers(fieldsIn(dimensions[1]), 1)[0] : undefined
}

function attributesOf(node: readonly Field[]) {
  const byName = new Map(
    pieces(node, nodeFields.attributes).map((bytes) => {
      const fields = fieldsIn(bytes)
      return [texts(fields, attributeFields.name)[0] ?? '', fields] as const
    }),
  )
  const doubles = [...byName.keys()].find((name) => name.endsWith('_as_tensor'))
  if (doubles) throw unsupported(`The ONNX model keeps ${doubles}`, 'float32 attributes')
  const of = (name: string) => byName.get(name) ?? []
  return {
    integer: (name: string, otherwise: number) => integers(of(name), attributeFields.integer)[0] ?? otherwise,
    text: (name: string, otherwise: string) => texts(of(name), attributeFields.text)[0] ?? otherwise,
    floats: (name: string) => floats(of(name), attributeFields.floats),
    integers: (name: string) => integers(of(name), attributeFields.integers),
    texts: (name: string) => texts(of(name), attributeFields.texts),
    count: (name: string) =>
      integers(of(name), attributeFields.integers).length + texts(of(name), attributeFields.texts).length,
  }
}

type Attributes = ReturnType<typeof attributesOf>
type Nodes = ReturnType<typeof nodesOf>
type Leaves = ReturnType<typeof leafParts>

function nodesOf(attributes: Attributes) {
  const trees = attributes.integers('nodes_treeids')
  const missing = attributes.integers('nodes_missing_value_tracks_true')
  const nodes = {
    trees,
    ids: attributes.integers('nodes_nodeids'),
    features: attributes.integers('nodes_featureids'),
    modes: attributes.texts('nodes_modes'),
    values: attributes.floats('nodes_values'),
    whenTrue: attributes.integers('nodes_truenodeids'),
    whenFalse: attributes.integers('nodes_falsenodeids'),
    missing: missing.length > 0 ? missing : trees.map(() => 0),
  }
  sameLength(nodes, 'nodes_')
  return nodes
}

function leafParts(attributes: Attributes, prefix: 'class' | 'target') {
  const parts = {
    trees: attributes.integers(`${prefix}_treeids`),
    ids: attributes.integers(`${prefix}_nodeids`),
    outputs: attributes.integers(`${prefix}_ids`),
    weights: attributes.floats(`${prefix}_weights`),
  }
  sameLength(parts, `${prefix}_`)
  return parts
}

function sameLength(arrays: Readonly<Record<string, readonly unknown[]>>, prefix: string): void {
  const lengths = new Set(Object.values(arrays).map(({ length }) => length))
  if (lengths.size !== 1) throw corrupt(what, `its ${prefix}… attributes have ${[...lengths].join(', ')} entries`)
}

function treesOf(nodes: Nodes, leaves: Leaves, isBinary: boolean, groups: number): OnnxTree[] {
  const rowsByTree = Map.groupBy(nodes.trees.keys(), (row) => nodes.trees[row]!)
  const partsByTree = Map.groupBy(leaves.trees.keys(), (row) => leaves.trees[row]!)
  return Array.from(rowsByTree, ([id, rows]) => {
    const place = new Map(rows.map((row, i) => [nodes.ids[row]!, i]))
    const parts: [number, number][][] = rows.map(() => [])
    for (const row of partsByTree.get(id) ?? []) {
      const output = isBinary ? 0 : leaves.outputs[row]!
      const leaf = parts[place.get(leaves.ids[row]!) ?? -1]
      if (!leaf || !(output >= 0 && output < groups))
        throw corrupt(what, `a weight of node ${leaves.ids[row]}, output ${output}`)
      leaf.push([output, leaves.weights[row]!])
    }
    return treeOf(nodes, rows, place, parts)
  })
}

function treeOf(
  nodes: Nodes,
  rows: readonly number[],
  place: ReadonlyMap<number, number>,
  parts: OnnxTree['parts'],
): OnnxTree {
  const mode = rows.map((row) => modeOf(nodes.modes[row]!))
  const child = (ids: readonly number[]) =>
    Int32Array.from(rows, (row, i) => (mode[i] === 'LEAF' ? -1 : (place.get(ids[row]!) ?? -1)))
  return {
    feature: Int32Array.from(rows, (row, i) => (mode[i] === 'LEAF' ? -1 : featureOf(nodes.features[row]!))),
    left: child(nodes.whenTrue),
    right: child(nodes.whenFalse),
    number: Float64Array.from(rows, (row) => nodes.values[row]!),
    missingLeft: Uint8Array.from(rows, (row) => (nodes.missing[row] === 1 ? 1 : 0)),
    cover: new Float64Array(rows.length).fill(1),
    categories: rows.map(() => null),
    mode,
    parts,
  }
}

function modeOf(text: string): OnnxTree['mode'][number] {
  const mode = modes.find((known) => text === known || text === `BRANCH_${known}`)
  if (!mode)
    throw unsupported(`The ONNX model has nodes of mode ${JSON.stringify(text.slice(0, 40))}`, modes.join(', '))
  return mode
}

function featureOf(feature: number): number {
  // An Int32Array would wrap what is larger.
  if (feature >= 0 && feature < 2 ** 31) return feature
  throw corrupt(what, `a split reads feature ${feature}`)
}

function baseValues(attributes: Attributes, groups: number): number[] {
  const values = attributes.floats('base_values')
  if (values.length === 0) return new Array<number>(groups).fill(0)
  if (values.length === groups) return values
  // Two base values for a binary score: the second is that of class 1.
  if (groups === 1 && values.length === 2) return values.slice(1)
  throw corrupt(what, `${values.length} base values for ${groups} outputs`)
}

function isAverage(aggregate: string): boolean {
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE')
    throw unsupported(`The ONNX model aggregates by ${JSON.stringify(aggregate.slice(0, 40))}`, 'SUM or AVERAGE')
  return aggregate === 'AVERAGE'
}

function linkOf(transform: string): Link {
  if (transform === 'NONE') return (margins) => margins
  if (transform === 'LOGISTIC') return (margins) => margins.map(runtimeLogistic)
  if (transform === 'SOFTMAX') return softmax32
  throw unsupported(
    `The ONNX model has post_transform ${JSON.stringify(transform.slice(0, 40))}`,
    'NONE, LOGISTIC or SOFTMAX',
  )
}

// ONNX Runtime takes the sigmoid of the absolute value, and what is left of 1 below zero.
function runtimeLogistic(margin: number): number {
  const { fround } = Math
  const above = fround(1 / fround(1 + fround(Math.exp(-Math.abs(margin)))))
  return margin < 0 ? fround(1 - above) : above
}
