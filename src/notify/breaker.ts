// Outcomes of tries in, whether a receiver may be tried now out: one that is down is asked rarely, not by every message that waits.

import type { DeliveryOutcome } from './receiver.ts'

/** How a receiver is: `resting` after failures in a row or where it asked to be left alone, `probing` when one message may try again. */
export type ReceiverHealth = {
  readonly state: 'well' | 'resting' | 'probing'
  /** When the failures began that have not ended, ms. */
  readonly failingSince: number | null
  readonly reason: string | null
  /** When it last heard a message, in this process, ms. */
  readonly heardAt: number | null
}

/** So many failures in a row open the circuit. */
const threshold = 5
const firstRestMs = 10_000
const longestRestMs = 5 * 60_000
/** The longest that one answer's Retry-After holds up all messages of a receiver, ms; the one message waits as long as asked. */
const longestAskedMs = 60 * 60_000

/**
 * A circuit breaker (Nygard, Release It!). A refusal for good is about the message, not about the receiver: it counts as
 * neither. What is not tried costs no try: a message waits as long as the outage lasts.
 */
export class Breaker {
  #failures = 0
  #restUntil = Number.NEGATIVE_INFINITY
  #failingSince: number | null = null
  #reason: string | null = null
  #heardAt: number | null = null

  note(outcome: DeliveryOutcome, now: number): void {
    if (outcome.ok) this.#heard(now)
    else if (outcome.retry) this.#failed(outcome, now)
  }

  #heard(now: number): void {
    this.#failures = 0
    this.#failingSince = null
    this.#reason = null
    this.#heardAt = now
  }

  #failed({ reason, retryAfterMs = 0 }: { reason: string; retryAfterMs?: number }, now: number): void {
    this.#failures++
    this.#failingSince ??= now
    this.#reason = reason
    const over = this.#failures - threshold
    const restMs = over < 0 ? 0 : Math.min(longestRestMs, firstRestMs * 2 ** over)
    this.#restUntil = Math.max(this.#restUntil, now + Math.max(restMs, Math.min(retryAfterMs, longestAskedMs)))
  }

  /** When it may be tried again, ms; in the past where it may be now. */
  get restUntil(): number {
    return this.#restUntil
  }

  /** How many messages may be under way: one while it has not been seen to work again. */
  allowance(most: number): number {
    return this.#failures >= threshold ? 1 : most
  }

  health(now: number): ReceiverHealth {
    const state = now < this.#restUntil ? 'resting' : this.#failures >= threshold ? 'probing' : 'well'
    return { state, failingSince: this.#failingSince, reason: this.#reason, heardAt: this.#heardAt }
  }
}
