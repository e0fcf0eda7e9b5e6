// Text of a LightGBM model (versions v3 and v4) in, its ensemble out.
//
// Sources: LightGBM src/io/tree.cpp, src/boosting/gbdt_model_text.cpp, include/LightGBM/tree.h.

import { z } from 'zod'
import { corrupt, truncated, unsupported } from './fault.ts'
import { type Float64Ensemble, type Float64Tree, type LinearLeaf, missingKinds } from './float64.ts'
import { checkTree, type ForeignModel, featureNames } from './foreign.ts'
import { lightgbmLink } from './lightgbmLink.ts'

export type LightgbmModel = ForeignModel & Float64Ensemble

const what = 'LightGBM model'
const readVersions = ['v3', 'v4']
type Fields = ReadonlyMap<string, string>

/** Throws `MODEL_IMPORT_TRUNCATED`, `MODEL_IMPORT_CORRUPT`, `MODEL_IMPORT_UNSUPPORTED` (version, objective). */
export function readLightgbm(text: string): LightgbmModel {
  const [header, ...blocks] = treeBlocks(text)
  const head = fieldsOf(header!)
  const version = textOf(head, 'version')
  if (!readVersions.includes(version))
    throw unsupported(`The LightGBM model has version ${JSON.stringify(version)}`, readVersions.join(' or '))
  const groups = wholeOf(head, 'num_tree_per_iteration')
  const width = wholeOf(head, 'max_feature_idx') + 1
  const trees = blocks.map((block) => readTree(fieldsOf(block)))
  if (groups < 1 || trees.length % groups !== 0)
    throw corrupt(what, `${trees.length} trees for ${groups} trees an iteration`)
  for (const tree of trees) {
    checkTree(what, tree, width)
    checkLinear(tree, width)
  }
  const objective = textOf(head, 'objective')
  const isAveraged = head.has('average_output')
  const iterations = isAveraged ? Math.max(1, trees.length / groups) : 1
  const names = textOf(head, 'feature_names')
  return {
    source: `LightGBM ${version}, text`,
    objective,
    features: featureNames(what, names === '' ? [] : names.split(' '), width),
    dictionaries: pandasCategories(text, head.get('feature_infos')?.split(' ') ?? [], width),
    groups,
    groupOf: trees.map((_, tree) => tree % groups),
    link: lightgbmLink(objective, iterations),
    trees,
  }
}

// The header, then one block a tree. Without the last line the file has been cut.
function treeBlocks(text: string): string[] {
  const end = text.search(/^end of trees\r?$/m)
  if (end < 0) throw truncated(what, text.length)
  return text.slice(0, end).split(/^Tree=\d+\r?$/m)
}

function fieldsOf(block: string): Fields {
  return new Map(
    block
      .split(/\r?\n/)
      .filter((line) => line !== '')
      .map((line) => {
        const at = line.indexOf('=')
        return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
      }),
  )
}

function readTree(fields: Fields): Float64Tree {
  const leaves = wholeOf(fields, 'num_leaves')
  const splits = leaves - 1
  const leafValues = numbersOf(fields, 'leaf_value', leaves)
  const decisions = numbersOf(fields, 'decision_type', splits)
  // Splits come first, then leaves; a child below zero is the leaf ~child.
  const childOf = (child: number) => (child < 0 ? splits + ~child : child)
  const onSplits = (values: readonly number[], atLeaf: readonly number[]) => [...values, ...atLeaf]
  const nothing = leafValues.map(() => 0)
  const thresholds = numbersOf(fields, 'threshold', splits)
  return {
    feature: Int32Array.from([
      ...numbersOf(fields, 'split_feature', splits).map(atLeastZero),
      ...nothing.map(() => -1),
    ]),
    left: Int32Array.from(onSplits(numbersOf(fields, 'left_child', splits).map(childOf), nothing)),
    right: Int32Array.from(onSplits(numbersOf(fields, 'right_child', splits).map(childOf), nothing)),
    number: Float64Array.from(onSplits(thresholds, leafValues)),
    missingLeft: Uint8Array.from(onSplits(decisions, nothing), (decision) => (decision >> 1) & 1),
    missing: Uint8Array.from(onSplits(decisions, nothing), (decision) => missingKind((decision >> 2) & 3)),
    cover: Float64Array.from(
      onSplits(countsOf(fields, 'internal_count', splits), countsOf(fields, 'leaf_count', leaves)),
    ),
    categories: [...categoriesOf(fields, decisions, thresholds), ...nothing.map(() => null)],
    linear: [...decisions.map(() => null), ...linearLeaves(fields, leaves)],
  }
}

function atLeastZero(feature: number): number {
  if (!Number.isInteger(feature) || feature < 0) throw corrupt(what, `a split reads feature ${feature}`)
  return feature
}

function missingKind(kind: number): number {
  if (kind >= missingKinds.length) throw corrupt(what, `missing type ${kind}`)
  return kind
}

// Older files leave the counts out; they only matter for contributions.
function countsOf(fields: Fields, name: string, length: number): number[] {
  return fields.has(name) ? numbersOf(fields, name, length) : new Array<number>(length).fill(1)
}

// Bit c of words boundaries[k] … boundaries[k + 1] is category c; such a split's threshold is k.
function categoriesOf(
  fields: Fields,
  decisions: readonly number[],
  thresholds: readonly number[],
): (ReadonlySet<number> | null)[] {
  const sets = wholeOf(fields, 'num_cat')
  const boundaries = sets > 0 ? numbersOf(fields, 'cat_boundaries', sets + 1) : []
  const words = sets > 0 ? numbersOf(fields, 'cat_threshold', boundaries.at(-1)!) : []
  return decisions.map((decision, node) => {
    if ((decision & 1) === 0) return null
    const from = boundaries[thresholds[node]!]
    const to = boundaries[thresholds[node]! + 1]
    if (from === undefined || to === undefined)
      throw corrupt(what, `a split names category set ${thresholds[node]} of ${sets}`)
    return bitsOf(words.slice(from, to))
  })
}

function bitsOf(words: readonly number[]): ReadonlySet<number> {
  const set = new Set<number>()
  words.forEach((word, place) => {
    for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) set.add(place * 32 + bit)
  })
  return set
}

// The last line holds the categories of pandas' columns, in their order, without names. Which columns those are, feature_infos tells: a
// list of codes for a category, a range for a number, and "none" for what never changed, whichever it was.
function pandasCategories(text: string, infos: readonly string[], width: number): (readonly string[] | null)[] {
  const line = /^pandas_categorical:(.*)$/m.exec(text)?.[1]?.trim()
  const none = new Array<null>(width).fill(null)
  if (line === undefined || line === 'null' || infos.length !== width) return none
  const lists = z.array(z.array(category)).safeParse(parsedLine(line))
  if (!lists.success) throw corrupt(what, 'a line pandas_categorical that is no list of lists')
  const listed = infos.map((info) => !info.startsWith('[') && info !== 'none')
  const possible = infos.map((info) => !info.startsWith('['))
  const isCategory = [listed, possible].find((some) => some.filter(Boolean).length === lists.data.length)
  if (!isCategory) return none
  const rest = lists.data.values()
  return isCategory.map((is) => (is ? (rest.next().value ?? null) : null))
}

const category = z.union([z.string(), z.number(), z.boolean()]).transform(String)

function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function linearLeaves(fields: Fields, leaves: number): (LinearLeaf | null)[] {
  if (!fields.has('leaf_const')) return new Array<null>(leaves).fill(null)
  const counts = numbersOf(fields, 'num_features', leaves)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const features = numbersOf(fields, 'leaf_features', total)
  const coefficients = numbersOf(fields, 'leaf_coeff', total)
  let at = 0
  return numbersOf(fields, 'leaf_const', leaves).map((constant, leaf) => {
    const from = at
    at += counts[leaf]!
    return { constant, features: features.slice(from, at), coefficients: coefficients.slice(from, at) }
  })
}

function checkLinear({ linear }: Float64Tree, width: number): void {
  for (const leaf of linear)
    for (const feature of leaf?.features ?? [])
      if (!(Number.isInteger(feature) && feature >= 0 && feature < width))
        throw corrupt(what, `a leaf reads feature ${feature} of ${width}`)
}

function textOf(fields: Fields, name: string): string {
  const value = fields.get(name)
  if (value === undefined) throw corrupt(what, `it has no line ${name}=`)
  return value
}

function wholeOf(fields: Fields, name: string): number {
  const value = textOf(fields, name)
  if (!/^\d{1,9}$/.test(value)) throw corrupt(what, `${name}=${value.slice(0, 40)}; expected a whole number`)
  return Number(value)
}

function numbersOf(fields: Fields, name: string, length: number): number[] {
  const words = textOf(fields, name)
    .split(' ')
    .filter((word) => word !== '')
  if (words.length !== length) throw corrupt(what, `${name} has ${words.length} entries; expected ${length}`)
  return words.map(parseNumber)
}

// C++ writes inf and nan, which Number does not read.
function parseNumber(word: string): number {
  const named = { inf: Infinity, '-inf': -Infinity, nan: Number.NaN, '-nan': Number.NaN }[word]
  if (named !== undefined) return named
  const value = Number(word)
  if (Number.isNaN(value)) throw corrupt(what, `${JSON.stringify(word.slice(0, 40))} where a number should be`)
  return value
}
