// The configured variants and the registry in, the models that answer now out: swapped between two requests, the same variant for the same key.

import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { Event } from '../core/event.ts'
import type { Registry } from '../registry/registry.ts'
import type { Variant, Variants } from '../web/doors/variants.ts'
import { isOf, type RememberingScorer, rememberingScorer } from './champion.ts'
import type { ChampionWatch } from './championWatch.ts'
import type { MemoryStore } from './featureMemory.ts'

type VariantConfig = Config['endpoint']['variants'][number]

type VariantParts = {
  readonly registry: Pick<Registry, 'current' | 'load'>
  readonly store: MemoryStore
  readonly detector: string
  readonly variants: readonly VariantConfig[]
  readonly events: Pick<Config['events'], 'labelInStream' | 'unknownFields'>
  readonly watch: ChampionWatch
  /** Scores what was answered, later. */
  readonly shadow: (variant: Variant, answered: Answered) => void
}

export type Answered = {
  readonly variant: Variant
  readonly events: readonly Event[]
  readonly scores: ArrayLike<number>
}

export type LiveVariants = Variants & {
  /** Makes the versions that are meant now answer, all at once. Throws where one cannot be loaded; those before go on then. */
  refresh(): Promise<void>
}

/** How often to look for a promotion by another process, ms. */
const pollMs = 250

export function openVariants({ registry, variants: configured, watch, shadow, ...parts }: VariantParts): LiveVariants {
  let made: ReadonlyMap<number, RememberingScorer> = new Map()
  let answering: readonly Variant[] = []
  let shadows: readonly Variant[] = []
  const counts = new Map(configured.map(({ name }) => [name, { events: 0, alerts: 0, failures: 0 }]))
  let place = 0
  // Steps of the golden ratio: any few in a row lie far apart, so that the weights hold for few requests, too (Weyl 1916).
  const next = () => {
    place = (place + 0x9e3779b9) >>> 0
    return place
  }

  async function scorerOf(model: VariantConfig['model']): Promise<RememberingScorer | undefined> {
    const loaded = await (typeof model === 'number' ? registry.load(model) : registry.current(model))
    if (!loaded) return undefined
    // What training measured at its own threshold says nothing of another.
    if (model === 'champion') watch.champion(loaded.version, loaded.isMoved ? undefined : loaded.artifact.evaluation)
    const held = made.get(loaded.version)
    return held && isOf(held, loaded) ? held : rememberingScorer(loaded, parts)
  }

  function count({ name, scorer }: Variant, seen: { events: number; alerts: number; failures: number }): void {
    const total = counts.get(name)!
    total.events += seen.events
    total.alerts += seen.alerts
    total.failures += seen.failures
    watch.saw(scorer.modelVersion, seen)
  }

  return {
    answering: () => answering,
    choose: (key, target) => {
      if (answering.length === 0) throw noModel()
      if (target !== undefined) return byName(target, answering)
      return answering.length === 1 ? answering[0]! : byWeight(key === undefined ? next() : hash(key), answering)
    },
    scored: (variant, eventsOf, scores) => {
      const { threshold } = variant.scorer.artifact.operatingPoint
      let alerts = 0
      for (let i = 0; i < scores.length; i++) if (scores[i]! >= threshold) alerts++
      count(variant, { events: scores.length, alerts, failures: 0 })
      if (shadows.length === 0) return
      const events = eventsOf()
      for (const other of shadows) shadow(other, { variant, events, scores })
    },
    failed: (variant, n) => count(variant, { events: 0, alerts: 0, failures: n }),
    counts: () =>
      [...answering, ...shadows].map(({ name, weight, scorer }) => ({
        ...{ name, weight, modelVersion: scorer.modelVersion, ...counts.get(name)! },
        isShadow: shadows.some((other) => other.name === name),
      })),
    refresh: async () => {
      const live: (Variant & { readonly scorer: RememberingScorer; readonly isShadow: boolean })[] = []
      for (const { model, ...variant } of configured) {
        const scorer = await scorerOf(model)
        if (scorer) live.push({ ...variant, scorer })
      }
      made = new Map(live.map(({ scorer }) => [scorer.modelVersion, scorer]))
      answering = live.filter(({ isShadow }) => !isShadow)
      shadows = live.filter(({ isShadow }) => isShadow)
    },
  }
}

/** Looks at once, and resolves; then again and again, until `signal` aborts. What cannot be loaded is told once. */
export async function followVariants(
  variants: LiveVariants,
  {
    clock,
    signal,
    onError,
  }: { readonly clock: Clock; readonly signal: AbortSignal; onError(error: TocsinError): void },
): Promise<{ readonly ended: Promise<void> }> {
  let told = ''
  const look = async () => {
    try {
      await variants.refresh()
      told = ''
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error
      if (error.message !== told) onError(error)
      told = error.message
    }
  }
  const goOn = async () => {
    for (;;) {
      await clock.sleep(pollMs, signal)
      if (signal.aborted) return
      await look()
    }
  }
  await look()
  return { ended: goOn() }
}

function byName(name: string, answering: readonly Variant[]): Variant {
  const found = answering.find((variant) => variant.name === name)
  if (found) return found
  const known = answering.map((variant) => variant.name).join(', ')
  throw new TocsinError('VARIANT_UNKNOWN', `There is no variant "${name}"; expected one that answers now: ${known}.`)
}

/** `place`: 0 to 2^32. */
function byWeight(place: number, answering: readonly Variant[]): Variant {
  const total = answering.reduce((sum, { weight }) => sum + weight, 0)
  let left = (place / 2 ** 32) * total
  for (const variant of answering) {
    left -= variant.weight
    if (left < 0) return variant
  }
  return answering[0]!
}

// FNV-1a over code units, and the last mixing of MurmurHash3, so that keys that differ in one digit lie apart.
function hash(text: string): number {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}

function noModel(): TocsinError {
  const message = 'There is no model yet; expected a champion. Make one with: tocsin train history.csv'
  return new TocsinError('MODEL_MISSING', message)
}
