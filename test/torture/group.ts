// Workers in, the partitions of each out, dealt anew from a seed; now and then two believe that one is theirs.

import type { Random } from '../../src/core/random.ts'

export class Group {
  readonly #partitions: number
  readonly #random: Random
  #mine: readonly (readonly number[])[]
  #wakes: (() => void)[] = []

  constructor(workers: number, partitions: number, random: Random) {
    this.#partitions = partitions
    this.#random = random
    this.#mine = this.#dealt(workers)
  }

  /** Everybody has others from now on; who has none has left. */
  rebalance(): void {
    this.#mine = this.#dealt(this.#mine.length)
    this.#wake()
  }

  async *assigned(worker: number, signal: AbortSignal): AsyncGenerator<readonly number[]> {
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => this.#wakes.push(resolve))
      yield this.#mine[worker]!
      await changed
    }
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake()
  }

  #dealt(workers: number): number[][] {
    const mine: number[][] = Array.from({ length: workers }, () => [])
    for (let partition = 0; partition < this.#partitions; partition++) {
      const owner = this.#random.below(workers)
      const other = this.#random.below(workers)
      mine[owner]!.push(partition)
      if (other !== owner && this.#random.below(3) === 0) mine[other]!.push(partition)
    }
    return mine
  }
}
