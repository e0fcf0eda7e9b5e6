// A plan of faults in, stream and store that keep to it out: calls that take their time, refuse, or end the worker before or after their effect.

import { TocsinError } from '../../src/core/error.ts'
import type { Random } from '../../src/core/random.ts'
import type { Stream } from '../../src/stream/stream.ts'
import type { LoopStore } from './memory-store.ts'

/** The worker dies here, as by `kill -9`: whatever it held in memory is gone. */
export class Crash extends Error {}

/** `before`: the worker dies and the call has had no effect. `after`: it had its effect, and the worker never hears of it. */
export type Fault = 'before' | 'after' | 'full'

/** Numbers every call of every worker, and says what happens to it. */
export class Faults {
  /** Calls so far. */
  calls = 0
  crashes = 0
  readonly #faultOf: (call: number) => Fault | undefined
  readonly #random: Random

  constructor(faultOf: (call: number) => Fault | undefined, random: Random) {
    this.#faultOf = faultOf
    this.#random = random
  }

  async step<T>(work: () => Promise<T>, canRefuse = false): Promise<T> {
    const fault = this.#faultOf(++this.calls)
    await this.#dawdle()
    if (fault === 'before') this.#crash()
    if (fault === 'full' && canRefuse) throw new TocsinError('STORE_FULL', 'the disk is full; nothing was written')
    const result = await work()
    await this.#dawdle()
    if (fault === 'after') this.#crash()
    return result
  }

  // Some turns of the microtask queue, so that two workers interleave in another way with each seed.
  async #dawdle(): Promise<void> {
    for (let turns = this.#random.below(6); turns > 0; turns--) await Promise.resolve()
  }

  #crash(): never {
    this.crashes++
    throw new Crash(`call ${this.calls}`)
  }
}

export function faultyStore(store: LoopStore, faults: Faults): LoopStore {
  return {
    partition: (...given) => faults.step(() => store.partition(...given), true),
    seen: (...given) => faults.step(() => store.seen(...given), true),
    commit: (...given) => faults.step(() => store.commit(...given), true),
    raiseWatermark: (...given) => faults.step(() => store.raiseWatermark(...given), true),
  }
}

/** Batches of uneven size, some of them handed over twice: at least once, as the contract allows. */
export function faultyStream(
  stream: Pick<Stream, 'consume'>,
  faults: Pick<Faults, 'step'>,
  random: Random,
): Pick<Stream, 'consume'> {
  return {
    async *consume(partition, position, { maxRecords, signal }) {
      const options = { maxRecords: 1 + random.below(maxRecords), signal }
      for await (const batch of stream.consume(partition, position, options)) {
        yield await faults.step(async () => batch)
        if (random.below(5) === 0) yield batch
      }
    },
  }
}
