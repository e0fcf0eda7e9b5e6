// Events of entities in, what each entity did in the windows before an instant out: the past of one declaration, in whole numbers.
//
// Everything that is kept is whole: counts, and values in steps of 1/scale. So sums are exact, and the order in which events
// come changes none of them. What a window holds is a function of the events that are known and of the instant alone
// (grid.ts): not of when cells were merged, nor of a restart in between.

import type { MemorySpec } from '../model/model.ts'
import { Reader, Writer } from './bytes.ts'
import { Distinct } from './distinct.ts'
import { mergedWidth, windowStart } from './grid.ts'
import { cellLayout, type Deed, type Layout, mergeOwn, none, writeDeed } from './layout.ts'
import { Track } from './track.ts'
import { medianOf } from './usual.ts'

/** A label of an event of the entity, which counts from `knownAt` on. */
export type Answer = { readonly knownAt: number; readonly time: number; readonly change: 1 | -1 }

/** How many of an entity's last moments say what is usual. */
const usualMoments = 64

/** Entities are numbered slots, from 0. */
export class Memory {
  readonly spec: MemorySpec
  readonly layout: Layout
  /** Of the last `read`: what each window holds, laid out like a cell, window after window in the order of `spec.ages`. */
  readonly sums: Float64Array
  /** Of the last `read`: how many different values, one row of windows for each distinct column. */
  readonly distinct: Float64Array
  /** Of the last `read`: time of the newest event before it; NaN where the longest window has none. */
  lastTime = Number.NaN
  /** Of the last `read`: time of the oldest event in each window, to the precision of the grid. */
  readonly firstTimes: Float64Array
  /** Events that came too late to be remembered. */
  late = 0

  readonly #cells: Track
  readonly #distinct: readonly Distinct[]
  readonly #starts: Float64Array
  readonly #deed: Float64Array
  /** By value: what was usual, and in which `read` it was asked for. */
  readonly #usual: readonly Float64Array[]
  readonly #usualOf: Float64Array
  #reads = 0
  readonly #answers = new Map<number, Answer[]>()
  readonly #writer = new Writer()
  #newest = new Float64Array(16).fill(Number.NEGATIVE_INFINITY)

  constructor(spec: MemorySpec) {
    this.spec = spec
    this.layout = cellLayout(spec)
    const { stride, firstOwn } = this.layout
    const windows = spec.ages.length
    this.#cells = new Track(stride, spec, {
      merge: (page, earlier, later) => {
        mergeOwn(this.layout, page, later, page, earlier)
        return true
      },
      forget: (page, forgotten, first, end) => {
        for (let at = first; at < end; at += stride)
          for (let field = 1; field < firstOwn; field++) page[at + field]! -= page[forgotten + field]!
      },
    })
    this.#distinct = spec.distinct.map(() => new Distinct(spec))
    this.sums = new Float64Array(windows * stride)
    this.distinct = new Float64Array(windows * spec.distinct.length)
    this.firstTimes = new Float64Array(windows)
    this.#starts = new Float64Array(windows)
    this.#deed = new Float64Array(stride)
    this.#usual = spec.values.map(() => new Float64Array(2))
    this.#usualOf = new Float64Array(spec.values.length)
  }

  get bytes(): number {
    return this.#tracks().reduce((sum, track) => sum + track.bytes, 8 * this.#newest.length)
  }

  /** Cells that were given up since an entity had more than fit. */
  get dropped(): number {
    return this.#tracks().reduce((sum, track) => sum + track.dropped, 0)
  }

  #tracks(): Track[] {
    return [this.#cells, ...this.#distinct.map(({ track }) => track)]
  }

  reserve(slots: number): void {
    for (const track of this.#tracks()) track.reserve(slots)
    if (slots <= this.#newest.length) return
    const newest = this.#newest
    this.#newest = new Float64Array(Math.max(slots, Math.ceil(newest.length * 1.5))).fill(Number.NEGATIVE_INFINITY)
    this.#newest.set(newest)
  }

  /** Time of the slot's newest event; −Infinity where it has none. */
  newest(slot: number): number {
    return this.#newest[slot]!
  }

  clear(slot: number): void {
    for (const track of this.#tracks()) track.clear(slot)
    this.#newest[slot] = Number.NEGATIVE_INFINITY
    this.#answers.delete(slot)
  }

  /**
   * Looks back from `time` over what came before it (an event of the same instant did not). `hashes` are those of the event
   * that asks: its own value counts among the distinct ones.
   */
  read(slot: number, time: number, hashes: Float64Array): void {
    // What is older than the allowed lateness may have been merged or not: merged, it is the same everywhere.
    if (time < this.#newest[slot]! - this.spec.latenessMs) this.#compact(slot)
    const { ages } = this.spec
    for (let age = 0; age < ages.length; age++) this.#starts[age] = windowStart(time, ages[age]!, this.spec)
    this.lastTime = Number.NaN
    this.#reads++
    if (this.#cells.length(slot) > 0) this.#readCells(slot, time)
    else this.#readNothing()
    if (this.#answers.size > 0) this.#addAnswers(slot, time)
    for (let place = 0; place < this.#distinct.length; place++)
      this.#distinct[place]!.read(slot, time, this.#starts, hashes[place]!, this.distinct, place * ages.length)
  }

  #readNothing(): void {
    this.firstTimes.fill(Number.NaN)
    this.sums.fill(0)
    if (this.layout.firstOwn < this.layout.stride)
      for (let base = 0; base < this.sums.length; base += this.layout.stride) this.#closeOwn(base)
  }

  #readCells(slot: number, time: number): void {
    const { stride, firstOwn } = this.layout
    const page = this.#cells.page(slot)
    const first = this.#cells.offset(slot)
    const starts = this.#starts
    let newest = first + (this.#cells.length(slot) - 1) * stride
    while (newest >= first && page[newest]! >= time) newest -= stride
    if (newest < first) {
      this.#readNothing()
      return
    }
    if (page[newest]! >= starts.at(-1)!) this.lastTime = page[newest]!
    // The last cell before each window; windows are ever longer.
    let before = newest
    for (let window = 0; window < starts.length; window++) {
      const previous = before
      before = lastBefore(page, first, before, stride, starts[window]!)
      const base = window * stride
      for (let field = 1; field < firstOwn; field++)
        this.sums[base + field] = page[newest + field]! - (before < first ? 0 : page[before + field]!)
      if (firstOwn < stride) this.#ownOf(window, page, before, previous)
      this.firstTimes[window] = before === newest ? Number.NaN : this.#bucketTime(page, before + stride, newest, time)
    }
  }

  // Extremes of a window: those of the next shorter one, and of the cells between `before` and `previous`, where that ended.
  #ownOf(window: number, page: Float64Array, before: number, previous: number): void {
    const { stride, firstOwn } = this.layout
    const base = window * stride
    if (window === 0) this.#closeOwn(base)
    else for (let field = firstOwn; field < stride; field++) this.sums[base + field] = this.sums[base - stride + field]!
    for (let at = previous; at > before; at -= stride) mergeOwn(this.layout, this.sums, base, page, at)
  }

  #closeOwn(base: number): void {
    for (const fields of this.layout.values)
      for (const name of ['max', 'min', 'last'] as const)
        if (fields[name] >= 0) this.sums[base + fields[name]] = none[name]
  }

  // The newest time in the bucket of the cell at `at`, which is the same whether the bucket's cells have been merged or not.
  #bucketTime(page: Float64Array, at: number, newest: number, seenFrom: number): number {
    if (!this.spec.keepsFirst) return Number.NaN
    const width = mergedWidth(page[at]!, seenFrom, this.spec)
    const end = (Math.floor(page[at]! / width) + 1) * width
    let last = at
    while (last < newest && page[last + this.layout.stride]! < end) last += this.layout.stride
    return page[last]!
  }

  #addAnswers(slot: number, time: number): void {
    const { stride, anomalies } = this.layout
    for (const answer of this.#answers.get(slot) ?? []) {
      if (answer.knownAt > time || answer.time >= time) continue
      for (let window = 0; window < this.#starts.length; window++)
        if (answer.time >= this.#starts[window]!) this.sums[window * stride + anomalies]! += answer.change
    }
  }

  /**
   * What a value usually is before the instant of the last `read`: the median of the means of the entity's last moments (cells
   * of the grid) in the longest window, at most 64, and their median absolute deviation, in steps. NaN where there is none.
   */
  readUsual(slot: number, time: number, place: number): Float64Array {
    const out = this.#usual[place]!
    if (this.#usualOf[place] === this.#reads) return out
    this.#usualOf[place] = this.#reads
    const count = this.#moments(slot, time, place)
    const median = medianOf(moments, count)
    for (let i = 0; i < count; i++) moments[i] = Math.abs(moments[i]! - median)
    out[0] = median
    out[1] = medianOf(moments, count)
    return out
  }

  #moments(slot: number, time: number, place: number): number {
    const length = this.#cells.length(slot)
    if (length === 0) return 0
    const { stride, values } = this.layout
    const { count, total } = values[place]!
    const page = this.#cells.page(slot)
    const first = this.#cells.offset(slot)
    const start = this.#starts.at(-1)!
    let found = 0
    let at = first + (length - 1) * stride
    while (at >= first && page[at]! >= time) at -= stride
    while (at >= first && page[at]! >= start && found < usualMoments) {
      const width = mergedWidth(page[at]!, time, this.spec)
      const before = lastBefore(page, first, at, stride, Math.max(start, Math.floor(page[at]! / width) * width))
      const events = page[at + count]! - (before < first ? 0 : page[before + count]!)
      const sum = page[at + total]! - (before < first ? 0 : page[before + total]!)
      if (events > 0) moments[found++] = sum / events
      at = before
    }
    return found
  }

  /** Remembers an event; one that is older than the entity's newest by more than the allowed lateness is only counted. */
  learn(slot: number, deed: Deed): void {
    const { time } = deed
    const newest = Math.max(this.#newest[slot]!, time)
    const seenFrom = newest - this.spec.latenessMs
    if (time < seenFrom) {
      this.late++
      return
    }
    this.#newest[slot] = newest
    const start = this.#horizon(seenFrom)
    writeDeed(this.layout, this.#deed, deed)
    this.#addCell(slot, time, seenFrom, start)
    for (let place = 0; place < this.#distinct.length; place++)
      this.#distinct[place]!.learn(slot, time, deed.hashes[place]!, seenFrom, start)
  }

  #horizon(seenFrom: number): number {
    return windowStart(seenFrom, this.spec.ages.at(-1)!, this.spec)
  }

  #addCell(slot: number, time: number, seenFrom: number, start: number): void {
    const { stride, firstOwn } = this.layout
    const deed = this.#deed
    let at = this.#cellAt(slot, time)
    if (at >= 0) mergeOwn(this.layout, this.#cells.page(slot), at, deed, 0, true)
    else {
      at = this.#cells.insert(slot, time, seenFrom, start)
      const page = this.#cells.page(slot)
      const isFirst = at === this.#cells.offset(slot)
      for (let field = 1; field < firstOwn; field++) page[at + field] = isFirst ? 0 : page[at - stride + field]!
      for (let field = firstOwn; field < stride; field++) page[at + field] = deed[field]!
    }
    this.#addFrom(slot, at)
  }

  // The running totals of this cell and of all later ones.
  #addFrom(slot: number, from: number): void {
    const { stride, firstOwn } = this.layout
    const page = this.#cells.page(slot)
    const end = this.#cells.offset(slot) + this.#cells.length(slot) * stride
    for (let at = from; at < end; at += stride)
      for (let field = 1; field < firstOwn; field++) page[at + field]! += this.#deed[field]!
  }

  // The cell of this very instant; −1 where there is none.
  #cellAt(slot: number, time: number): number {
    const length = this.#cells.length(slot)
    if (length === 0) return -1
    const { stride } = this.layout
    const page = this.#cells.page(slot)
    const first = this.#cells.offset(slot)
    let at = first + (length - 1) * stride
    while (at > first && page[at]! > time) at -= stride
    return page[at] === time ? at : -1
  }

  /** Remembers a label of an event of `time` that becomes known at `knownAt`; false where that event is not remembered. */
  answer(slot: number, answer: Answer): boolean {
    if (this.#bucketOf(slot, answer.time) < 0) return false
    const answers = this.#answers.get(slot)
    if (answers) answers.push(answer)
    else this.#answers.set(slot, [answer])
    return true
  }

  // The first cell at or after this instant, if it lies in the same bucket; −1 where there was no event in that.
  #bucketOf(slot: number, time: number): number {
    const length = this.#cells.length(slot)
    if (length === 0) return -1
    const { stride } = this.layout
    const page = this.#cells.page(slot)
    const end = this.#cells.offset(slot) + length * stride
    let at = this.#cells.offset(slot)
    while (at < end && page[at]! < time) at += stride
    const width = mergedWidth(time, this.#newest[slot]! - this.spec.latenessMs, this.spec)
    return at < end && Math.floor(page[at]! / width) === Math.floor(time / width) ? at : -1
  }

  #compact(slot: number): void {
    const seenFrom = this.#newest[slot]! - this.spec.latenessMs
    if (seenFrom === Number.NEGATIVE_INFINITY) return
    const start = this.#horizon(seenFrom)
    for (const track of this.#tracks()) track.compact(slot, seenFrom, start)
    const answers = this.#answers.get(slot)?.filter((answer) => !this.#settle(slot, answer, seenFrom, start))
    if (answers?.length) this.#answers.set(slot, answers)
    else this.#answers.delete(slot)
  }

  // An answer that every later look back knows goes to the cell of its event. True where it is done with.
  #settle(slot: number, { knownAt, time, change }: Answer, seenFrom: number, start: number): boolean {
    if (time < start) return true
    if (knownAt > seenFrom || time >= seenFrom) return false
    const { stride, anomalies } = this.layout
    const page = this.#cells.page(slot)
    const end = this.#cells.offset(slot) + this.#cells.length(slot) * stride
    const from = this.#bucketOf(slot, time)
    if (from >= 0) for (let at = from; at < end; at += stride) page[at + anomalies]! += change
    return true
  }

  /** The slot's past as bytes: the same bytes for the same events, in whatever order they came within the allowed lateness. */
  encode(slot: number): Uint8Array {
    const out = this.#writer
    const newest = this.#newest[slot]!
    out.whole(newest === Number.NEGATIVE_INFINITY ? 0 : 1)
    if (newest === Number.NEGATIVE_INFINITY) return out.take()
    this.#compact(slot)
    out.signed(newest)
    encodeTrack(out, this.#cells, slot, newest, this.layout.firstOwn)
    for (const { track } of this.#distinct) encodeTrack(out, track, slot, newest, 1)
    const answers = [...(this.#answers.get(slot) ?? [])]
    answers.sort((a, b) => a.knownAt - b.knownAt || a.time - b.time || a.change - b.change)
    out.whole(answers.length)
    for (const { knownAt, time, change } of answers) {
      out.signed(knownAt)
      out.signed(newest - time)
      out.signed(change)
    }
    return out.take()
  }

  /** Takes the slot's past from what `encode` gave for the same spec. */
  decode(slot: number, bytes: Uint8Array): void {
    this.clear(slot)
    const from = new Reader(bytes)
    if (from.whole() === 0) return
    const newest = from.signed()
    this.#newest[slot] = newest
    decodeTrack(from, this.#cells, slot, newest, this.layout.firstOwn)
    for (const { track } of this.#distinct) decodeTrack(from, track, slot, newest, 1)
    const answers = Array.from({ length: from.whole() }, (): Answer => {
      const knownAt = from.signed()
      const time = newest - from.signed()
      return { knownAt, time, change: from.signed() < 0 ? -1 : 1 }
    })
    if (answers.length > 0) this.#answers.set(slot, answers)
  }
}

const moments = new Float64Array(usualMoments)

/** So many of the bytes that `encode` gives tell `newestIn` what it needs. */
export const headBytes = 9

/** Time of the newest event, from the first bytes of `encode`; −Infinity where there is none. */
export function newestIn(head: Uint8Array): number {
  const from = new Reader(head)
  return from.whole() === 0 ? Number.NEGATIVE_INFINITY : from.signed()
}

/** How far behind an event, at most, lies what it can see or change, ms: nothing is remembered for longer. */
export function reachMs({ ages, latenessMs, grainMs }: MemorySpec): number {
  return ages.at(-1)! + latenessMs + grainMs
}

/** The last of the cells from `first` to `from` (offsets) that is before `time`; `first` − stride where there is none. */
function lastBefore(page: Float64Array, first: number, from: number, stride: number, time: number): number {
  let low = -1
  let high = (from - first) / stride + 1
  // Cells up to `low` are before the time, those from `high` on are not.
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (page[first + middle * stride]! < time) low = middle
    else high = middle
  }
  return first + low * stride
}

// From the oldest cell on: times as steps, running totals as what they grew by, all else as it is.
function encodeTrack(out: Writer, track: Track, slot: number, newest: number, firstOwn: number): void {
  const { stride } = track.arena
  const length = track.length(slot)
  out.whole(length)
  if (length === 0) return
  const page = track.page(slot)
  const first = track.offset(slot)
  out.whole(newest - page[first]!)
  for (let at = first; at < first + length * stride; at += stride) {
    const isFirst = at === first
    if (!isFirst) out.whole(page[at]! - page[at - stride]!)
    for (let field = 1; field < firstOwn; field++)
      out.signed(page[at + field]! - (isFirst ? 0 : page[at - stride + field]!))
    for (let field = firstOwn; field < stride; field++) out.signed(page[at + field]!)
  }
}

function decodeTrack(from: Reader, track: Track, slot: number, newest: number, firstOwn: number): void {
  const { stride } = track.arena
  const length = from.whole()
  if (length === 0) return
  const first = track.place(slot, length)
  const page = track.page(slot)
  page[first] = newest - from.whole()
  for (let at = first; at < first + length * stride; at += stride) {
    const isFirst = at === first
    if (!isFirst) page[at] = page[at - stride]! + from.whole()
    for (let field = 1; field < firstOwn; field++)
      page[at + field] = from.signed() + (isFirst ? 0 : page[at - stride + field]!)
    for (let field = firstOwn; field < stride; field++) page[at + field] = from.signed()
  }
}
