// What a memory must know in, the layout of its cells and how they are written and merged out.
//
// A cell: the time of its newest event; then running totals, of all cells up to and with this one, so that a window is the
// difference of two cells; then what cannot be added up, of this cell alone. Merging two cells keeps the later one's totals.

import type { MemorySpec } from '../model/model.ts'

/** What one event brings: its values in steps (NaN: missing), hashes of what is counted as distinct (−1: missing), its label. */
export type Deed = {
  time: number
  readonly values: Float64Array
  readonly hashes: Float64Array
  anomaly: 0 | 1
}

/** Offsets within a cell; −1 where the field is not kept. */
type ValueFields = {
  /** Running totals: events that have the value, and its sum. */
  readonly count: number
  readonly total: number
  /** Running totals, two words of the sum of squares: high × 2^32 + low. */
  readonly squares: number
  readonly max: number
  readonly min: number
  /** Of the newest event that has the value; of two of one instant, the larger. */
  readonly last: number
}

/** Stands in max, min and last for none: further out than any value. */
export const none = { max: -(2 ** 40), min: 2 ** 40, last: -(2 ** 40) } as const

export type Layout = ReturnType<typeof cellLayout>

export function cellLayout(spec: MemorySpec) {
  let next = 1
  const field = (width = 1) => {
    next += width
    return next - width
  }
  const count = field()
  const anomalies = spec.labels ? field() : -1
  const totals = spec.values.map(({ keeps }) => ({
    ...{ count: field(), total: field(), squares: keeps.includes('squares') ? field(2) : -1 },
  }))
  const firstOwn = next
  const values = spec.values.map(({ keeps }, place): ValueFields => {
    const own = (name: 'max' | 'min' | 'last') => (keeps.includes(name) ? field() : -1)
    return { ...totals[place]!, max: own('max'), min: own('min'), last: own('last') }
  })
  return { stride: next, count, anomalies, values, firstOwn }
}

/** What one event adds to the running totals and what it is by itself, written like a cell. */
export function writeDeed({ count, anomalies, values }: Layout, cell: Float64Array, deed: Deed): void {
  cell[0] = deed.time
  cell[count] = 1
  if (anomalies >= 0) cell[anomalies] = deed.anomaly
  for (let place = 0; place < values.length; place++) writeValue(cell, values[place]!, deed.values[place]!)
}

function writeValue(cell: Float64Array, fields: ValueFields, value: number): void {
  const isThere = !Number.isNaN(value)
  cell[fields.count] = isThere ? 1 : 0
  cell[fields.total] = isThere ? value : 0
  if (fields.max >= 0) cell[fields.max] = isThere ? value : none.max
  if (fields.min >= 0) cell[fields.min] = isThere ? value : none.min
  if (fields.last >= 0) cell[fields.last] = isThere ? value : none.last
  if (fields.squares >= 0) writeSquare(cell, fields.squares, isThere ? Math.abs(value) : 0)
}

// Up to 2^32, squared exactly: (a·2^16 + b)² in two words of 32 bits, the lower with room for a carry.
function writeSquare(cell: Float64Array, at: number, steps: number): void {
  const high = Math.floor(steps / 65536)
  const low = steps - high * 65536
  const middle = 2 * high * low
  cell[at] = high * high + Math.floor(middle / 65536)
  cell[at + 1] = low * low + (middle % 65536) * 65536
}

/** A cell takes in what an earlier one was by itself, or (`isSameInstant`) one of its own instant. */
export function mergeOwn(
  { values }: Layout,
  page: Float64Array,
  later: number,
  from: Float64Array,
  earlier: number,
  isSameInstant = false,
): void {
  for (const { max, min, last } of values) {
    if (max >= 0) page[later + max] = Math.max(page[later + max]!, from[earlier + max]!)
    if (min >= 0) page[later + min] = Math.min(page[later + min]!, from[earlier + min]!)
    if (last >= 0 && (isSameInstant || page[later + last] === none.last))
      page[later + last] = Math.max(page[later + last]!, from[earlier + last]!)
  }
}
