// Work on a broker in, its answer out: tried again, for as long as it takes, while the broker does not answer.

import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'

export type Patience = {
  readonly clock: Clock
  readonly ended: AbortSignal
  /** Before each wait. */
  readonly onWait?: ((error: TocsinError, delayMs: number) => void) | undefined
}

const firstRetryMs = 200
const lastRetryMs = 5_000

/** Undefined where `ended` aborted before it worked. Throws what is not `STREAM_UNREACHABLE`. */
export async function patiently<T>(work: () => Promise<T>, { clock, ended, onWait }: Patience): Promise<T | undefined> {
  for (let delayMs = firstRetryMs; !ended.aborted; delayMs = Math.min(2 * delayMs, lastRetryMs)) {
    try {
      return await work()
    } catch (error) {
      if (ended.aborted) return undefined
      if (!(error instanceof TocsinError && error.code === 'STREAM_UNREACHABLE')) throw error
      onWait?.(error, delayMs)
      await clock.sleep(delayMs, ended)
    }
  }
  return undefined
}
