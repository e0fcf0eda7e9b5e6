// Columns of numbers or categories in, bins of one byte and the edges between them out.

import { binPlaces, missingBin } from './layout.ts'
import { sortFloats } from './sort.ts'

/** How a feature's values became bins. */
export type Bins =
  /** Bin k holds the values above edge k − 1, up to and including edge k. */
  | { readonly kind: 'number'; readonly edges: Float32Array }
  /** Bin k holds these dictionary places; the last bin holds all places too rare for one of their own. */
  | { readonly kind: 'category'; readonly places: readonly (readonly number[])[] }

const edgeSample = 30_000
const anomaliesOfBin = 4
const largestFloat = 3.4028234663852886e38

/**
 * The rows whose values edges are made from: an even share of the normal ones, and every anomaly, so many times over that four fill a
 * bin, yet all of them weigh no more than the others. Anomalies lie in the tails, where bins of equally many rows would not tell them
 * from their neighbours; finer than that, edges would follow single ones.
 */
export function edgeRows(labels: Uint8Array): Uint32Array {
  const step = Math.max(1, Math.floor(labels.length / edgeSample))
  const anomalies = labels.reduce((sum, label) => sum + label, 0)
  const sampled = labels.length / step
  const times = Math.max(1, Math.floor(Math.min(sampled / anomalies, sampled / (anomaliesOfBin * binPlaces))))
  const rows: number[] = []
  for (let row = 0, next = 0; row < labels.length; row++) {
    const isNext = row === next
    if (isNext) next += step
    if (labels[row] === 1) for (let time = 0; time < times; time++) rows.push(row)
    else if (isNext) rows.push(row)
  }
  return Uint32Array.from(rows)
}

/**
 * Edges of at most `maxBins` bins with about equally many of the given rows (`edgeRows`): anomalies are few, and their values are
 * where edges matter. Each edge lies between two values that occur.
 */
export function edgesOf(values: Float32Array, rows: Uint32Array, maxBins: number): Float32Array {
  const sorted = sortFloats(known(values, rows))
  const edges: number[] = []
  let inBin = 0
  let left = sorted.length
  for (let i = 0; i + 1 < sorted.length && edges.length < maxBins - 1; i++) {
    inBin++
    if (sorted[i] === sorted[i + 1] || inBin * (maxBins - edges.length) < left) continue
    edges.push(between(sorted[i]!, sorted[i + 1]!))
    left -= inBin
    inBin = 0
  }
  return Float32Array.from(distinctFit(sorted, maxBins) ?? edges)
}

// With few distinct values, every one gets its own bin.
function distinctFit(sorted: Float32Array, maxBins: number): number[] | null {
  const edges: number[] = []
  for (let i = 0; i + 1 < sorted.length; i++) {
    if (sorted[i] === sorted[i + 1]) continue
    edges.push(between(sorted[i]!, sorted[i + 1]!))
    if (edges.length >= maxBins) return null
  }
  return edges
}

function known(values: Float32Array, rows: Uint32Array): Float32Array {
  const kept = new Float32Array(rows.length)
  let count = 0
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i]!]!
    if (!Number.isNaN(value)) kept[count++] = value
  }
  return kept.subarray(0, count)
}

// A float32 e with a ≤ e < b: what is at most a goes left of it, what is at least b goes right.
function between(a: number, b: number): number {
  const middle = Math.fround(a + (b - a) / 2)
  return middle < b ? middle : a
}

/** The bins of a category: one for each of the most frequent places, then one for all others. */
export function categoryBins(values: Float32Array, rows: number, dictionary: number, maxBins: number): Bins {
  const counts = new Float64Array(dictionary)
  for (let row = 0; row < rows; row++) if (!Number.isNaN(values[row]!)) counts[values[row]!]!++
  const places = Array.from({ length: dictionary }, (_, place) => place)
  if (dictionary <= maxBins) return { kind: 'category', places: places.map((place) => [place]) }
  const byCount = places.sort((a, b) => counts[b]! - counts[a]! || a - b)
  const own = byCount.slice(0, maxBins - 1).map((place) => [place])
  return { kind: 'category', places: [...own, byCount.slice(maxBins - 1)] }
}

/** Writes the bin of each value. */
export function binCategory(values: Float32Array, places: readonly (readonly number[])[], column: Uint8Array): void {
  const binOf = new Map(places.flatMap((held, bin) => held.map((place) => [place, bin] as const)))
  for (let row = 0; row < values.length; row++) column[row] = binOf.get(values[row]!) ?? missingBin
}

/** What the model compares with, for "bins up to and including `bin` go left". */
export function thresholdOf(edges: Float32Array, bin: number): number {
  return edges[bin] ?? largestFloat
}
