// Rows that trained and scores of the test period in, what drift is held against out: bins with their shares, and what each feature weighs.

import { type Bins, binOf, binsOf } from '../core/binning.ts'
import { type Baseline, type BinShares, type FeatureSpec, loadBody, type ModelBody } from '../model/model.ts'

type Input = {
  readonly body: ModelBody
  readonly features: readonly FeatureSpec[]
  readonly columns: readonly Float32Array[]
  readonly weights: Float64Array
  readonly split: { readonly validationStart: number; readonly testStart: number }
  /** Of the rows from `testStart` on. */
  readonly testScores: Float64Array
}

const sampledRows = 5_000
const explainedRows = 100
const shownCategories = 20
const deciles = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
/** Nearly all scores are near 0, and what alerts is in the last hundredth. */
const scoreQuantiles = [0.5, 0.75, 0.9, 0.95, 0.99]

/**
 * Of all rows, anomalies too, as a stream has them. Features as in the training period; the score as in the test period, for a model
 * scores what it learned from better than anything new. Shares are of at most 5,000 rows, drawn evenly by weight.
 */
export function usualShares(input: Input): Baseline {
  const { features, columns, weights, split, testScores } = input
  const rows = evenByWeight(weights.subarray(0, split.validationStart), sampledRows)
  const testRows = evenByWeight(weights.subarray(split.testStart), sampledRows)
  const scores = pick(testScores, testRows)
  return {
    rows: rows.length,
    scoreRows: testRows.length,
    score: { ...shares(numberBins(scores, scoreQuantiles), scores) },
    features: features.map((feature, place) => {
      const values = pick(columns[place]!, rows)
      return shares(feature.kind === 'number' ? numberBins(values, deciles) : categoryBins(values), values)
    }),
    importance: importance(input),
  }
}

function pick(values: Float32Array | Float64Array, rows: readonly number[]): Float64Array {
  const picked = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]!]!
  return picked
}

// Systematic sampling: rows at equal steps of the running weight stand for the weighted whole.
function evenByWeight(weights: Float64Array, most: number): number[] {
  let total = 0
  for (let row = 0; row < weights.length; row++) total += weights[row]!
  const count = Math.min(most, weights.length)
  const chosen: number[] = []
  let sum = 0
  for (let row = 0; row < weights.length; row++) {
    sum += weights[row]!
    while (chosen.length < count && sum > ((chosen.length + 0.5) / count) * total) chosen.push(row)
  }
  return chosen
}

// Equal quantiles are one edge; above the highest value nothing lies, so that is none.
function numberBins(values: Float64Array, quantiles: readonly number[]) {
  // What is missing comes last.
  const all = values.toSorted()
  let held = all.length
  while (held > 0 && Number.isNaN(all[held - 1]!)) held--
  const sorted = all.subarray(0, held)
  const highest = sorted.at(-1)
  const edges = quantiles.map((share) => sorted[Math.floor(share * (sorted.length - 1))]!)
  return {
    kind: 'number' as const,
    edges: sorted.length === 0 ? [] : [...new Set(edges)].filter((edge) => edge !== highest),
  }
}

function categoryBins(values: Float64Array): Bins {
  const counts = new Map<number, number>()
  for (const value of values) if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])
  return { kind: 'category', places: byCount.slice(0, shownCategories).map(([place]) => place) }
}

function shares<B extends Bins>(bins: B, values: Float64Array): B & Pick<BinShares, 'shares'> {
  const counts = new Array<number>(binsOf(bins)).fill(0)
  for (const value of values) counts[binOf(bins, value)]!++
  return { ...bins, shares: counts.map((count) => count / Math.max(1, values.length)) }
}

/** How far each feature moved the margin of test rows, on average: what its drift can do to scores. */
function importance({ body, features, columns, weights, split }: Input): number[] {
  const { contributions } = loadBody(body, features)
  const rows = evenByWeight(weights.subarray(split.testStart), explainedRows)
  const sums = new Float64Array(features.length)
  const vector = new Float32Array(features.length)
  for (const row of rows) {
    for (let place = 0; place < features.length; place++) vector[place] = columns[place]![split.testStart + row]!
    const parts = contributions(vector)
    for (let place = 0; place < features.length; place++) sums[place]! += Math.abs(parts[place]!)
  }
  return Array.from(sums, (sum) => sum / Math.max(1, rows.length))
}
