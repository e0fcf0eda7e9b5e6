// XGBoost's model object, from JSON, UBJSON or a pickle, in; its ensemble out. Versions 1.0 to 3.x.
//
// Sources: xgboost src/learner.cc, src/gbm/gbtree_model.cc, src/tree/tree_model.cc, doc/tutorials/saving_model.rst.

import { z } from 'zod'
import { corrupt, unsupported } from './fault.ts'
import type { Float32Ensemble } from './float32.ts'
import { checkTree, type ForeignModel, type ForeignTree, featureNames } from './foreign.ts'
import { objectiveOf } from './objective.ts'

export type XgboostModel = ForeignModel & Float32Ensemble

/** Which rounds count: all, as Booster.predict; or up to best_iteration where the file names one, as the sklearn API and SageMaker. */
export type Rounds = 'all' | 'best'

const what = 'XGBoost model'

// Arrays of numbers, typed (UBJSON) or not (JSON, where null was NaN and old flags are booleans).
const numbers = z.unknown().transform((value, context): Float64Array => {
  if (value instanceof Float64Array) return value
  if (
    Array.isArray(value) &&
    value.every((item) => item === null || typeof item === 'number' || typeof item === 'boolean')
  )
    return Float64Array.from(value, (item) => (item === null ? Number.NaN : Number(item)))
  context.addIssue({ code: 'custom', message: 'expected an array of numbers' })
  return z.NEVER
})
const none = new Float64Array()
const count = z
  .string()
  .regex(/^-?\d{1,10}$/)
  .transform(Number)

const treeSchema = z.object({
  tree_param: z.object({ size_leaf_vector: count.default(1) }),
  left_children: numbers,
  right_children: numbers,
  split_indices: numbers,
  split_conditions: numbers,
  default_left: numbers,
  sum_hessian: numbers,
  split_type: numbers.default(none),
  categories: numbers.default(none),
  categories_nodes: numbers.default(none),
  categories_segments: numbers.default(none),
  categories_sizes: numbers.default(none),
})

// From 3.1 on: what the codes of each feature stand for; texts as their bytes, one after another.
const encodings = z.object({
  enc: z.array(
    z.union([
      z.object({ offsets: numbers, values: numbers }).transform(textsOf),
      z.object({ values: numbers }).transform(({ values }) => Array.from(values, String)),
    ]),
  ),
})

const trainedTrees = z.object({
  cats: encodings.optional(),
  gbtree_model_param: z.object({ num_parallel_tree: count.default(1) }),
  iteration_indptr: numbers.optional(),
  tree_info: numbers,
  weight_drop: numbers.optional(),
  trees: z.array(treeSchema),
})

const booster = z.union([
  z.object({ name: z.literal('gbtree'), model: trainedTrees, weight_drop: numbers.optional() }),
  // Until 3.3 dart wraps a gbtree.
  z
    .object({ name: z.literal('dart'), gbtree: z.object({ model: trainedTrees }), weight_drop: numbers })
    .transform(({ gbtree, weight_drop }) => ({ name: 'dart' as const, model: gbtree.model, weight_drop })),
])

const named = z.object({
  learner: z.object({ objective: z.object({ name: z.string() }), gradient_booster: z.object({ name: z.string() }) }),
})

const schema = z.object({
  version: z.union([z.array(z.number()), z.instanceof(Float64Array)]).default([]),
  learner: z.object({
    learner_model_param: z.object({
      base_score: z.string(),
      num_class: count.default(0),
      num_feature: count,
      num_target: count.default(1),
    }),
    objective: z.object({ name: z.string() }),
    attributes: z.record(z.string(), z.unknown()).default({}),
    feature_names: z.array(z.string()).default([]),
    gradient_booster: booster,
  }),
})

function textsOf({ offsets, values }: { offsets: Float64Array; values: Float64Array }): string[] {
  const bytes = Uint8Array.from(values, (byte) => byte & 0xff)
  return Array.from(offsets.subarray(1), (end, i) => new TextDecoder().decode(bytes.subarray(offsets[i], end)))
}

// XGBoost 3.2 counts letters where it cuts bytes: beyond ASCII its texts are wrong, and the last ones cut off. 3.4 does not.
function isTrusted(lists: readonly (readonly string[])[], version: ArrayLike<number>): boolean {
  const isMended = version[0]! > 3 || (version[0] === 3 && version[1]! >= 4)
  return isMended || lists.every((texts) => texts.every((text) => /^[ -~]*$/.test(text)))
}

type Parsed = z.output<typeof schema>
type ParsedTree = z.output<typeof treeSchema>

/**
 * Reads the object that save_model wrote. Throws `MODEL_IMPORT_UNSUPPORTED` (linear booster, vector leaves, unknown objective),
 * `MODEL_IMPORT_CORRUPT`.
 */
export function readXgboost(value: unknown, format: string, rounds: Rounds): XgboostModel {
  const { learner, version } = parse(value)
  const { num_class, num_feature, num_target, base_score } = learner.learner_model_param
  const { model, weight_drop } = learner.gradient_booster
  const parts = {
    version: Array.from(version).join('.'),
    format,
    objective: learner.objective.name,
    names: learner.feature_names,
    dictionaries: model.cats && isTrusted(model.cats.enc, version) ? model.cats.enc : [],
    width: num_feature,
    groups: Math.max(1, num_class, num_target),
    baseScores: base_score
      .replace(/^\[|\]$/g, '')
      .split(',')
      .map(Number),
    trees: model.trees.map(nodesOf),
    treeInfo: Array.from(model.tree_info),
    weightDrop: model.weight_drop ?? weight_drop ?? null,
    roundStarts: model.iteration_indptr ?? null,
    parallelTrees: model.gbtree_model_param.num_parallel_tree,
    bestIteration: rounds === 'best' ? learner.attributes.best_iteration : undefined,
  }
  return assemble(parts)
}

function parse(value: unknown): Parsed {
  const head = named.safeParse(value)
  if (!head.success) throw corrupt(what, z.prettifyError(head.error))
  const { objective, gradient_booster } = head.data.learner
  checkKind(objective.name, gradient_booster.name)
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw corrupt(what, z.prettifyError(parsed.error))
  return parsed.data
}

/** Refuses what is no sum of trees, before anything else is read. */
export function checkKind(objective: string, boosterName: string): void {
  objectiveOf(objective)
  if (boosterName !== 'gbtree' && boosterName !== 'dart')
    throw unsupported(
      `The XGBoost model has booster ${JSON.stringify(boosterName.slice(0, 80))}`,
      'trees: gbtree or dart',
    )
}

/** What every format of XGBoost says, however it says it. */
export type XgboostParts = {
  readonly version: string
  readonly format: string
  readonly objective: string
  readonly names: readonly string[]
  /** By feature, where the file has them; empty for numbers. */
  readonly dictionaries: readonly (readonly string[])[]
  readonly width: number
  readonly groups: number
  /** As predictions; one for all groups, or one a group. */
  readonly baseScores: readonly number[]
  readonly trees: readonly ForeignTree[]
  readonly treeInfo: readonly number[]
  readonly weightDrop: ArrayLike<number> | null
  /** First tree of each round, where the file says so. */
  readonly roundStarts: ArrayLike<number> | null
  readonly parallelTrees: number
  /** Last round that counts; undefined where all do. */
  readonly bestIteration: unknown
}

/** Checks what the parts say of each other. Throws `MODEL_IMPORT_CORRUPT`, `MODEL_IMPORT_UNSUPPORTED`. */
export function assemble(parts: XgboostParts): XgboostModel {
  const { trees, treeInfo, weightDrop, groups, width } = parts
  const { baseMargin, link } = objectiveOf(parts.objective)
  // Every group is trained in every round, so more groups than trees are a lie (and memory).
  if (groups > Math.max(1, trees.length)) throw corrupt(what, `${groups} classes, but ${trees.length} trees`)
  if (
    treeInfo.length !== trees.length ||
    !treeInfo.every((group) => Number.isInteger(group) && group >= 0 && group < groups)
  )
    throw corrupt(what, `tree_info does not name one of ${groups} outputs for each of ${trees.length} trees`)
  if (weightDrop && weightDrop.length !== trees.length)
    throw corrupt(what, `weight_drop has ${weightDrop.length} entries for ${trees.length} trees`)
  for (const tree of trees) checkTree(what, tree, width)
  const used = usedTrees(parts)
  return {
    source: `XGBoost ${parts.version}, ${parts.format}`,
    objective: parts.objective,
    features: featureNames(what, parts.names, width),
    dictionaries: Array.from({ length: width }, (_, place) =>
      parts.dictionaries[place]?.length ? parts.dictionaries[place] : null,
    ),
    groups,
    groupOf: treeInfo.slice(0, used),
    link,
    trees: trees.slice(0, used),
    treeWeights: weightDrop ? Float32Array.from(weightDrop).slice(0, used) : null,
    baseMargins: baseMargins(parts.baseScores, groups, baseMargin),
  }
}

function baseMargins(scores: readonly number[], groups: number, baseMargin: (score: number) => number): Float32Array {
  if (scores.some(Number.isNaN) || (scores.length !== 1 && scores.length !== groups))
    throw corrupt(what, `base_score has ${scores.length} values (${scores.slice(0, 3)}…) for ${groups} outputs`)
  return Float32Array.from({ length: groups }, (_, group) => baseMargin(scores[group] ?? scores[0]!))
}

function usedTrees({ bestIteration, roundStarts, parallelTrees, groups, trees }: XgboostParts): number {
  if (bestIteration === undefined) return trees.length
  const rounds = Number(bestIteration) + 1
  const end = roundStarts ? roundStarts[rounds] : rounds * Math.max(1, parallelTrees) * groups
  if (end === undefined || !Number.isInteger(end) || end < 0 || end > trees.length)
    throw corrupt(what, `best_iteration is ${JSON.stringify(bestIteration)}, beyond its ${trees.length} trees`)
  return end
}

function nodesOf(tree: ParsedTree): ForeignTree {
  if (tree.tree_param.size_leaf_vector > 1)
    throw unsupported(
      'The XGBoost model has vector leaves (multi_output_tree)',
      'one value a leaf (one_output_per_tree)',
    )
  const left = Int32Array.from(tree.left_children)
  const right = Int32Array.from(tree.right_children)
  // XGBoost itself walks to left + 1, whatever right_children says.
  if (left.some((child, node) => child !== -1 && right[node] !== child + 1))
    throw corrupt(what, 'children that are no neighbours')
  return {
    feature: Int32Array.from(tree.split_indices, (feature, node) => (left[node] === -1 ? -1 : feature)),
    left,
    right,
    number: tree.split_conditions.map(Math.fround),
    missingLeft: Uint8Array.from(tree.default_left),
    cover: tree.sum_hessian,
    categories: categoriesOf(tree),
  }
}

function categoriesOf(tree: ParsedTree): (ReadonlySet<number> | null)[] {
  const sets = new Map(
    Array.from(tree.categories_nodes, (node, i) => {
      const from = tree.categories_segments[i] ?? Number.NaN
      const to = from + (tree.categories_sizes[i] ?? Number.NaN)
      if (!(from >= 0 && to >= from && to <= tree.categories.length))
        throw corrupt(what, `category set ${i} lies outside the categories`)
      return [node, new Set(tree.categories.subarray(from, to))] as const
    }),
  )
  return Array.from(tree.left_children, (left, node) => {
    if (left === -1 || tree.split_type[node] !== 1) return null
    const set = sets.get(node)
    if (!set) throw corrupt(what, `node ${node} splits by category, but has no categories`)
    return set
  })
}
