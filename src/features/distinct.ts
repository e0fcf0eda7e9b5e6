// Hashes of the values that entities had in, how many different ones were in each window out.

import type { Grid } from './grid.ts'
import { mostApart, Track } from './track.ts'

/** Exact below 64 different values; above, estimated from the 64 smallest hashes (Bar-Yossef et al. 2002), standard error 13 %. */
export class Distinct {
  /** A cell is a time and a hash. */
  readonly track: Track
  readonly #seen = new Set<number>()

  constructor(grid: Grid) {
    this.track = new Track(2, grid, { merge: (page, earlier, later) => page[earlier + 1] === page[later + 1] })
  }

  learn(slot: number, time: number, hash: number, seenFrom: number, start: number): void {
    if (hash < 0) return
    let at = this.track.insert(slot, time, seenFrom, start)
    const page = this.track.page(slot)
    // Of one instant, the smaller hash comes first, whichever event came first.
    for (; at > this.track.offset(slot) && page[at - 2] === time && page[at - 1]! > hash; at -= 2)
      page[at + 1] = page[at - 1]!
    page[at + 1] = hash
  }

  /** Writes one number for each window (`starts`, falling) to `out`, from `place` on; `own` counts as seen, where it is not −1. */
  read(slot: number, time: number, starts: Float64Array, own: number, out: Float64Array, place: number): void {
    const seen = this.#seen
    seen.clear()
    if (own >= 0) seen.add(own)
    let window = 0
    const first = this.track.length(slot) > 0 ? this.track.offset(slot) : 0
    const page = this.track.length(slot) > 0 ? this.track.page(slot) : undefined
    for (let at = first + (this.track.length(slot) - 1) * 2; page && at >= first; at -= 2) {
      if (page[at]! >= time) continue
      while (window < starts.length && page[at]! < starts[window]!) out[place + window++] = differentIn(seen)
      if (window === starts.length) return
      seen.add(page[at + 1]!)
    }
    while (window < starts.length) out[place + window++] = differentIn(seen)
  }
}

function differentIn(seen: ReadonlySet<number>): number {
  if (seen.size < mostApart) return seen.size
  const smallest = Float64Array.from(seen).sort()[mostApart - 1]!
  return Math.round((mostApart - 1) / ((smallest + 1) / 2 ** 32))
}
