// An instant and a window's length in, the first instant that the window counts out: the grid on which old events are kept together.
//
// Time is cut into buckets of 2^k ms that begin at multiples of their width, so that each holds two of the next smaller. Seen
// from an instant r, a bucket is *merged* once its end lies `precision` of its own widths (and `exactMs`) behind r: what it
// holds is then one cell. Being merged is final (it stays so for every later r), and the halves of a merged bucket are merged.
// A window that would begin inside a merged bucket begins at that bucket's end. So a window covers between 1 − 1/precision and
// all of its length, always the same part of it for the same instant, whatever has been merged by then in memory.

export type Grid = {
  /** Widths of a bucket between its end and the instant that sees it as merged. */
  readonly precision: number
  /** Windows up to this long are exact: younger events are never merged. */
  readonly exactMs: number
}

function isMerged(seenFrom: number, end: number, width: number, { precision, exactMs }: Grid): boolean {
  const age = seenFrom - end
  return age >= precision * width && age >= exactMs
}

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)

// The largest power of two that is at most `value` (normal, positive): its mantissa taken away. Little-endian, as every machine that runs Node.
function powerBelow(value: number): number {
  double[0] = value
  words[0] = 0
  words[1]! &= 0x7ff00000
  return double[0]!
}

/** Width of the largest merged bucket that holds the instant `time`, seen from `seenFrom`; 1 ms where none is merged. */
export function mergedWidth(time: number, seenFrom: number, grid: Grid): number {
  const age = seenFrom - time
  if (age < grid.exactMs || age < 2 * grid.precision) return 1
  // A merged bucket's end is younger than the instants that it holds, so its width is at most age / precision.
  let width = powerBelow(age / grid.precision)
  while (width > 1 && !isMerged(seenFrom, (Math.floor(time / width) + 1) * width, width, grid)) width /= 2
  return width
}

/** The first instant that a window of `lengthMs` counts which ends just before `time`; whole milliseconds. */
export function windowStart(time: number, lengthMs: number, grid: Grid): number {
  const first = time - lengthMs + 1
  const width = mergedWidth(first, time, grid)
  return Math.ceil(first / width) * width
}
