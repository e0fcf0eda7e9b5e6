// Two models of one learner, and rows that both have learned from, in; the line that puts the margins of one on the scale of the other out.
//
// A model that learns again from more rows, with other shares of anomalies, is as sure of the same things at other margins. What the
// first one's calibration says of a margin holds for the other at the same place between plainly normal and plainly anomalous.

import { type Artifact, type FeatureSpec, loadBody, type ModelBody } from '../model/model.ts'

/** A margin of the first model is about `shift + slope × margin` of the other. */
export type Scale = { readonly shift: number; readonly slope: number }

export const sameScale: Scale = { shift: 0, slope: 1 }

type Rows = {
  readonly features: readonly FeatureSpec[]
  readonly columns: readonly Float32Array[]
  readonly labels: Uint8Array
  readonly weights: Float64Array
}

const mostOfClass = 10_000
/** Beyond, the classes lie too near to each other to be a scale. */
const steepest = 4

/** By the mean margins of anomalies and of normal rows among the first `rows`, which both models have learned from. */
export function scaleBetween(
  first: ModelBody,
  other: ModelBody,
  { features, columns, ...all }: Rows,
  rows: number,
): Scale {
  const means = [first, other].map((body) => {
    const { margin } = loadBody(body, features)
    const vector = new Float32Array(columns.length)
    return [0, 1].map((label) => {
      let [sum, weight] = [0, 0]
      for (const row of evenly(all.labels, label, rows)) {
        for (const [place, column] of columns.entries()) vector[place] = column[row]!
        sum += all.weights[row]! * margin(vector)
        weight += all.weights[row]!
      }
      return sum / weight
    })
  })
  const [[firstNormal, firstAnomalous], [otherNormal, otherAnomalous]] = means as [[number, number], [number, number]]
  const slope = (firstAnomalous - firstNormal) / (otherAnomalous - otherNormal)
  if (!(slope > 1 / steepest && slope < steepest)) return sameScale
  return { shift: firstNormal - slope * otherNormal, slope }
}

function evenly(labels: Uint8Array, label: number, end: number): number[] {
  const rows: number[] = []
  for (let row = 0; row < end; row++) if (labels[row] === label) rows.push(row)
  const step = Math.max(1, rows.length / mostOfClass)
  return Array.from({ length: Math.min(rows.length, mostOfClass) }, (_, i) => rows[Math.floor(i * step)]!)
}

/** A calibration of the first model as one of the other. */
export function calibrationOn(
  { shift, slope }: Scale,
  { margins, scores }: Artifact['calibration'],
): Artifact['calibration'] {
  return { margins: margins.map((margin) => (margin - shift) / slope), scores }
}

/** A range of the other model's margins as one of the first's. */
export function rangeOn({ shift, slope }: Scale, [low, high]: readonly [number, number]): [number, number] {
  return [shift + slope * low, shift + slope * high]
}
