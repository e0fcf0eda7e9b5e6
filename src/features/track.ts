// Cells of many entities in, each entity's cells in order of time out; old ones merged on the grid.

import { Arena } from './arena.ts'
import { type Grid, mergedWidth } from './grid.ts'

export type TrackRules = {
  /** Two cells of one bucket, by their offsets in the page: adds the earlier to the later, or answers false and keeps them apart. */
  merge(page: Float64Array, earlier: number, later: number): boolean
  /** Called when the cells before `first` are about to be forgotten; the last of them is at `forgotten`. */
  forget?(page: Float64Array, forgotten: number, first: number, end: number): void
}

/** Of the cells of one bucket that are kept apart, so many stay: those whose second double is smallest. */
export const mostApart = 64

/**
 * A list of cells for each slot. A cell is `stride` doubles, the first of which is the time of its newest event; times rise (and
 * may be equal where cells are kept apart). When cells are merged changes no answer: whoever reads asks the grid.
 */
export class Track {
  readonly arena: Arena
  readonly #rules: TrackRules
  readonly #grid: Grid
  #addresses = new Float64Array(16)
  #lengths = new Int32Array(16)
  #sizes = new Int8Array(16).fill(-1)
  /** Cells that were given up since their entity had too many. */
  dropped = 0

  constructor(stride: number, grid: Grid, rules: TrackRules) {
    this.arena = new Arena(stride)
    this.#grid = grid
    this.#rules = rules
  }

  get bytes(): number {
    return this.arena.bytes + this.#addresses.length * 13
  }

  reserve(slots: number): void {
    if (slots <= this.#lengths.length) return
    const room = Math.max(slots, Math.ceil(this.#lengths.length * 1.5))
    const [addresses, lengths, sizes] = [this.#addresses, this.#lengths, this.#sizes]
    this.#addresses = new Float64Array(room)
    this.#addresses.set(addresses)
    this.#lengths = new Int32Array(room)
    this.#lengths.set(lengths)
    this.#sizes = new Int8Array(room).fill(-1)
    this.#sizes.set(sizes)
  }

  length(slot: number): number {
    return this.#lengths[slot]!
  }

  /** The page that holds the slot's cells; only where there are any. */
  page(slot: number): Float64Array {
    return this.arena.pageOf(this.#addresses[slot]!)
  }

  /** Where the slot's first cell begins in its page. */
  offset(slot: number): number {
    return this.arena.offsetOf(this.#addresses[slot]!)
  }

  /** An empty slot becomes one of `length` cells, for the caller to fill; tells where the first begins. */
  place(slot: number, length: number): number {
    this.#move(slot, Math.ceil(Math.log2(length)))
    this.#lengths[slot] = length
    return this.offset(slot)
  }

  clear(slot: number): void {
    if (this.#sizes[slot]! >= 0) this.arena.release(this.#addresses[slot]!, this.#sizes[slot]!)
    this.#sizes[slot] = -1
    this.#lengths[slot] = 0
  }

  /** Makes room for a cell of `time`, after those of the same time, and tells its offset in `page(slot)`. `seenFrom` and `start` as of `compact`. */
  insert(slot: number, time: number, seenFrom: number, start: number): number {
    this.#makeRoom(slot, seenFrom, start)
    const { stride } = this.arena
    const page = this.page(slot)
    const first = this.offset(slot)
    const end = first + this.#lengths[slot]! * stride
    let at = end
    while (at > first && page[at - stride]! > time) at -= stride
    if (at < end) page.copyWithin(at + stride, at, end)
    this.#lengths[slot]!++
    page[at] = time
    return at
  }

  #makeRoom(slot: number, seenFrom: number, start: number): void {
    const size = this.#sizes[slot]!
    const room = size < 0 ? 0 : 2 ** size
    if (this.#lengths[slot]! < room) return
    if (room > 0) this.compact(slot, seenFrom, start)
    // A quarter free at least, or grown: the cost of merging is spread over as many events.
    if (this.#lengths[slot]! * 4 > room * 3 || room === 0) {
      if (room < this.arena.mostCells) this.#move(slot, size + 1)
      else if (this.#lengths[slot] === room) this.#dropOldest(slot)
    }
  }

  #dropOldest(slot: number): void {
    this.#forget(slot, 1)
    this.dropped++
  }

  #forget(slot: number, cells: number): void {
    if (cells === 0) return
    const { stride } = this.arena
    const page = this.page(slot)
    const first = this.offset(slot)
    const end = first + this.#lengths[slot]! * stride
    const kept = first + cells * stride
    this.#rules.forget?.(page, kept - stride, kept, end)
    page.copyWithin(first, kept, end)
    this.#lengths[slot]! -= cells
  }

  #move(slot: number, size: number): void {
    const address = this.arena.allocate(size)
    const [oldAddress, oldSize] = [this.#addresses[slot]!, this.#sizes[slot]!]
    if (oldSize >= 0) {
      const from = this.arena.offsetOf(oldAddress)
      const cells = this.arena.pageOf(oldAddress).subarray(from, from + this.#lengths[slot]! * this.arena.stride)
      this.arena.pageOf(address).set(cells, this.arena.offsetOf(address))
      this.arena.release(oldAddress, oldSize)
    }
    this.#addresses[slot] = address
    this.#sizes[slot] = size
  }

  /** Merges all that is merged seen from `seenFrom`, and forgets what is older than `start`. */
  compact(slot: number, seenFrom: number, start: number): void {
    const { stride } = this.arena
    const length = this.#lengths[slot]!
    if (length === 0) return
    const page = this.page(slot)
    const first = this.offset(slot)
    let old = 0
    while (old < length && page[first + old * stride]! < start) old++
    this.#forget(slot, old)
    const end = first + this.#lengths[slot]! * stride
    let kept = first
    let bucketEnd = Number.NEGATIVE_INFINITY
    let bucketFirst = first
    for (let at = first; at < end; at += stride) {
      const time = page[at]!
      if (time >= bucketEnd) {
        const width = mergedWidth(time, seenFrom, this.#grid)
        bucketEnd = (Math.floor(time / width) + 1) * width
        bucketFirst = kept
      }
      if (kept < at) copyCell(page, kept, at, stride)
      kept = this.#settle(page, bucketFirst, kept)
    }
    this.#lengths[slot] = (kept - first) / stride
  }

  // The cell at `at` has come to a bucket whose cells begin at `bucketFirst`; tells where the next cell goes.
  #settle(page: Float64Array, bucketFirst: number, at: number): number {
    const { stride } = this.arena
    for (let earlier = bucketFirst; earlier < at; earlier += stride)
      if (this.#rules.merge(page, earlier, at)) {
        page.copyWithin(earlier, earlier + stride, at + stride)
        return at
      }
    if ((at - bucketFirst) / stride < mostApart) return at + stride
    let largest = at
    for (let other = bucketFirst; other < at; other += stride)
      if (page[other + 1]! > page[largest + 1]!) largest = other
    page.copyWithin(largest, largest + stride, at + stride)
    return at
  }
}

function copyCell(page: Float64Array, to: number, from: number, stride: number): void {
  for (let field = 0; field < stride; field++) page[to + field] = page[from + field]!
}
