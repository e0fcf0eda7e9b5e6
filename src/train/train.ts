// Labelled columns in time order in, an artifact out: bin, boost, calibrate, choose the operating point, evaluate.
//
// Trees learn from the training period only. The validation period stops them, calibrates them and chooses the threshold; they
// are not fitted again with it, since that would void all three. The test period is read once, for the evaluation.

import { type Artifact, type Choice, createCalibrator, type ModelBody } from '../model/model.ts'
import { bestSingleFeature } from './baseline.ts'
import { calibrate } from './calibrate.ts'
import { type Algorithm, algorithms, chooseLearner } from './choose.ts'
import { daysOf, evaluate } from './evaluate.ts'
import { checkInput, checkMonotone, count, progress, type TrainHooks, type TrainInput } from './input.ts'
import { type Learned, learnForest, learnLinear } from './learners.ts'
import { averagePrecision } from './metrics.ts'
import { chooseOperatingPoint, type Wish } from './operatingPoint.ts'
import { sketchFeatures } from './sketch.ts'
import { growBags, rangeOf } from './trees.ts'
import { usualShares } from './usual.ts'

export type { TrainHooks, TrainInput, TrainOptions, TrainProgress } from './input.ts'

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
    baseline: usualShares({ ...input, body, testScores: scores.subarray(testStart - validationStart) }),
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
