// An artifact and the columns of a history in, the rows that evaluate, scored, out.

import type { Artifact, Model } from '../../model/model.ts'
import { ofRows } from '../batches.ts'

export type RowsInput = {
  readonly artifact: Artifact
  /** One array a feature, with a value for every row of the history, as in training. */
  readonly columns: readonly Float32Array[]
  readonly labels: Uint8Array
  readonly weights: Float64Array
  readonly times: Float64Array
  readonly amounts: Float64Array | null
  readonly split: { readonly validationStart: number; readonly testStart: number }
}

export type TestRows = {
  /** One array a feature; every array begins with the first row of the test period. */
  readonly columns: readonly Float32Array[]
  readonly scores: Float64Array
  readonly labels: Uint8Array
  readonly weights: Float64Array
  readonly times: Float64Array
  readonly amounts: Float64Array | null
}

export function testRows(input: Omit<RowsInput, 'artifact'>, model: Model): TestRows {
  const { testStart } = input.split
  const columns = input.columns.map((column) => column.subarray(testStart))
  return {
    columns,
    scores: ofRows(columns, 0, model.scoreMany),
    labels: input.labels.subarray(testStart),
    weights: input.weights.subarray(testStart),
    times: input.times.subarray(testStart),
    amounts: input.amounts?.subarray(testStart) ?? null,
  }
}

/** A row of columns as a vector, into `out`. */
export function vectorOf(columns: readonly Float32Array[], row: number, out: Float32Array, offset = 0): void {
  for (let feature = 0; feature < columns.length; feature++) out[offset + feature] = columns[feature]![row]!
}
