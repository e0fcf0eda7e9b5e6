// Columns of the training period in, a random cut forest of them out: labels play no part.

import type { Coordinate, FeatureSpec, ForestData } from '../model/model.ts'
import { createProjection } from '../model/model.ts'
import { createForest } from './forest.ts'

export type CutsInput = {
  readonly features: readonly FeatureSpec[]
  readonly columns: readonly Float32Array[]
  readonly weights: Float64Array
  /** Rows before this one are learned from. */
  readonly rows: number
  readonly options: { readonly seed: number; readonly forestTrees?: number; readonly forestSampleSize?: number }
  onRows(rows: number): Promise<void>
}

const forestDefaults = { forestTrees: 50, forestSampleSize: 256 }
const rowsAtOnce = 4096
const typicalRows = 1000
// A row from the period's beginning is kept e² times less often than one from its end.
const fading = 2

export async function fitForest({ features, columns, weights, rows, options, onRows }: CutsInput): Promise<ForestData> {
  const coordinates = features.map((feature, place) => coordinateOf(feature, columns[place]!, weights, rows))
  const project = createProjection(coordinates)
  const vector = new Float32Array(features.length)
  const point = new Float32Array(features.length)
  const pointOf = (row: number) => {
    for (const [place, column] of columns.entries()) vector[place] = column[row]!
    project(vector, 0, point)
    return point
  }
  let events = 0
  for (let row = 0; row < rows; row++) events += weights[row]!
  const forest = createForest({
    width: features.length,
    trees: options.forestTrees ?? forestDefaults.forestTrees,
    sampleSize: options.forestSampleSize ?? forestDefaults.forestSampleSize,
    seed: options.seed,
    decay: fading / events,
  })
  for (let row = 0; row < rows; row++) {
    forest.update(pointOf(row), weights[row]!)
    if (row % rowsAtOnce === 0) await onRows(row)
  }
  const step = Math.max(1, Math.floor(rows / typicalRows))
  const typical = new Float64Array(features.length)
  let count = 0
  for (let row = 0; row < rows; row += step, count++) {
    const parts = forest.parts(pointOf(row))
    for (let i = 0; i < typical.length; i++) typical[i]! += parts[i]!
  }
  return { coordinates, ...forest.toData(), typical: Array.from(typical, (sum) => sum / count) }
}

function coordinateOf(feature: FeatureSpec, column: Float32Array, weights: Float64Array, rows: number): Coordinate {
  const spread = (value: (x: number) => number) => {
    let [total, sum, squares] = [0, 0, 0]
    for (let row = 0; row < rows; row++) {
      const x = value(column[row]!)
      if (!Number.isFinite(x)) continue
      total += weights[row]!
      sum += weights[row]! * x
    }
    const mean = total > 0 ? sum / total : 0
    for (let row = 0; row < rows; row++) {
      const x = value(column[row]!)
      if (Number.isFinite(x)) squares += weights[row]! * (x - mean) ** 2
    }
    return { mean, scale: total > 0 && squares > 0 ? Math.sqrt(squares / total) : 1 }
  }
  if (feature.kind === 'number') return { kind: 'number', ...spread((x) => x) }
  const rarity = rarityOf(feature.dictionary.length, column, weights, rows)
  const { mean, scale } = spread((x) => rarity[Number.isNaN(x) ? rarity.length - 1 : x]!)
  const values = Array.from(rarity, (held) => (held - mean) / scale)
  return { kind: 'category', values: values.slice(0, -1), missing: values.at(-1)! }
}

// −log of the share of each category, with half an event more than there were; what is missing comes last.
function rarityOf(count: number, column: Float32Array, weights: Float64Array, rows: number): Float64Array {
  const sums = new Float64Array(count + 1).fill(0.5)
  let total = 0
  for (let row = 0; row < rows; row++) {
    sums[Number.isNaN(column[row]!) ? count : column[row]!]! += weights[row]!
    total += weights[row]!
  }
  return sums.map((sum) => -Math.log(sum / total))
}
