// One process of a role in, its calls as a killed process makes them out: after the kill nothing comes back, and it never knows.

import { Crash, type Faults } from '../simulate/faults.ts'

/** A call that was under way when its process was killed: whoever waits for it waits for ever. */
const never = () => new Promise<never>(() => {})

export class Life {
  readonly #faults: Faults
  readonly #death = new AbortController()

  constructor(faults: Faults) {
    this.#faults = faults
  }

  /** Aborts when it is killed. */
  get death(): AbortSignal {
    return this.#death.signal
  }

  kill(): void {
    this.#death.abort()
  }

  async step<T>(work: () => Promise<T>, canRefuse = false): Promise<T> {
    if (this.death.aborted) return never()
    try {
      const result = await this.#faults.step(work, canRefuse)
      return this.death.aborted ? never() : result
    } catch (error) {
      if (error instanceof Crash) this.kill()
      if (this.death.aborted) return never()
      throw error
    }
  }

  /** The same object, whose asynchronous methods are steps of this life. */
  living<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => this.step(() => Reflect.apply(value, target, given), true)
      },
    })
  }

  /** Resolves when the work has ended, or the life has. */
  async lived(work: Promise<void>): Promise<void> {
    const died = new Promise<void>((resolve) => this.death.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([work, died])
  }
}
