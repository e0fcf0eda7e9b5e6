// The nouns of a foreign model: what a reader of a format makes, and what the scorers read.

import { corrupt } from './fault.ts'

/** One tree; nodes in the file's order, the root first. Arrays have an entry a node. */
export type ForeignTree = {
  /** Column read at the node; -1 at a leaf. */
  readonly feature: Int32Array
  readonly left: Int32Array
  readonly right: Int32Array
  /** Threshold of a split by number, value of a leaf; of no meaning at a split by category. */
  readonly number: Float64Array
  /** 1: missing goes left. */
  readonly missingLeft: Uint8Array
  /** Weight of the training rows that reached the node. */
  readonly cover: Float64Array
  /** The categories of a split by category; null elsewhere. */
  readonly categories: readonly (ReadonlySet<number> | null)[]
}

/** Margins of all output groups in, what the library calls its prediction out. */
export type Link = (margins: Float64Array) => Float64Array

/** What every format says besides its trees. */
export type ForeignModel = {
  /** Library and file format, e.g. `XGBoost 3.2.0, UBJSON`. */
  readonly source: string
  readonly objective: string
  /** One name a column, in the order of the vector; `f0`, `f1` … where the file has none. */
  readonly features: readonly string[]
  /** By feature: what its category codes 0, 1 … stand for; null where the file does not say, and for numbers. */
  readonly dictionaries: readonly (readonly string[] | null)[]
  /** Outputs: one, or one for each class. Tree t adds to group `groupOf[t]`. */
  readonly groups: number
  readonly groupOf: readonly number[]
  readonly link: Link
}

const mostFeatures = 1_000_000

/** `names` where there are as many as `width`, else f0, f1 … Throws `MODEL_IMPORT_CORRUPT`. */
export function featureNames(what: string, names: readonly string[], width: number): readonly string[] {
  if (!(width >= 0 && width <= mostFeatures))
    throw corrupt(what, `it names ${width} features; at most ${mostFeatures} are read`)
  if (names.length > 0 && names.length !== width) throw corrupt(what, `it names ${names.length} of ${width} features`)
  return names.length > 0 ? names : Array.from({ length: width }, (_, i) => `f${i}`)
}

/**
 * Checks what walking relies on: arrays of one length, known columns, and children that form a tree, so that every walk
 * ends at a leaf. Throws `MODEL_IMPORT_CORRUPT`.
 */
export function checkTree(what: string, tree: ForeignTree, width: number): void {
  const nodes = tree.feature.length
  const { left, right, number, missingLeft, cover, categories } = tree
  if (nodes === 0) throw corrupt(what, 'a tree without nodes')
  const short = [left, right, number, missingLeft, cover, categories].find(({ length }) => length !== nodes)
  if (short) throw corrupt(what, `a tree of ${nodes} nodes with ${short.length} entries for them`)
  const isReached = new Uint8Array(nodes)
  const waiting = [0]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!(node >= 0 && node < nodes) || isReached[node])
      throw corrupt(what, `node ${node} of ${nodes} is no one node's child`)
    isReached[node] = 1
    if (tree.feature[node]! < 0) continue
    if (tree.feature[node]! >= width) throw corrupt(what, `a split reads feature ${tree.feature[node]} of ${width}`)
    waiting.push(left[node]!, right[node]!)
  }
}
