// Columns of the training period in, a sketch of each feature out: what is usual, for reasons now and for drift later.

import type { FeatureSketch, FeatureSpec } from '../model/model.ts'

type Input = {
  readonly features: readonly FeatureSpec[]
  readonly columns: readonly Float32Array[]
  readonly labels: Uint8Array
  readonly weights: Float64Array
  readonly rows: number
}

const shares = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]
const sampledRows = 10_000
const mostCategories = 50

/** Of the normal rows. Quantiles come from at most 10,000 of them, drawn evenly by weight; the extremes are exact. */
export function sketchFeatures(input: Input): FeatureSketch[] {
  const rows = evenByWeight(input)
  return input.features.map((feature, place) =>
    feature.kind === 'number'
      ? numberSketch(feature.name, place, rows, input)
      : categorySketch(feature.name, feature.dictionary, place, input),
  )
}

// Systematic sampling: rows at equal steps of the running weight stand for the weighted whole.
function evenByWeight({ labels, weights, rows }: Input): number[] {
  let total = 0
  for (let row = 0; row < rows; row++) if (labels[row] === 0) total += weights[row]!
  const count = Math.min(sampledRows, rows)
  const chosen: number[] = []
  let sum = 0
  for (let row = 0; row < rows; row++) {
    if (labels[row] !== 0) continue
    sum += weights[row]!
    while (chosen.length < count && sum > ((chosen.length + 0.5) / count) * total) chosen.push(row)
  }
  return chosen
}

function numberSketch(name: string, place: number, sampled: readonly number[], input: Input): FeatureSketch {
  const column = input.columns[place]!
  const { low, high, missing, all } = extremes(column, input)
  const sample = new Float32Array(sampled.length)
  let held = 0
  for (const row of sampled) if (!Number.isNaN(column[row]!)) sample[held++] = column[row]!
  const sorted = sample.subarray(0, held).sort()
  const inner = shares.slice(1, -1).map((share) => sorted[Math.floor(share * (held - 1))]!)
  return { name, kind: 'number', missing: missing / all, quantiles: held === 0 ? [] : [low, ...inner, high] }
}

function extremes(column: Float32Array, { labels, weights, rows }: Input) {
  let [low, high, missing, all] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  for (let row = 0; row < rows; row++) {
    if (labels[row] === 1) continue
    const value = column[row]!
    all += weights[row]!
    if (value < low) low = value
    if (value > high) high = value
    if (Number.isNaN(value)) missing += weights[row]!
  }
  return { low, high, missing, all }
}

function categorySketch(
  name: string,
  dictionary: readonly string[],
  place: number,
  { columns, labels, weights, rows }: Input,
): FeatureSketch {
  const counts = new Float64Array(dictionary.length)
  let [missing, all] = [0, 0]
  for (let row = 0; row < rows; row++) {
    if (labels[row] !== 0) continue
    all += weights[row]!
    const value = columns[place]![row]!
    if (Number.isNaN(value)) missing += weights[row]!
    else counts[value]! += weights[row]!
  }
  const byCount = dictionary.map((text, i) => [text, counts[i]! / all] as const).filter(([, share]) => share > 0)
  byCount.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return { name, kind: 'category', missing: missing / all, shares: byCount.slice(0, mostCategories) }
}
