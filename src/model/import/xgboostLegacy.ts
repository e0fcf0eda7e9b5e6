// The binary format of XGBoost before 2.1 (`save_model` without an extension; SageMaker's 1.x images) in; its ensemble out.
//
// Little-endian structs as C++ laid them out. Sources: xgboost 1.7 src/learner.cc, src/gbm/gbtree_model.h, include/xgboost/tree_model.h.

import { ByteReader } from './bytes.ts'
import { corrupt, unsupported } from './fault.ts'
import type { ForeignTree } from './foreign.ts'
import { assemble, checkKind, type Rounds, type XgboostModel } from './xgboost.ts'

const what = 'XGBoost binary model'
const headerBytes = 136
const nodeBytes = 36
const longestName = 64

/** Whether the bytes are such a file; the magic `binf` is not always there, but the objective's name is. */
export function isXgboostLegacy(bytes: Uint8Array): boolean {
  if (startsWithMagic(bytes)) return true
  if (bytes.length < headerBytes + 8 + longestName) return false
  const reader = new ByteReader(bytes, what, 'little')
  reader.take(headerBytes)
  const length = reader.i64()
  return length > 0 && length < longestName && /^[a-z]+:[a-z]+$/.test(reader.text(length))
}

/** Throws `MODEL_IMPORT_TRUNCATED`, `MODEL_IMPORT_CORRUPT`, `MODEL_IMPORT_UNSUPPORTED`. */
export function readXgboostLegacy(bytes: Uint8Array, rounds: Rounds): XgboostModel {
  const reader = new ByteReader(bytes, what, 'little')
  if (startsWithMagic(bytes)) reader.take(4)
  const learner = readLearner(reader)
  const objective = text(reader)
  const booster = text(reader)
  checkKind(objective, booster)
  const { count, parallelTrees } = readTreesHeader(reader)
  const trees = Array.from({ length: count }, () => readTree(reader))
  const treeInfo = trees.map(() => reader.i32())
  const weightDrop = booster === 'dart' ? readVector(reader) : null
  const attributes = learner.hasAttributes ? readAttributes(reader) : new Map<string, string>()
  return assemble({
    ...learner,
    format: 'binary',
    objective,
    dictionaries: [],
    names: [],
    baseScores: [learner.baseScore],
    trees,
    treeInfo,
    weightDrop,
    roundStarts: null,
    parallelTrees,
    bestIteration: rounds === 'best' ? attributes.get('best_iteration') : undefined,
  })
}

function startsWithMagic(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 4)) === 'binf'
}

function readLearner(reader: ByteReader) {
  const baseScore = reader.f32()
  const width = reader.u32()
  const classes = reader.i32()
  const hasAttributes = reader.i32() !== 0
  reader.i32()
  const [major, minor] = [reader.u32(), reader.u32()]
  const targets = reader.u32()
  reader.take(headerBytes - 32)
  // Before 1.0 the base score was saved as a margin; none of those files was at hand to check such a reading against.
  if (major < 1)
    throw unsupported(`The XGBoost binary model was written by version ${major}.${minor}`, 'version 1.0 or later')
  return { baseScore, width, groups: Math.max(1, classes, targets), hasAttributes, version: `${major}.${minor}` }
}

function readTreesHeader(reader: ByteReader) {
  const count = reader.i32()
  const parallelTrees = reader.i32()
  reader.take(152)
  if (count < 0 || count * nodeBytes > reader.left) throw corrupt(what, `${count} trees in ${reader.left} bytes`)
  return { count, parallelTrees }
}

function readTree(reader: ByteReader): ForeignTree {
  reader.i32()
  const nodes = reader.i32()
  reader.take(140)
  if (nodes < 1 || nodes * nodeBytes > reader.left)
    throw corrupt(what, `a tree of ${nodes} nodes in ${reader.left} bytes`)
  const tree = {
    feature: new Int32Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    number: new Float64Array(nodes),
    missingLeft: new Uint8Array(nodes),
    cover: new Float64Array(nodes),
    categories: new Array<null>(nodes).fill(null),
  }
  for (let node = 0; node < nodes; node++) {
    reader.i32()
    tree.left[node] = reader.i32()
    tree.right[node] = reader.i32()
    const split = reader.u32()
    tree.feature[node] = tree.left[node] === -1 ? -1 : split & 0x7fffffff
    tree.missingLeft[node] = split >>> 31
    tree.number[node] = reader.f32()
  }
  for (let node = 0; node < nodes; node++) {
    reader.f32()
    tree.cover[node] = reader.f32()
    reader.take(8)
  }
  return tree
}

function readVector(reader: ByteReader): Float64Array {
  const length = reader.i64()
  if (length < 0 || length * 4 > reader.left) throw corrupt(what, `${length} tree weights in ${reader.left} bytes`)
  return Float64Array.from({ length }, () => reader.f32())
}

function readAttributes(reader: ByteReader): Map<string, string> {
  const attributes = new Map<string, string>()
  const pairs = reader.i64()
  if (pairs < 0 || pairs * 16 > reader.left) throw corrupt(what, `${pairs} attributes in ${reader.left} bytes`)
  for (let i = 0; i < pairs; i++) attributes.set(text(reader), text(reader))
  return attributes
}

function text(reader: ByteReader): string {
  return reader.text(reader.i64())
}
