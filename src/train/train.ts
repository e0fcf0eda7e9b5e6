// Labelled columns in time order in, an artifact out: bin, boost, calibrate, choose the operating point, evaluate.
//
// Trees learn from the training period only. The validation period stops them, calibrates them and chooses the threshold; they
// are not fitted again with it, since that would void all three. The test period is read once, for the evaluation.

import { availableParallelism } from 'node:os'
import { TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import { Random } from '../core/random.ts'
import {
  type Artifact,
  type Choice,
  createCalibrator,
  type Derived,
  type FeatureSpec,
  type ModelBody,
  type TreesData,
} from '../model/model.ts'
import { meanOfTrees, redrawn } from './bags.ts'
import { bestSingleFeature } from './baseline.ts'
import { type Bins, binCategory, categoryBins } from './bin.ts'
import { type BoostOptions, boost, roomFor } from './boost.ts'
import { calibrate } from './calibrate.ts'
import { type Algorithm, algorithms, chooseLearner } from './choose.ts'
import { daysOf, evaluate } from './evaluate.ts'
import type { Workbench } from './grow.ts'
import { largestMemoryBytes } from './kernel/wasm.ts'
import { binPlaces, layOut } from './layout.ts'
import { type Learned, learnForest, learnLinear, marginsOf } from './learners.ts'
import { averagePrecision } from './metrics.ts'
import { chooseOperatingPoint, type Wish } from './operatingPoint.ts'
import { wantedSample } from './sample.ts'
import { sketchFeatures } from './sketch.ts'
import { viewsOf } from './steps.ts'
import { createTeam, type KernelMake } from './team.ts'

export type TrainOptions = BoostOptions & {
  /** `auto` trains all and takes the one that validation says (choose.ts). */
  readonly algorithm: Algorithm | 'auto'
  /** Of `linear`: weight of Σ |coefficient|; 0 where absent. */
  readonly l1Regularization?: number
  /** Of `randomCutForest`; 50 trees of 256 rows where absent. */
  readonly forestTrees?: number
  readonly forestSampleSize?: number
  readonly maxBins: number
  /** Of `boostedTrees`: how many models the margin is the mean of (bags.ts); 1 where absent. */
  readonly bags?: number
  /** Of `boostedTrees`: share of the training rows that may search for a tree's splits (sample.ts draws them); 1 where absent. */
  readonly subsample?: number
  /** Of `boostedTrees`: features whose rise may only raise, or only lower, the score. */
  readonly monotone?: Readonly<Record<string, Direction>>
  readonly operatingPoint: Wish
}

export type TrainInput = {
  readonly schema: EventSchema
  readonly features: readonly FeatureSpec[]
  /** How they came about, for the artifact; absent where all are columns as they are. */
  readonly derived?: Derived
  /** One array a feature, each with a value a row; NaN is missing; a category is its place in the dictionary. */
  readonly columns: readonly Float32Array[]
  /** 1 = anomaly. */
  readonly labels: Uint8Array
  /** How many events a row stands for. */
  readonly weights: Float64Array
  /** Event times in ms, rising. */
  readonly times: Float64Array
  readonly amounts: Float64Array | null
  /** Rows before `validationStart` train, rows from `testStart` on evaluate. */
  readonly split: { readonly validationStart: number; readonly testStart: number }
  /** SHA-256 of the rows, for the artifact. */
  readonly fingerprint: string
  readonly codeVersion: string
  readonly options: TrainOptions
}

export type TrainProgress = {
  readonly phase: 'bin' | 'boost' | 'solve' | 'insert' | 'evaluate'
  readonly algorithm: Algorithm
  /** So far; while solving, steps; while inserting into a forest, rows. */
  readonly trees: number
  readonly maxTrees: number
  /** Of the validation period, so far; null before the first round. */
  readonly averagePrecision: number | null
}

export type TrainHooks = {
  readonly onProgress?: (progress: TrainProgress) => void
  /** Training ends at the next tree, with the signal's reason; nothing is left behind. */
  readonly signal?: AbortSignal
  /** How many threads work; as many as the machine has cores where absent. */
  readonly threads?: number
  /** `wasm` where absent; `plain` gives the same bytes, slower. */
  readonly kernel?: KernelMake
}

const cellsWorthThreads = 1_000_000
const mostThreads = 16
const mostLeaves = 256

/**
 * Trains a model. Deterministic: the same rows, options and seed give the same artifact, however many threads work.
 * Throws TocsinError `TRAIN_INPUT_INVALID`, `TRAIN_ONE_CLASS`, `TRAIN_MONOTONE_INVALID`, `TRAIN_TOO_LARGE`,
 * `OPERATING_POINT_NEEDS_AMOUNT`; the signal's reason when aborted.
 */
export async function train(input: TrainInput, hooks: TrainHooks = {}): Promise<Artifact> {
  checkInput(input)
  checkMonotone(input)
  const learned = await learn(input, hooks)
  progress(hooks, {
    phase: 'evaluate',
    algorithm: learned.body.algorithm,
    trees: learned.rounds,
    maxTrees: input.options.maxTrees,
    averagePrecision: null,
  })
  const { operatingPoint: _, monotone = {}, ...others } = input.options
  const directions = Object.entries(monotone).map(([name, direction]) => `${name}: ${direction}`)
  const hyperparameters = directions.length > 0 ? { ...others, monotone: directions.join(', ') } : others
  return judged({ ...input, seed: input.options.seed, wish: input.options.operatingPoint, hyperparameters }, learned)
}

/** What a model is judged by. */
export type JudgeInput = Omit<TrainInput, 'options'> & {
  readonly seed: number
  readonly wish: Wish
  readonly hyperparameters: Artifact['hyperparameters']
}

/** Calibrates what was learned and chooses its operating point on the validation period, evaluates it on the test period. */
export function judged(input: JudgeInput, { body, margins, range, choice }: LearnedOrChosen): Artifact {
  const { labels, weights, times, amounts, split, seed, hyperparameters } = input
  const { validationStart, testStart } = split
  const validation = {
    labels: labels.subarray(validationStart, testStart),
    weights: weights.subarray(validationStart, testStart),
  }
  const calibration = calibrate({ ...validation, margins: margins.subarray(0, testStart - validationStart) }, range)
  const scores = Float64Array.from(margins, createCalibrator(calibration))
  const operatingPoint = chooseOperatingPoint(
    {
      ...validation,
      scores: scores.subarray(0, testStart - validationStart),
      days: daysOf(times.subarray(validationStart, testStart)),
      amounts: amounts?.subarray(validationStart, testStart) ?? null,
      typicalAmount: amounts && typicalAmount(amounts, input, testStart),
    },
    input.wish,
  )
  const evaluation = evaluate({
    scores: scores.subarray(testStart - validationStart),
    labels: labels.subarray(testStart),
    weights: weights.subarray(testStart),
    times: times.subarray(testStart),
    amounts: amounts?.subarray(testStart) ?? null,
    ...{ threshold: operatingPoint.threshold, wish: input.wish },
    prior: shareOfAnomalies(labels, weights, validationStart),
    bestFeature: bestSingleFeature(input),
    seed,
  })
  return {
    format: 1,
    codeVersion: input.codeVersion,
    schema: input.schema,
    features: input.features,
    ...(input.derived ? { derived: input.derived } : {}),
    ...body,
    hyperparameters,
    calibration,
    operatingPoint,
    evaluation,
    sketches: sketchFeatures({ ...input, rows: validationStart }),
    training: {
      fingerprint: input.fingerprint,
      rows: labels.length,
      anomalies: count(labels, 0, labels.length),
      from: times[0]!,
      to: times.at(-1)!,
      seed,
    },
    ...(choice ? { choice } : {}),
  }
}

function progress({ onProgress, signal }: TrainHooks, at: TrainProgress): void {
  signal?.throwIfAborted()
  onProgress?.(at)
}

/** Average precision of the rows from `testStart` on, by a model that saw those before: what tuning compares. */
export async function judge(input: TrainInput, hooks: TrainHooks): Promise<number> {
  const { labels, weights, split } = input
  const margins = await learnMargins(input, hooks)
  return averagePrecision({
    scores: margins.subarray(split.testStart - split.validationStart),
    labels: labels.subarray(split.testStart),
    weights: weights.subarray(split.testStart),
  })
}

/** Margins of the rows from `validationStart` on, by a model that learned from those before. */
export async function learnMargins(input: TrainInput, hooks: TrainHooks): Promise<Float64Array> {
  checkInput(input)
  return (await learn(input, hooks)).margins
}

type LearnedOrChosen = Learned & { readonly choice?: Choice }

async function learn(input: TrainInput, hooks: TrainHooks): Promise<LearnedOrChosen> {
  const { labels, weights, split, options } = input
  if (options.algorithm !== 'auto') return learners[options.algorithm](input, hooks)
  const learned: Learned[] = []
  for (const algorithm of algorithms) learned.push(await learners[algorithm](input, hooks))
  const rows = split.testStart - split.validationStart
  const choice = chooseLearner(
    learned.map(({ body, margins }) => ({ algorithm: body.algorithm, scores: margins.subarray(0, rows) })),
    {
      labels: labels.subarray(split.validationStart, split.testStart),
      weights: weights.subarray(split.validationStart, split.testStart),
      seed: options.seed,
    },
  )
  return { ...learned.find(({ body }) => body.algorithm === choice.algorithm)!, choice }
}

const learners: Readonly<Record<Algorithm, (input: TrainInput, hooks: TrainHooks) => Promise<Learned>>> = {
  linear: (input, hooks) => learnLinear({ ...input, onRound: reporter('solve', 'linear', hooks) }),
  randomCutForest: (input, hooks) => learnForest({ ...input, onRound: reporter('insert', 'randomCutForest', hooks) }),
  async boostedTrees(input, hooks) {
    const { trees, margins } = await growBags(input, hooks)
    const body: ModelBody = { algorithm: 'boostedTrees', trees }
    return { body, margins, range: rangeOf(trees), rounds: trees.roots.length - 1 }
  },
}

function reporter(phase: 'solve' | 'insert', algorithm: Algorithm, hooks: TrainHooks) {
  return async (trees: number, maxTrees: number) => {
    progress(hooks, { phase, algorithm, trees, maxTrees, averagePrecision: null })
    await new Promise((resolve) => setImmediate(resolve))
  }
}

type Grown = { readonly trees: TreesData; readonly margins: Float64Array }

async function growBags(input: TrainInput, hooks: TrainHooks): Promise<Grown> {
  const { features, columns, weights, split, options } = input
  const count = options.bags ?? 1
  if (count === 1) return grow(input, hooks)
  const random = new Random(options.seed)
  const models: TreesData[] = []
  for (let bag = 0; bag < count; bag++) {
    const drawn = redrawn(weights, split.validationStart, random)
    const { trees } = await grow({ ...input, weights: drawn, options: { ...options, seed: options.seed + bag } }, hooks)
    models.push(trees)
  }
  const trees = meanOfTrees(models, features)
  const margins = marginsOf({ algorithm: 'boostedTrees', trees }, features, columns, split.validationStart)
  return { trees, margins }
}

async function grow(input: TrainInput, hooks: TrainHooks): Promise<Grown> {
  const { labels, weights, split, options } = input
  progress(hooks, {
    phase: 'bin',
    algorithm: 'boostedTrees',
    trees: 0,
    maxTrees: options.maxTrees,
    averagePrecision: null,
  })
  const bench = setUp(input, hooks)
  try {
    const bins = binColumns(bench, input)
    const onRound = async ({ trees, averagePrecision }: { trees: number; averagePrecision: number }) => {
      progress(hooks, {
        phase: 'boost',
        algorithm: 'boostedTrees',
        trees,
        maxTrees: options.maxTrees,
        averagePrecision,
      })
      await new Promise((resolve) => setImmediate(resolve))
    }
    const validationWeights = weights.subarray(split.validationStart, split.testStart)
    const limited = { ...options, maxLeafNodes: maxLeaves(options) }
    const turns = turnsOf(input)
    return await boost({ bench, bins, labels, weights: validationWeights, options: limited, turns, onRound })
  } finally {
    await bench.team.close()
  }
}

function setUp({ features, labels, weights, split, options }: TrainInput, hooks: TrainHooks): Workbench {
  const trainRows = split.validationStart
  const wantedRows = Math.min(wantedSample(trainRows), Math.ceil((options.subsample ?? 1) * trainRows))
  const layout = layOut({
    trainRows,
    rows: labels.length,
    width: features.length,
    maxLeaves: maxLeaves(options),
    wantedRows,
    sampleRows: roomFor(wantedRows, trainRows),
    threads: hooks.threads ?? threadsFor(labels.length * features.length),
  })
  if (layout.bytes > largestMemoryBytes)
    throw new TocsinError(
      'TRAIN_TOO_LARGE',
      `${labels.length} rows of ${features.length} features need ${Math.ceil(layout.bytes / 2 ** 30)} GiB to train; at most 4 GiB can be used. Give a shorter history, or keep all anomalies and a sample of normal rows with their weight (events.weight).`,
    )
  const isCategory = features.map(({ kind }) => kind === 'category')
  const team = createTeam(layout, hooks.kernel ?? 'wasm', isCategory)
  const views = viewsOf(team.memory)
  views.u8.set(labels.subarray(0, trainRows), layout.label)
  for (let row = 0; row < trainRows; row++) views.f32[(layout.weight >>> 2) + row] = weights[row]!
  return { layout, views, isCategory, team }
}

/** The directions of a monotone constraint: what happens to the score when the feature rises. */
type Direction = 'increasing' | 'decreasing'

function turnsOf({ features, options: { monotone = {} } }: TrainInput): number[] {
  const turns = { increasing: 1, decreasing: -1 }
  return features.map(({ name }) => {
    const direction = Object.hasOwn(monotone, name) ? monotone[name] : undefined
    return direction === undefined ? 0 : turns[direction]
  })
}

function checkMonotone({ features, options: { monotone = {}, algorithm } }: TrainInput): void {
  const wanted = Object.keys(monotone)
  if (wanted.length > 0 && algorithm !== 'boostedTrees')
    throw new TocsinError(
      'TRAIN_MONOTONE_INVALID',
      `model.monotone is kept by boostedTrees only; found model.algorithm: ${algorithm}. Set it to boostedTrees, or leave model.monotone out.`,
    )
  for (const name of wanted) {
    const feature = features.find((each) => each.name === name)
    if (feature?.kind === 'number') continue
    const numbers = features.flatMap((each) => (each.kind === 'number' ? [each.name] : []))
    throw new TocsinError(
      'TRAIN_MONOTONE_INVALID',
      `model.monotone names ${name}, which is ${feature ? 'a category, and has no order' : 'no feature'}; expected some of ${numbers.join(', ')}.`,
    )
  }
}

// A leaf's number is one byte while training.
function maxLeaves({ maxLeafNodes, maxDepth }: TrainOptions): number {
  return Math.min(maxLeafNodes, 2 ** maxDepth, mostLeaves)
}

// A helper takes some 50 ms to start: not worth it for little.
function threadsFor(cells: number): number {
  return cells < cellsWorthThreads ? 1 : Math.min(mostThreads, availableParallelism())
}

// Numbers go through the threads' value slots, as many at a time as there are threads; categories are few bins and are done here.
function binColumns({ layout, views, team }: Workbench, { features, columns, options }: TrainInput): Bins[] {
  for (let first = 0; first < layout.width; first += layout.threads) {
    const tasks = Math.min(layout.threads, layout.width - first)
    for (let task = 0; task < tasks; task++)
      views.f32.set(columns[first + task]!, (layout.values + task * layout.stride * 4) >>> 2)
    team.run('bin', tasks, { first, maxBins: options.maxBins })
  }
  const bins = features.map((feature, place): Bins => {
    if (feature.kind === 'category') {
      const bins = categoryBins(columns[place]!, layout.trainRows, feature.dictionary.length, options.maxBins)
      const at = layout.columns + place * layout.stride
      if (bins.kind === 'category') binCategory(columns[place]!, bins.places, views.u8.subarray(at, at + layout.rows))
      return bins
    }
    const at = (layout.edges >>> 2) + place * binPlaces
    const count = views.i32[(layout.edgeCounts >>> 2) + place]!
    return { kind: 'number', edges: views.f32.slice(at, at + count) }
  })
  team.run('interleave', layout.blocks, {})
  return bins
}

/** The least and the greatest sum of one leaf from each tree. */
export function rangeOf({ baseMargin, roots, feature, value }: TreesData): [number, number] {
  let [low, high] = [baseMargin, baseMargin]
  for (let tree = 0; tree + 1 < roots.length; tree++) {
    const leaves = value.slice(roots[tree], roots[tree + 1]).filter((_, node) => feature[roots[tree]! + node] === -1)
    low += Math.min(...leaves)
    high += Math.max(...leaves)
  }
  return [low, high]
}

function shareOfAnomalies(labels: Uint8Array, weights: Float64Array, rows: number): number {
  let [anomalous, all] = [0, 0]
  for (let row = 0; row < rows; row++) {
    all += weights[row]!
    if (labels[row] === 1) anomalous += weights[row]!
  }
  return anomalous / all
}

function typicalAmount(
  amounts: Float64Array,
  { labels, weights }: Pick<TrainInput, 'labels' | 'weights'>,
  rows: number,
): number {
  let [sum, events] = [0, 0]
  for (let row = 0; row < rows; row++) {
    if (labels[row] === 0 || Number.isNaN(amounts[row]!)) continue
    sum += weights[row]! * amounts[row]!
    events += weights[row]!
  }
  return events > 0 ? sum / events : 0
}

function count(labels: Uint8Array, from: number, to: number): number {
  let total = 0
  for (let row = from; row < to; row++) total += labels[row]!
  return total
}

export function checkInput({ features, columns, labels, weights, times, split }: Omit<TrainInput, 'options'>): void {
  const rows = labels.length
  const wrong = [...columns, weights, times].find(({ length }) => length !== rows)
  if (wrong || columns.length !== features.length || features.length === 0)
    throw new TypeError(
      `train: ${features.length} features, ${columns.length} columns, ${rows} labels, a column of ${wrong?.length ?? rows}`,
    )
  const { validationStart, testStart } = split
  if (!(validationStart > 0 && validationStart < testStart && testStart < rows))
    throw new TocsinError(
      'TRAIN_INPUT_INVALID',
      `The history has ${rows} rows; training, validation and test periods begin at rows 0, ${validationStart}, ${testStart}. Each needs rows: give a longer history, or other model.validationShare and model.testShare.`,
    )
  const periods = {
    training: [0, validationStart],
    validation: [validationStart, testStart],
    test: [testStart, rows],
  } as const
  for (const [period, [from, to]] of Object.entries(periods)) {
    const anomalies = count(labels, from, to)
    if (anomalies > 0 && anomalies < to - from) continue
    throw new TocsinError(
      'TRAIN_ONE_CLASS',
      `The ${period} period (rows ${from} to ${to}) has ${anomalies} anomalies and ${to - from - anomalies} normal rows; it needs both. Check events.label and its anomaly value, give a longer history, or other model.validationShare and model.testShare.`,
    )
  }
}
