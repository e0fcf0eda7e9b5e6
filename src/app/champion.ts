// The champion that the registry names now in, its scorer out, compiled once for each version.

import type { Config } from '../config.ts'
import type { Binning } from '../core/binning.ts'
import type { Clock } from '../core/clock.ts'
import type { Registry } from '../registry/registry.ts'
import { createScorer, type Scorer } from '../score/score.ts'
import { FeatureMemory, type MemoryParts, remembers } from './featureMemory.ts'

/** How often to look for a first model, ms. */
const pollMs = 1000

/** A scorer, and what its features remember where they do. */
export type RememberingScorer = Scorer & {
  readonly memory: FeatureMemory | undefined
  /** How its decisions are counted for drift. */
  readonly binning: Binning | undefined
}

type Loaded = NonNullable<Awaited<ReturnType<Registry['current']>>>

export function rememberingScorer(
  { artifact, model, version }: Loaded,
  { events, ...parts }: RememberingParts,
): RememberingScorer {
  const { labelInStream, unknownFields } = events
  const scorer = createScorer({ artifact, model, modelVersion: version, labelInStream, unknownFields })
  const memory = remembers(artifact) ? new FeatureMemory({ ...artifact, ...parts }) : undefined
  return { ...scorer, memory, binning: artifact.baseline }
}

type RememberingParts = Pick<MemoryParts, 'store' | 'detector' | 'onLate'> & {
  readonly events: Pick<Config['events'], 'labelInStream' | 'unknownFields'>
}

/** A function to the champion's scorer; undefined while there is no champion. A promotion shows at the next call. */
export function championScorer(registry: Registry, parts: RememberingParts) {
  let made: RememberingScorer | undefined
  return async (): Promise<RememberingScorer | undefined> => {
    const champion = await registry.current('champion')
    if (!champion) return undefined
    if (!made || !isOf(made, champion)) made = rememberingScorer(champion, parts)
    return made
  }
}

/** Whether the scorer is of this version, at its operating point of now. */
export function isOf({ modelVersion, artifact }: RememberingScorer, loaded: Loaded): boolean {
  return (
    modelVersion === loaded.version && artifact.operatingPoint.threshold === loaded.artifact.operatingPoint.threshold
  )
}

/** Waits until there is a champion: events that came before it are kept and scored then. Throws the signal's reason. */
export async function awaitScorer(
  scorer: () => Promise<RememberingScorer | undefined>,
  clock: Clock,
  signal: AbortSignal,
): Promise<RememberingScorer> {
  for (;;) {
    const current = await scorer()
    if (current) return current
    signal.throwIfAborted()
    await clock.sleep(pollMs, signal)
  }
}
