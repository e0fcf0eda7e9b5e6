// A seed and a number of rows in, a labelled matrix like the card data out: the same everywhere, for benchmarks and tests.

import { Random } from '../src/core/random.ts'

export type Matrix = {
  readonly names: readonly string[]
  readonly columns: readonly Float32Array[]
  readonly labels: Uint8Array
  readonly times: Float64Array
}

/**
 * `width` continuous columns in time order. One row in 580 is an anomaly, as in the card data; a third of the columns carry
 * the signal, by shifts, by a wider spread or by how two columns go together, and one anomaly in six looks like any other row.
 */
export function cardLike(rows: number, width: number, seed: number): Matrix {
  const random = new Random(seed)
  const columns = Array.from({ length: width }, () => new Float32Array(rows))
  const labels = new Uint8Array(rows)
  const informative = Math.max(3, Math.floor(width / 3))
  const shift = Array.from({ length: informative }, () => random.normal() * 1.6)
  for (let row = 0; row < rows; row++) {
    const isAnomaly = random.uniform() < 1 / 580
    const shows = isAnomaly && random.below(6) > 0
    labels[row] = isAnomaly ? 1 : 0
    const common = random.normal()
    const wild = random.uniform() < 0.02 ? 3 : 1
    for (let column = 0; column < width; column++) {
      const own = random.normal() * wild
      const value = column % 3 === 0 ? 0.6 * common + 0.8 * own : own
      const moved = shows && column < informative ? value * 1.4 + shift[column]! : value
      columns[column]![row] = column === width - 1 ? Math.exp(moved + 3) : moved
    }
  }
  const times = Float64Array.from({ length: rows }, (_, row) => (row * 172_800_000) / rows)
  return { names: columns.map((_, i) => `x${i}`), columns, labels, times }
}
