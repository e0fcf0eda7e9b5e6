// The champion that the registry names now in, its scorer out, compiled once for each version.

import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import type { Registry } from '../registry/registry.ts'
import { createScorer, type Scorer } from '../score/score.ts'

/** How often to look for a first model, ms. */
const pollMs = 1000

/** A function to the champion's scorer; undefined while there is no champion. A promotion shows at the next call. */
export function championScorer(registry: Registry, { labelInStream, unknownFields }: Config['events']) {
  let made: Scorer | undefined
  return async (): Promise<Scorer | undefined> => {
    const champion = await registry.current('champion')
    if (!champion) return undefined
    if (made?.modelVersion !== champion.version)
      made = createScorer({ ...champion, modelVersion: champion.version, labelInStream, unknownFields })
    return made
  }
}

/** Waits until there is a champion: events that came before it are kept and scored then. Throws the signal's reason. */
export async function awaitScorer(
  scorer: () => Promise<Scorer | undefined>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Scorer> {
  for (;;) {
    const current = await scorer()
    if (current) return current
    signal.throwIfAborted()
    await clock.sleep(pollMs, signal)
  }
}
