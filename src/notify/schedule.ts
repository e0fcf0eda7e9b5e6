// Tries so far in → how long to wait before the next one, or undefined where there is none.

import type { Random } from '../core/random.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/**
 * Waits between tries, ms: twelve tries in three days. The schedule of the Standard Webhooks specification ("Deliverability and
 * reliability": 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h), with two early tries more, since most outages
 * are a restart on the other side and an alert that is five minutes late is late.
 */
export const retryDelaysMs: readonly number[] = [
  5 * second,
  15 * second,
  minute,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
]

/** Share of a wait by which it is made longer or shorter, so that what failed together does not come back together. */
const jitter = 0.2
/** The longest wait that the other side may ask for: a wrong Retry-After must not park a message for good. */
const longestMs = 24 * hour

/**
 * Wait after the `failed`-th failed try (1 = the first), ms; undefined after the last. `askedMs` is what the other side
 * asked for: never sooner than that, but at most a day.
 */
export function retryDelay(failed: number, random: Random, askedMs = 0): number | undefined {
  const delay = retryDelaysMs[failed - 1]
  if (delay === undefined) return undefined
  const jittered = Math.round(delay * (1 - jitter + 2 * jitter * random.uniform()))
  return Math.max(jittered, Math.min(askedMs, longestMs))
}
