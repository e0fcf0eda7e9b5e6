// Work that a full or busy store refuses in, its result out, however long that takes.

import type { Clock } from './clock.ts'
import { TocsinError } from './error.ts'

export type Patience = {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Before each wait. */
  readonly onWait?: ((error: TocsinError, delayMs: number) => void) | undefined
}

const firstRetryMs = 100
const lastRetryMs = 5_000
/** What a store says that wrote nothing now and may take the same later. */
const passing = new Set(['STORE_FULL', 'STORE_BUSY'])

/** Rejects with any other error, and with a passing one once `signal` has aborted. */
export async function patiently<T>(work: () => Promise<T>, { clock, signal, onWait }: Patience): Promise<T> {
  for (let delayMs = firstRetryMs; ; delayMs = Math.min(2 * delayMs, lastRetryMs)) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error
      onWait?.(error, delayMs)
      await clock.sleep(delayMs, signal)
    }
  }
}

export function isPassing(error: unknown): error is TocsinError {
  return error instanceof TocsinError && passing.has(error.code)
}
