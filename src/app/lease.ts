// A work that one process does at a time in, its run out: for as long as this process has the right to it.

import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { Store } from '../store/store.ts'

export type Leasing = {
  readonly store: Pick<Store, 'lease'>
  readonly name: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Before each wait for a store that does not answer now. */
  readonly onWait: (error: TocsinError, delayMs: number) => void
}

/** How often to ask for a lease that another has, and for a store that is away, ms. */
const pollMs = 1000
const passing = new Set(['STORE_BUSY', 'STORE_FULL'])

/**
 * Waits for the lease, works until the work ends, and begins again where the lease was lost or the store was away meanwhile.
 * Two processes may for a moment both believe that they have it: what they write is guarded by the store.
 */
export async function whileLeased(
  { store, name, clock, signal, onWait }: Leasing,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const lease = await store.lease(name)
      if (lease) {
        await work(AbortSignal.any([signal, lease.lost])).finally(() => lease.release())
        if (!lease.lost.aborted) return
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof TocsinError && passing.has(error.code))) throw error
      onWait(error, pollMs)
    }
    await clock.sleep(pollMs, signal)
  }
}
