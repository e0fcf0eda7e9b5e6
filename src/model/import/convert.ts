// An imported model in, the same trees as our own artifacts hold them out: what serves them, explains them and exports them.
//
// Every vector of finite float32 numbers and NaN reaches the same leaves, and sums are made and rounded as the model's own library does, so that margins are
// its own to the bit.

import type { FeatureSpec, TreesData } from '../artifact.ts'
import { leastCover } from '../predictor.ts'
import { below32 } from '../ulp.ts'
import { corrupt, unsupported } from './fault.ts'
import { goesLeft32 } from './float32.ts'
import { type Float64Tree, goesLeft64, missingKinds, zero } from './float64.ts'
import type { ForeignTree } from './foreign.ts'
import type { ImportedModel } from './importModel.ts'
import { isOnnxTrue, type OnnxTree } from './onnxScore.ts'

export type ConvertedModel = {
  readonly features: readonly FeatureSpec[]
  readonly trees: TreesData
  /** Whether the file says how many training rows reached each node, without which contributions mean nothing. */
  readonly isCounted: boolean
}

/** By feature: what its codes 0, 1 … stand for; null where it is a number. */
export type Dictionaries = readonly (readonly string[] | null)[]

/** x ≤ threshold (or the place of a set) goes left; swapped where the file's left child is our right one. */
type Split = { readonly threshold: number; readonly missingLeft: boolean; readonly isSwapped: boolean }

/** One tree of the file, whatever its library: how it asks of a number, where a value goes, and what a leaf adds. */
type Reading = {
  readonly tree: ForeignTree
  split(node: number): Split
  goesLeft(node: number, x: number): boolean
  leaf(node: number): number
}

type MutableTrees = {
  -readonly [K in keyof Omit<TreesData, 'categorySets' | 'float32'>]: TreesData[K] extends number ? number : number[]
} & { readonly categorySets: number[][] }

/**
 * Features that have a dictionary become categories, whose places are the codes; the others are numbers. Throws `MODEL_IMPORT_UNSUPPORTED`
 * where our trees can't say the same: several outputs (but the two classes of an ONNX classifier), linear leaves, zeros that count as missing, and splits by
 * category of a feature without a dictionary.
 */
export function convertModel(
  imported: ImportedModel,
  dictionaries: Dictionaries = imported.dictionaries,
): ConvertedModel {
  const features = imported.features.map(
    (name, place): FeatureSpec =>
      dictionaries[place] ? { name, kind: 'category', dictionary: dictionaries[place] } : { name, kind: 'number' },
  )
  const { readings, sums } = readingsOf(imported)
  const trees = emptyTrees(finite(sums.baseMargin, 'base margin'))
  for (const reading of readings) append(trees, reading, features)
  return {
    features,
    trees: { ...trees, ...(sums.float32 ? { float32: sums.float32 } : {}) },
    isCounted: readings.every(({ tree }) => tree.cover.length === 1 || tree.cover.some((cover) => cover !== 1)),
  }
}

/** Throws `MODEL_IMPORT_UNSUPPORTED` where `convertModel` would, whatever the dictionaries: before anybody asks for those. */
export function checkConvertible(imported: ImportedModel): void {
  readingsOf(imported)
}

/** By place, the features that the model splits by category, with the least number of codes that it must know of. */
export function splitByCategory({ ensemble }: ImportedModel): ReadonlyMap<number, number> {
  const codes = new Map<number, number>()
  const add = (feature: number, code: number) => codes.set(feature, Math.max(codes.get(feature) ?? 0, code + 1))
  for (const tree of ensemble.model.trees)
    for (const [node, feature] of tree.feature.entries()) {
      if (feature < 0) continue
      const set = tree.categories[node]
      if (set) for (const code of [0, ...set]) add(feature, code)
      else if ('mode' in tree && isEquality(tree.mode[node]!)) add(feature, Math.max(0, Math.floor(tree.number[node]!)))
    }
  return codes
}

function readingsOf(imported: ImportedModel): {
  readonly readings: readonly Reading[]
  readonly sums: Pick<TreesData, 'baseMargin' | 'float32'>
} {
  const { ensemble, groups } = imported
  if (ensemble.kind === 'onnx') {
    const { trees, baseValues, isAverage, anomalyGroup, objective } = ensemble.model
    if (groups > 2 || (groups === 2 && (anomalyGroup === 0 || objective === 'SOFTMAX')))
      throw inexpressible(`${groups} outputs${objective === 'NONE' ? '' : ` with ${objective}`}`)
    const float32 = { divisor: isAverage ? trees.length : 1, last: finite(baseValues[anomalyGroup]!, 'base value') }
    return { readings: trees.map((tree) => onnxReading(tree, anomalyGroup)), sums: { baseMargin: 0, float32 } }
  }
  if (groups !== 1) throw inexpressible(`${groups} outputs`)
  if (ensemble.kind === 'lightgbm')
    return { readings: ensemble.model.trees.map(lightgbmReading), sums: { baseMargin: 0 } }
  const { trees, treeWeights, baseMargins } = ensemble.model
  return {
    readings: trees.map((tree, t) => xgboostReading(tree, treeWeights?.[t] ?? 1)),
    sums: { baseMargin: baseMargins[0]!, float32: { divisor: 1, last: 0 } },
  }
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
function append(out: MutableTrees, reading: Reading, features: readonly FeatureSpec[]): void {
  const { tree } = reading
  const order = [0]
  const first = out.feature.length
  for (let place = 0; place < order.length; place++) {
    const node = order[place]!
    const feature = tree.feature[node]!
    const isLeaf = feature < 0
    const spec = features[feature]
    const split =
      spec?.kind === 'category'
        ? setSplit(reading, node, spec.dictionary.length, out.categorySets)
        : isLeaf
          ? { threshold: 0, missingLeft: false, isSwapped: false }
          : reading.split(node)
    out.feature.push(feature)
    out.threshold.push(clamped(split.threshold))
    out.missingLeft.push(split.missingLeft ? 1 : 0)
    out.left.push(isLeaf ? 0 : first + order.length)
    out.value.push(isLeaf ? finite(reading.leaf(node), 'leaf') : 0)
    out.cover.push(Math.max(leastCover, finite(tree.cover[node]!, 'count of rows')))
    const children = [tree.left[node]!, tree.right[node]!]
    if (!isLeaf) order.push(...(split.isSwapped ? children.reverse() : children))
  }
  out.roots.push(out.feature.length)
}

// JSON has no infinities, and no vector that is served has one: for all others this is the same.
function clamped(threshold: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, threshold))
}

// Adding 0 turns −0, which JSON does not keep, into 0: no sum of leaves but a zero of the other sign comes of it.
function finite(value: number, name: string): number {
  if (Number.isFinite(value)) return value + 0
  throw corrupt('model', `a ${name} of ${value}`)
}

// Whatever the node asks, each code's answer is asked of the library's own rule; the shorter side is kept.
function setSplit({ goesLeft }: Reading, node: number, codes: number, sets: number[][]): Split {
  const sides: [number[], number[]] = [[], []]
  for (let code = 0; code < codes; code++) sides[goesLeft(node, code) ? 0 : 1].push(code)
  const isSwapped = sides[0].length > sides[1].length
  const threshold = sets.push(sides[isSwapped ? 1 : 0]) - 1
  return { threshold, missingLeft: goesLeft(node, Number.NaN) !== isSwapped, isSwapped }
}

// Among float32 numbers, x < t where x ≤ the one before t.
function xgboostReading(tree: ForeignTree, weight: number): Reading {
  return {
    tree,
    goesLeft: (node, x) => goesLeft32(tree, node, x),
    leaf: (node) => Math.fround(tree.number[node]! * weight),
    split(node) {
      if (tree.categories[node]) throw withoutDictionary()
      const threshold = below32(tree.number[node]!)
      if (threshold === undefined || Number.isNaN(threshold))
        throw corrupt('XGBoost model', `a threshold of ${tree.number[node]}`)
      return { threshold, missingLeft: tree.missingLeft[node] === 1, isSwapped: false }
    },
  }
}

function lightgbmReading(tree: Float64Tree): Reading {
  if (tree.linear.some((leaf) => leaf !== null)) throw inexpressible('linear leaves')
  return {
    tree,
    goesLeft: (node, x) => goesLeft64(tree, node, x),
    leaf: (node) => tree.number[node]!,
    split(node) {
      if (tree.categories[node]) throw withoutDictionary()
      const threshold = clearOfZero(tree.number[node]!)
      if (Number.isNaN(threshold)) throw corrupt('LightGBM model', 'a threshold of NaN')
      const kind = missingKinds[tree.missing[node]!]
      const isZeroLeft = threshold >= 0
      if (kind === 'zero' && (tree.missingLeft[node] === 1) !== isZeroLeft)
        throw inexpressible('zeros that count as missing')
      return {
        threshold,
        missingLeft: kind === 'none' ? isZeroLeft : tree.missingLeft[node] === 1,
        isSwapped: false,
      }
    },
  }
}

// LightGBM takes cells this near to zero for zero: all of them go the way that zero goes.
function clearOfZero(threshold: number): number {
  if (threshold < -zero || threshold > zero) return threshold
  return threshold >= 0 ? zero : below32(-zero)!
}

function onnxReading(tree: OnnxTree, group: number): Reading {
  return {
    tree,
    goesLeft: (node, x) => isOnnxTrue(tree, node, x),
    leaf(node) {
      const parts = tree.parts[node]!.filter(([output]) => output === group)
      if (parts.length > 1) throw inexpressible(`a leaf with ${parts.length} weights for one output`)
      return parts[0]?.[1] ?? 0
    },
    split(node) {
      const mode = tree.mode[node]!
      if (isEquality(mode)) throw withoutDictionary()
      const isSwapped = mode === 'GT' || mode === 'GTE'
      const found = tree.number[node]!
      const threshold = mode === 'LT' || mode === 'GTE' ? below32(found) : found
      if (threshold === undefined || Number.isNaN(threshold)) throw corrupt('ONNX model', `a threshold of ${found}`)
      return { threshold, missingLeft: (tree.missingLeft[node] === 1) !== isSwapped, isSwapped }
    },
  }
}

function isEquality(mode: OnnxTree['mode'][number]): boolean {
  return mode === 'EQ' || mode === 'NEQ'
}

function withoutDictionary() {
  return unsupported(
    'The model splits a feature by category, and what its codes stand for is not known',
    'the texts of its categories, in the order of their codes',
  )
}

function inexpressible(found: string) {
  return unsupported(
    `The model has ${found}`,
    'one output (or the two classes of an ONNX classifier), constant leaves, and splits into less and more or by category',
  )
}
