// The champion's features and the watermark in; the pasts of entities that have been idle for so long that no event sees them let go.

import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import { headBytes, newestIn, reachMs } from '../features/memory.ts'
import type { Derived } from '../model/model.ts'
import type { Registry } from '../registry/registry.ts'
import type { Store } from '../store/store.ts'
import { featureSetOf, remembers } from './featureMemory.ts'

export type ForgettingParts = {
  readonly config: Pick<Config, 'detector'>
  readonly store: Pick<Store, 'watermark' | 'forgettings' | 'forgetFeatures' | 'featureHeads' | 'removeFeatureStates'>
  readonly registry: Pick<Registry, 'current'>
  readonly clock: Clock
}

/** How often to look, ms. */
const everyMs = 60_000
const dayMs = 86_400_000
/** Behind the watermark, so that a sender whose clock is a day ahead makes nobody forget. */
const marginMs = dayMs
/** Looked at together; those of them that are removed keep batches waiting for some ms. */
const statesAtOnce = 1000

/** Until `signal` aborts: once for each day of event time, and once after a start. */
export async function keepForgetting({ registry, ...parts }: ForgettingParts, signal: AbortSignal): Promise<void> {
  let done: string | undefined
  while (!signal.aborted) {
    const artifact = (await registry.current('champion'))?.artifact
    if (artifact && remembers(artifact)) {
      const base = await noteForgetting(artifact.derived, parts)
      const task = `${featureSetOf(artifact)} ${base}`
      if (base !== undefined && task !== done) {
        await removeForgotten(artifact.derived, base, parts, signal)
        done = task
      }
    }
    await parts.clock.sleep(everyMs, signal)
  }
}

type Parts = Omit<ForgettingParts, 'registry'>

/** Notes a day that has passed since the last time; answers the event time before which is forgotten, undefined: nothing is. */
export async function noteForgetting(
  derived: Derived,
  { config: { detector }, store }: Parts,
): Promise<number | undefined> {
  const set = featureSetOf({ derived })
  const base = Math.floor(((await store.watermark(detector)) - marginMs) / dayMs) * dayMs
  if (Number.isFinite(base)) await store.forgetFeatures(detector, set, base)
  return (await store.forgettings(detector, set)).at(-1)?.base
}

/** Answers how many states were removed. */
export async function removeForgotten(
  derived: Derived,
  base: number,
  { config: { detector }, store, clock }: Parts,
  signal?: AbortSignal,
): Promise<number> {
  const place = { detector, set: featureSetOf({ derived }), limit: statesAtOnce }
  const isForgotten = ({ key, bytes }: { readonly key: string; readonly bytes: Uint8Array }) => {
    const memory = derived.memories[Number.parseInt(key, 10)]
    return memory !== undefined && newestIn(bytes) < base - reachMs(memory)
  }
  let removed = 0
  for (let after = ''; !signal?.aborted; ) {
    const heads = await store.featureHeads({ ...place, after }, headBytes)
    if (heads.length === 0) break
    const idle = heads.filter(isForgotten)
    if (idle.length > 0) removed += await store.removeFeatureStates(detector, place.set, idle)
    after = heads.at(-1)!.key
    await clock.sleep(1, signal)
  }
  return removed
}
