// Requests in, yes or no out: while more come than can be answered, some are sent away at once, so that those let in do not wait.

/** Turns of the event loop up to this share of the longest wait are no queue: 5 ms of a second. */
const shortTurnShare = 1 / 200
/** A queue that is there for so many short turns does not go away by itself. */
const standingTurns = 20
/** So many small requests of one turn are no queue, whatever else the process did in that turn. */
const fewRequests = 16

/**
 * Every request that is readable is handled within one turn of the event loop, so how long a turn has lasted is how long
 * its last requests have waited. A burst may wait `maxWaitMs`; under a standing queue only what comes early in a turn is let
 * in, for otherwise everybody would wait that long (Nichols & Jacobson 2012, "Controlling Queue Delay").
 * A turn that was long for other reasons (a commit to the disk) sends nobody away: many requests, or long ones, must have made it so.
 */
export class Admission {
  readonly #maxWaitMs: number
  readonly #shortTurnMs: number
  readonly #now: () => number
  #turnStart: number | undefined
  #turnEnd = Number.NEGATIVE_INFINITY
  #queuedSince: number | undefined
  #admitted = 0
  #spentMs = 0

  constructor({ maxWaitMs, now }: { readonly maxWaitMs: number; readonly now: () => number }) {
    this.#maxWaitMs = maxWaitMs
    this.#shortTurnMs = maxWaitMs * shortTurnShare
    this.#now = now
  }

  /** Asked once for each request, in the turn in which it is handled. */
  admits(): boolean {
    const now = this.#now()
    this.#turnStart ??= this.#startTurn(now)
    const isStanding = this.#queuedSince !== undefined && now - this.#queuedSince > standingTurns * this.#shortTurnMs
    const limitMs = isStanding ? this.#shortTurnMs : this.#maxWaitMs
    const isFull = now - this.#turnStart > limitMs && (this.#admitted >= fewRequests || this.#spentMs > limitMs)
    if (!isFull) this.#admitted++
    return !isFull
  }

  /** Does the work of a request that was let in. */
  work(answer: () => void): void {
    const start = this.#now()
    answer()
    this.#spentMs += this.#now() - start
  }

  #startTurn(now: number): number {
    // It has rested in between: whatever queue there was is gone.
    if (now - this.#turnEnd > this.#shortTurnMs) this.#queuedSince = undefined
    setImmediate(() => this.#endTurn())
    return now
  }

  #endTurn(): void {
    const now = this.#now()
    const isQueue = this.#admitted >= fewRequests || this.#spentMs > this.#shortTurnMs
    if (now - this.#turnStart! < this.#shortTurnMs || !isQueue) this.#queuedSince = undefined
    else this.#queuedSince ??= this.#turnStart!
    this.#turnStart = undefined
    this.#turnEnd = now
    this.#admitted = 0
    this.#spentMs = 0
  }
}
