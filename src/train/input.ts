// What training is given, tells meanwhile and refuses to begin with.

import { TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import type { Derived, FeatureSpec } from '../model/model.ts'
import type { BoostOptions } from './boost.ts'
import type { Algorithm } from './choose.ts'
import type { Wish } from './operatingPoint.ts'
import type { KernelMake } from './team.ts'

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
  /**
   * Of `boostedTrees`, where `bags` is 1 and the validation period has few anomalies: how many models, all but one on redrawn weights,
   * say together after how many trees to stop; 1 where absent.
   */
  readonly stoppingModels?: number
  /** Which rows the model that serves has learned from at last (train.ts); `none` where absent. */
  readonly refit?: Refit
  /** Of `boostedTrees`: share of the training rows that may search for a tree's splits (sample.ts draws them); 1 where absent. */
  readonly subsample?: number
  /** Of `boostedTrees`: features whose rise may only raise, or only lower, the score. */
  readonly monotone?: Readonly<Record<string, Direction>>
  readonly operatingPoint: Wish
}

/** `all`: the whole history. `beforeTest`: training and validation period. `none`: the training period. */
type Refit = 'all' | 'beforeTest' | 'none'

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

/** The directions of a monotone constraint: what happens to the score when the feature rises. */
type Direction = 'increasing' | 'decreasing'

export function progress({ onProgress, signal }: TrainHooks, at: TrainProgress): void {
  signal?.throwIfAborted()
  onProgress?.(at)
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

export function checkMonotone({ features, options: { monotone = {}, algorithm } }: TrainInput): void {
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

export function count(labels: Uint8Array, from: number, to: number): number {
  let total = 0
  for (let row = from; row < to; row++) total += labels[row]!
  return total
}
