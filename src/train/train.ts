// Labelled columns in time order in, an artifact out: bin, boost, calibrate, choose the operating point, evaluate.
//
// A first model learns from the training period only: the validation period stops it, calibrates it and chooses the threshold. With
// `refit` the same learner, as long as that one was, learns again from all that lies before the test period, which evaluates it, and
// with `refit: all` once more from the whole history, for service. What is newest tells most where the world drifts: over 24 folds of six
// sets (bench/quality, --develop) mean average precision was .60 without, .65 with the validation period learned. Calibration and threshold
// stay those of the first model, since a model's margins of rows that it has learned from say nothing; the others' margins are put on its
// scale (scale.ts). Neither is what the test period says of the last model, so its evaluation is that of the one before.

import { type Artifact, type Choice, createCalibrator, type ModelBody } from '../model/model.ts'
import { bestSingleFeature } from './baseline.ts'
import { calibrate } from './calibrate.ts'
import { type Algorithm, algorithms, chooseLearner } from './choose.ts'
import { daysOf, evaluate } from './evaluate.ts'
import { checkInput, checkMonotone, count, progress, type TrainHooks, type TrainInput } from './input.ts'
import { type Learned, learnForest, learnLinear } from './learners.ts'
import { averagePrecision } from './metrics.ts'
import { chooseOperatingPoint, type Wish } from './operatingPoint.ts'
import { calibrationOn, rangeOn, type Scale, sameScale, scaleBetween } from './scale.ts'
import { sketchFeatures } from './sketch.ts'
import { type Grown, growBags, rangeOf, regrowBags } from './trees.ts'
import { usualShares } from './usual.ts'

export type { TrainHooks, TrainInput, TrainOptions, TrainProgress } from './input.ts'

/**
 * Trains a model. Deterministic: the same rows, options and seed give the same artifact, however many threads work.
 * Throws TocsinError `TRAIN_INPUT_INVALID`, `TRAIN_ONE_CLASS`, `TRAIN_MONOTONE_INVALID`, `TRAIN_TOO_LARGE`,
 * `OPERATING_POINT_NEEDS_AMOUNT`; the signal's reason when aborted.
 */
export async function train(input: TrainInput, hooks: TrainHooks = {}): Promise<Artifact> {
  return (await trainBoth(input, hooks)).served
}

export type Both = {
  /** What goes into service. */
  readonly served: Artifact
  /** What the test period has judged, which it has not learned from; the same one unless `refit` is `all`. */
  readonly evaluated: Artifact
}

/** As `train`, with the model that was evaluated beside the one that serves. */
export async function trainBoth(input: TrainInput, hooks: TrainHooks = {}): Promise<Both> {
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
  const { seed, operatingPoint: wish } = input.options
  const { artifact: evaluated, calibration } = judgedWith({ ...input, seed, wish, hyperparameters }, learned)
  if (!learned.served) return { evaluated, served: evaluated }
  const { body, scale } = learned.served
  return { evaluated, served: { ...evaluated, ...body, calibration: calibrationOn(scale, calibration) } }
}

/** What a model is judged by. */
export type JudgeInput = Omit<TrainInput, 'options'> & {
  readonly seed: number
  readonly wish: Wish
  readonly hyperparameters: Artifact['hyperparameters']
}

/** Calibrates what was learned and chooses its operating point on the validation period, evaluates it on the test period. */
export function judged(input: JudgeInput, learned: Learned): Artifact {
  return judgedWith(input, learned).artifact
}

/** With the calibration on the first model's scale. */
function judgedWith(
  input: JudgeInput,
  { body, margins, range, choice, scale = sameScale }: LearnedOrChosen,
): { artifact: Artifact; calibration: Artifact['calibration'] } {
  const { labels, weights, times, amounts, split, seed, hyperparameters } = input
  const { validationStart, testStart } = split
  const validation = {
    labels: labels.subarray(validationStart, testStart),
    weights: weights.subarray(validationStart, testStart),
  }
  const calibration = calibrate({ ...validation, margins: margins.subarray(0, testStart - validationStart) }, range)
  const scores = Float64Array.from(margins.subarray(0, testStart - validationStart), createCalibrator(calibration))
  const ownCalibration = calibrationOn(scale, calibration)
  const testScores = Float64Array.from(margins.subarray(testStart - validationStart), createCalibrator(ownCalibration))
  const operatingPoint = chooseOperatingPoint(
    {
      ...validation,
      scores,
      days: daysOf(times.subarray(validationStart, testStart)),
      amounts: amounts?.subarray(validationStart, testStart) ?? null,
      typicalAmount: amounts && typicalAmount(amounts, input, testStart),
    },
    input.wish,
  )
  const evaluation = evaluate({
    scores: testScores,
    labels: labels.subarray(testStart),
    weights: weights.subarray(testStart),
    times: times.subarray(testStart),
    amounts: amounts?.subarray(testStart) ?? null,
    ...{ threshold: operatingPoint.threshold, wish: input.wish },
    prior: shareOfAnomalies(labels, weights, validationStart),
    bestFeature: bestSingleFeature(input),
    seed,
  })
  const artifact: Artifact = {
    format: 1,
    codeVersion: input.codeVersion,
    schema: input.schema,
    features: input.features,
    ...(input.derived ? { derived: input.derived } : {}),
    ...body,
    hyperparameters,
    calibration: ownCalibration,
    operatingPoint,
    evaluation,
    sketches: sketchFeatures({ ...input, rows: validationStart }),
    baseline: usualShares({ ...input, body, testScores }),
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
  return { artifact, calibration }
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

type LearnedOrChosen = Learned & {
  readonly choice?: Choice
  /** That of the body's margins; the margins of the validation period are the first model's. */
  readonly scale?: Scale
  readonly served?: { readonly body: ModelBody; readonly scale: Scale }
}

async function learn(input: TrainInput, hooks: TrainHooks): Promise<LearnedOrChosen> {
  const { again, ...first } = await learnFirst(input, hooks)
  const { labels, split, options } = input
  const { refit = 'none' } = options
  if (refit === 'none') return first
  const before = await again(until(input, split.testStart), hooks)
  const margins = first.margins.slice()
  margins.set(before.margins, split.testStart - split.validationStart)
  const scaleOf = ({ body }: Learned) =>
    body.algorithm === 'randomCutForest' ? sameScale : scaleBetween(first.body, body, input, split.validationStart)
  const scale = scaleOf(before)
  const learned = {
    ...first,
    body: before.body,
    scale,
    margins,
    range: both(first.range, rangeOn(scale, before.range)),
  }
  if (refit === 'beforeTest') return learned
  const last = await again(until(input, labels.length), hooks)
  const served = { body: last.body, scale: scaleOf(last) }
  return { ...learned, range: both(learned.range, rangeOn(served.scale, last.range)), served }
}

// The same history with training rows up to `end`, and none that stop or calibrate.
function until(input: TrainInput, end: number): TrainInput {
  return { ...input, split: { validationStart: end, testStart: end } }
}

function both(one: Learned['range'], other: Learned['range']): [number, number] {
  return [Math.min(one[0], other[0]), Math.max(one[1], other[1])]
}

async function learnFirst(input: TrainInput, hooks: TrainHooks): Promise<First & { readonly choice?: Choice }> {
  const { labels, weights, split, options } = input
  if (options.algorithm !== 'auto') return learners[options.algorithm](input, hooks)
  const learned: First[] = []
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

type Learner = (input: TrainInput, hooks: TrainHooks) => Promise<Learned>
/** `again` learns the same way from other training rows. */
type First = Learned & { readonly again: Learner }

const linear: Learner = (input, hooks) => learnLinear({ ...input, onRound: reporter('solve', 'linear', hooks) })
const forest: Learner = (input, hooks) =>
  learnForest({ ...input, onRound: reporter('insert', 'randomCutForest', hooks) })

const learners: Readonly<Record<Algorithm, (input: TrainInput, hooks: TrainHooks) => Promise<First>>> = {
  linear: async (input, hooks) => ({ ...(await linear(input, hooks)), again: linear }),
  randomCutForest: async (input, hooks) => ({ ...(await forest(input, hooks)), again: forest }),
  async boostedTrees(input, hooks) {
    const { rounds, ...grown } = await growBags(input, hooks)
    return { ...learnedTrees(grown), again: async (other) => learnedTrees(await regrowBags(other, rounds, hooks)) }
  },
}

function learnedTrees({ trees, margins }: Grown): Learned {
  const body: ModelBody = { algorithm: 'boostedTrees', trees }
  return { body, margins, range: rangeOf(trees), rounds: trees.roots.length - 1 }
}

function reporter(phase: 'solve' | 'insert', algorithm: Algorithm, hooks: TrainHooks) {
  return async (trees: number, maxTrees: number) => {
    progress(hooks, { phase, algorithm, trees, maxTrees, averagePrecision: null })
    await new Promise((resolve) => setImmediate(resolve))
  }
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
