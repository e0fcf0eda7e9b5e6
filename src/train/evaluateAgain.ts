// A model and a later history in, the evaluation of its rows out: as in training, with other rows.

import { type Evaluation, loadModel } from '../model/model.ts'
import { bestSingleFeature } from './baseline.ts'
import { evaluate } from './evaluate.ts'
import { type RowsInput, testRows } from './facts/testRows.ts'

export type AgainInput = Omit<RowsInput, 'split'> & {
  /** First row that is evaluated; those before it choose the best single feature, or all where there are none. */
  readonly from: number
}

/** The threshold is that of the model's operating point. Throws TypeError where the rows lack anomalies or normal rows. */
export function evaluateAgain({ artifact, from, ...input }: AgainInput): Evaluation {
  const { labels } = input
  const anomalies = labels.subarray(from).reduce((sum, label) => sum + label, 0)
  if (anomalies === 0 || anomalies === labels.length - from)
    throw new TypeError(`evaluateAgain: ${anomalies} anomalies in ${labels.length - from} rows`)
  const { operatingPoint, features, training } = artifact
  const chosenOn = labels.subarray(0, from).includes(1) ? from : labels.length
  const test = testRows({ ...input, split: { validationStart: chosenOn, testStart: from } }, loadModel(artifact))
  return evaluate({
    ...test,
    ...{ threshold: operatingPoint.threshold, wish: operatingPoint.chosenBy, seed: training.seed },
    prior: training.anomalies / training.rows,
    bestFeature: bestSingleFeature({ ...input, features, split: { validationStart: chosenOn, testStart: from } }),
  })
}
