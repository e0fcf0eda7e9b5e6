// A configuration in, its store opened out: the one place that knows which stores there are.

import type { Config } from '../config.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { Random } from '../core/random.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import { openPostgresStore } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'

/** Throws what opening that store throws. */
export function openStore({ store, dataDir }: Config, clock: Clock): Promise<Store> {
  if (store.kind === 'embedded') return openEmbeddedStore({ dir: dataDir, clock })
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
