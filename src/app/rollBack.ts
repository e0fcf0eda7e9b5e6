// A configuration in, the champion before this one champion again out.

import type { Config } from '../config.ts'
import { openRegistry } from '../registry/registry.ts'
import { withStore } from './open.ts'

/** Resolves to its version. Throws `MODEL_FIRST`. A running Tocsin follows within a quarter of a second. */
export function rollBack(config: Config, reason: string): Promise<number> {
  const { detector } = config
  return withStore(config, (store) => openRegistry({ store, detector }).rollBack(reason))
}
