// A configuration in, its store opened out: the one place that knows which stores there are.

import type { Config } from '../config.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { Random } from '../core/random.ts'
import { openRegistry } from '../registry/registry.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import { openPostgresStore } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'
import type { Stream } from '../stream/stream.ts'
import { championScorer } from './champion.ts'
import { deadLetterReplayer, type ReplayDeadLetter } from './deadLetters.ts'
import { openStream } from './openStream.ts'

/** `isCheckpointed`: whether `checkpointThread.ts` works on the data folder. Throws what opening that store throws. */
export function openStore({ store, dataDir }: Config, clock: Clock, isCheckpointed = false): Promise<Store> {
  if (store.kind === 'embedded') return openEmbeddedStore({ dir: dataDir, clock, isCheckpointed })
  return openPostgresStore({ url: store.url, schema: store.schema, clock, random: new Random(clock.now()) })
}

/** For one question, beside a running system. */
export async function withStore<T>(config: Config, ask: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(config, systemClock)
  try {
    return await ask(store)
  } finally {
    await store.close()
  }
}

/** The store, and a way back into the stream: also while a system runs. */
export async function withReplayer<T>(
  config: Config,
  work: (parts: { readonly store: Store; readonly replay: ReplayDeadLetter }) => Promise<T>,
): Promise<T> {
  return withStore(config, async (store) => {
    const { detector, events } = config
    const scorer = championScorer(openRegistry({ store, detector }), { store, detector, events })
    let opened: Stream | undefined
    const append: Stream['append'] = async (records) => {
      opened ??= await openStream(config, systemClock, () => undefined)
      return opened.append(records)
    }
    try {
      return await work({
        store,
        replay: deadLetterReplayer({ store, stream: { append }, scorer, detector, clock: systemClock }),
      })
    } finally {
      await opened?.close()
    }
  })
}
