// Work and a limit in → the work's own answer, its signal aborted when the limit or the caller says so.

import type { Clock } from '../core/clock.ts'

/** Runs `work` with a signal that aborts when `signal` does or after `limitMs`; `work` decides what it answers then. */
export async function within<T>(
  { clock, limitMs, signal }: { clock: Clock; limitMs: number; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const tooLong = new AbortController()
  const answered = new AbortController()
  const timer = clock.sleep(limitMs, answered.signal).then(() => {
    if (!answered.signal.aborted) tooLong.abort(new Error(`no answer within ${limitMs / 1000} s`))
  })
  try {
    return await work(AbortSignal.any([signal, tooLong.signal]))
  } finally {
    answered.abort()
    await timer
  }
}
