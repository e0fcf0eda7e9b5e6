// The test rows in, few of them that stand for all out: what would take minutes on all rows takes seconds on these.

import type { Random } from '../../core/random.ts'
import { type TestRows, vectorOf } from './testRows.ts'

const mostAnomalies = 1000
const mostNormals = 3000

export type RowSample = {
  readonly rows: number
  readonly width: number
  /** Vectors, one after another. */
  readonly vectors: Float32Array
  readonly labels: Uint8Array
  /** How many events of the period a row stands for. */
  readonly weights: Float64Array
  readonly seed: number
  /** A row drawn by weight. */
  draw(random: Random): number
}

/** Anomalies and normal rows, each evenly drawn over time. */
export function sampleOf({ columns, labels, weights }: TestRows, seed: number): RowSample {
  const drawn = [...evenly(labels, 1, mostAnomalies), ...evenly(labels, 0, mostNormals)]
  const width = columns.length
  const vectors = new Float32Array(drawn.length * width)
  for (const [i, { row }] of drawn.entries()) vectorOf(columns, row, vectors, i * width)
  const sums = new Float64Array(drawn.length)
  const held = Float64Array.from(drawn, ({ row, step }) => weights[row]! * step)
  for (let i = 0, sum = 0; i < sums.length; i++) {
    sum += held[i]!
    sums[i] = sum
  }
  return {
    rows: drawn.length,
    width,
    vectors,
    labels: Uint8Array.from(drawn, ({ row }) => labels[row]!),
    weights: held,
    seed,
    draw: (random) => placeOf(sums, random.uniform() * sums.at(-1)!),
  }
}

function evenly(labels: Uint8Array, label: number, most: number): { row: number; step: number }[] {
  const rows: number[] = []
  for (let row = 0; row < labels.length; row++) if (labels[row] === label) rows.push(row)
  const step = Math.max(1, rows.length / most)
  return Array.from({ length: Math.min(rows.length, most) }, (_, i) => ({ row: rows[Math.floor(i * step)]!, step }))
}

function placeOf(sums: Float64Array, at: number): number {
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! <= at) low = middle + 1
    else high = middle
  }
  return low
}
