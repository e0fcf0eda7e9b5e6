// A seed and the kinds of faults in, when and to whom they happen out.

import { Random } from '../../src/core/random.ts'
import type { Fault } from '../simulate/faults.ts'

/** What befalls all at once, beside the faults of single calls. */
type Event = 'rebalance' | 'restart' | 'torn stream' | 'torn store'

export type Plan = {
  readonly seed: number
  readonly workers: number
  readonly routers: number
  readonly notifiers: number
  readonly partitions: number
  /** By the number of the call, of all roles together. */
  readonly faults: ReadonlyMap<number, Fault>
  readonly event: Event | undefined
  /** After how many calls the event comes. */
  readonly moments: readonly number[]
}

export type Recipe = {
  /** Workers that all believe that every partition is theirs; several where partitions are dealt out. */
  readonly workers: number
  /** Calls, of the first 300, at which something happens. */
  readonly faults: number
  readonly kinds: readonly Fault[]
  readonly event?: Event
  readonly events?: number
}

export function planOf(seed: number, recipe: Recipe): Plan {
  const random = new Random(seed)
  const faults = new Map<number, Fault>()
  for (let i = 0; i < recipe.faults; i++)
    faults.set(1 + random.below(300), recipe.kinds[random.below(recipe.kinds.length)]!)
  const moments = Array.from({ length: recipe.events ?? 0 }, () => 10 + random.below(250)).sort((a, b) => a - b)
  const [routers, notifiers] = [1 + random.below(2), 1 + random.below(2)]
  const partitions = [1, 3, 4][random.below(3)]!
  return { seed, workers: recipe.workers, routers, notifiers, partitions, faults, event: recipe.event, moments }
}
