// Columns in, what a model says of each row out: rows are gathered and scored some at a time, which costs a model less than one by one (bench/predict.ts).

const rowsAtOnce = 1024

/** Of the rows from `from` on. `score` gets that many vectors, one after another, and writes a number for each. */
export function ofRows(
  columns: readonly Float32Array[],
  from: number,
  score: (vectors: Float32Array, rows: number, out: Float64Array) => void,
): Float64Array {
  const rows = columns[0]!.length - from
  const out = new Float64Array(rows)
  const vectors = new Float32Array(rowsAtOnce * columns.length)
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - first)
    for (const [place, column] of columns.entries())
      for (let row = 0; row < count; row++) vectors[row * columns.length + place] = column[from + first + row]!
    score(vectors, count, out.subarray(first, first + count))
  }
  return out
}
