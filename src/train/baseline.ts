// Columns in, the best single feature out: what any model must beat.

import type { FeatureSpec } from '../model/model.ts'
import { averagePrecision } from './metrics.ts'

export type BestFeature = {
  readonly name: string
  /** Of the test period; higher is more anomalous. */
  readonly scores: Float64Array
}

type Input = {
  readonly features: readonly FeatureSpec[]
  readonly columns: readonly Float32Array[]
  readonly labels: Uint8Array
  readonly weights: Float64Array
  readonly split: { readonly validationStart: number; readonly testStart: number }
}

const sampledNormals = 5_000

/** Chosen, with its direction, by average precision on all anomalies and an even sample of normal rows of the training period. */
export function bestSingleFeature(input: Input): BestFeature {
  const { features, columns, labels, split } = input
  const rows = sampleRows(labels, split.validationStart)
  const sampled = {
    labels: Uint8Array.from(rows, (row) => labels[row]!),
    weights: Float64Array.from(
      rows,
      (row) => input.weights[row]! * (labels[row] === 1 ? 1 : step(split.validationStart)),
    ),
  }
  let best = { figure: -1, place: 0, score: (_: number): number => 0 }
  for (const [place, feature] of features.entries()) {
    const values = Float32Array.from(rows, (row) => columns[place]![row]!)
    for (const score of directions(feature, values, sampled)) {
      const figure = averagePrecision({ ...sampled, scores: Float64Array.from(values, (value) => score(value)) })
      if (figure > best.figure) best = { figure, place, score }
    }
  }
  const test = columns[best.place]!.subarray(split.testStart)
  return { name: features[best.place]!.name, scores: Float64Array.from(test, (value) => best.score(value)) }
}

function step(rows: number): number {
  return Math.max(1, Math.floor(rows / sampledNormals))
}

function sampleRows(labels: Uint8Array, trainRows: number): number[] {
  const rows: number[] = []
  for (let row = 0; row < trainRows; row++) if (labels[row] === 1 || row % step(trainRows) === 0) rows.push(row)
  return rows
}

// A number counts upwards or downwards, missing last; a category by its share of anomalies in training.
function directions(
  feature: FeatureSpec,
  values: Float32Array,
  { labels, weights }: { labels: Uint8Array; weights: Float64Array },
): ((value: number) => number)[] {
  const last = (value: number, score: number) => (Number.isNaN(value) ? -Number.MAX_VALUE : score)
  if (feature.kind === 'number') return [(value) => last(value, value), (value) => last(value, -value)]
  const all = new Float64Array(feature.dictionary.length)
  const anomalous = new Float64Array(feature.dictionary.length)
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) continue
    all[values[i]!]! += weights[i]!
    if (labels[i] === 1) anomalous[values[i]!]! += weights[i]!
  }
  return [(value) => last(value, anomalous[value]! / Math.max(all[value]!, 1))]
}
