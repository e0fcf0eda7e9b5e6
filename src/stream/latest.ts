// Values put in one place, read in another: only the newest counts, and who reads slowly misses what lay between.

export class Latest<T> implements AsyncIterable<T> {
  #value: { readonly held: T } | undefined
  #error: { readonly held: unknown } | undefined
  #wake: () => void = () => {}
  readonly #ended: AbortSignal

  constructor(ended: AbortSignal) {
    this.#ended = ended
    ended.addEventListener('abort', () => this.#wake(), { once: true })
  }

  put(value: T): void {
    this.#value = { held: value }
    this.#wake()
  }

  /** The reader's loop rejects with it. */
  fail(error: unknown): void {
    this.#error = { held: error }
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (!this.#ended.aborted) {
      if (this.#error) throw this.#error.held
      const value = this.#value
      this.#value = undefined
      if (value) yield value.held
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
