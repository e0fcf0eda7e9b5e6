// A stream, a store and limits in; what every partition has stored and is past the limits is let go, from time to time.

import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import type { Store } from '../store/store.ts'
import type { EmbeddedStream } from '../stream/embedded.ts'
import type { Stream } from '../stream/stream.ts'

/** How often to look, ms. */
const everyMs = 60_000

export type RetentionParts = {
  readonly config: Pick<Config, 'detector' | 'stream'>
  readonly stream: Stream | EmbeddedStream
  readonly store: Pick<Store, 'positions'>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Until `signal` aborts; brokers keep retention themselves, so for them it resolves at once. */
export async function keepRetention({ config, stream, store, clock, signal }: RetentionParts): Promise<void> {
  if (config.stream.kind !== 'embedded' || !('retain' in stream)) return
  const { keepHours, keepMegabytes } = config.stream
  const limits = { keepMs: keepHours * 3_600_000, maxBytes: keepMegabytes * 1_000_000 }
  while (!signal.aborted) {
    await stream.retain({ ...limits, stored: await store.positions(config.detector) })
    await clock.sleep(everyMs, signal)
  }
}
