// A configuration in, its store opened for one question and closed again: for commands beside a running system.

import type { Config } from '../config.ts'
import { systemClock } from '../core/clock.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import type { Store } from '../store/store.ts'

export async function withStore<T>(config: Config, ask: (store: Store) => Promise<T>): Promise<T> {
  const store = await openEmbeddedStore({ dir: config.dataDir, clock: systemClock })
  try {
    return await ask(store)
  } finally {
    await store.close()
  }
}
