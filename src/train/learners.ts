// A history in, what a learner has learned out, with its margins for the rows after the training period.

import { type FeatureSpec, loadBody, type ModelBody } from '../model/model.ts'
import { ofRows } from './batches.ts'
import { fitForest } from './cuts.ts'
import { fitLinear } from './linear.ts'

/** What a learner has learned, before calibration. */
export type Learned = {
  readonly body: ModelBody
  /** Of the rows after the training period. */
  readonly margins: Float64Array
  /** The least and the greatest margin to be expected; of no rows, the least above the greatest. */
  readonly range: readonly [number, number]
  /** Trees, steps of a solver, or rows that a forest took. */
  readonly rounds: number
}

type Input = {
  readonly features: readonly FeatureSpec[]
  readonly columns: readonly Float32Array[]
  readonly labels: Uint8Array
  readonly weights: Float64Array
  readonly split: { readonly validationStart: number; readonly testStart: number }
  readonly options: Parameters<typeof fitLinear>[0]['options'] & Parameters<typeof fitForest>[0]['options']
  /** May throw to end. */
  onRound(done: number, all: number): Promise<void>
}

export async function learnLinear(input: Input): Promise<Learned> {
  const { features, columns, split, onRound } = input
  let rounds = 0
  const onStep = (step: number, all: number) => {
    rounds = step
    return onRound(step, all)
  }
  const linear = await fitLinear({ ...input, rows: split.validationStart, onStep })
  const body: ModelBody = { algorithm: 'linear', linear }
  const all = marginsOf(body, features, columns, 0)
  // The margins of the test period are for the evaluation alone.
  return {
    body,
    margins: all.subarray(split.validationStart),
    range: extremes(all.subarray(0, split.testStart)),
    rounds,
  }
}

export async function learnForest(input: Input): Promise<Learned> {
  const { features, columns, split, onRound } = input
  const rows = split.validationStart
  const forest = await fitForest({ ...input, rows, onRows: (done) => onRound(done, rows) })
  const body: ModelBody = { algorithm: 'randomCutForest', forest }
  const margins = marginsOf(body, features, columns, rows)
  return { body, margins, range: extremes(margins.subarray(0, split.testStart - rows)), rounds: rows }
}

/** Of the rows from `from` on. */
export function marginsOf(
  body: ModelBody,
  features: readonly FeatureSpec[],
  columns: readonly Float32Array[],
  from: number,
): Float64Array {
  return ofRows(columns, from, loadBody(body, features).margins)
}

// Beyond what history showed, by as much again: the calibration goes on rising there.
function extremes(margins: Float64Array): [number, number] {
  const low = margins.reduce((least, margin) => Math.min(least, margin), Number.POSITIVE_INFINITY)
  const high = margins.reduce((most, margin) => Math.max(most, margin), Number.NEGATIVE_INFINITY)
  const beyond = Math.max(high - low, 1)
  return [low - beyond, high + beyond]
}
