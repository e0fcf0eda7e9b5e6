// What the doors need of the models that answer: which one does for a key, and a place to tell what it said.

import type { Event } from '../../core/event.ts'
import type { Scorer } from '../../score/score.ts'

export type Variant = {
  readonly name: string
  readonly weight: number
  readonly scorer: Scorer & { readonly memory?: Peeking | undefined }
}

/** Where features remember what entities did before: vectors of events that are only looked at. */
type Peeking = { peek(events: readonly Event[]): Promise<Float32Array> }

export type Variants = {
  /**
   * The variant for a key, the same one for as long as weights stay; without a key any, by their weights; the one named where
   * one is. Throws `MODEL_MISSING` where none has a model, and `VARIANT_UNKNOWN`.
   */
  choose(key: string | undefined, target?: string): Variant
  /** Those that answer, in the order of the configuration. */
  answering(): readonly Variant[]
  /** What was answered: shadows score it too, for which its events are made, and the champion's rates are watched. Returns at once. */
  scored(variant: Variant, events: () => readonly Event[], scores: ArrayLike<number>): void
  /** The variant could not score what it should have: a fault of the model, not of the request. */
  failed(variant: Variant, events: number): void
  /** All of them, shadows too, with what each has done since the process began. */
  counts(): readonly VariantCounts[]
}

type VariantCounts = {
  readonly name: string
  readonly modelVersion: number
  readonly weight: number
  readonly isShadow: boolean
  readonly events: number
  readonly alerts: number
  readonly failures: number
}

type Work<T> = (vectors: Float32Array | undefined) => { readonly answer: T; readonly scores: ArrayLike<number> }

/** Scores with the variant, with what its features remember where they do, and tells the variants how that went. */
export function scoreWith<T>(
  variants: Variants,
  variant: Variant,
  events: readonly Event[],
  work: Work<T>,
): T | Promise<T> {
  const failed = (error: unknown): never => {
    variants.failed(variant, events.length)
    throw error
  }
  const run = (vectors: Float32Array | undefined) => {
    const { answer, scores } = work(vectors)
    variants.scored(variant, () => events, scores)
    return answer
  }
  const { memory } = variant.scorer
  if (memory) return memory.peek(events).then(run).catch(failed)
  try {
    return run(undefined)
  } catch (error) {
    return failed(error)
  }
}

/** Scores rows that are vectors already; `events` are theirs, made only where somebody needs them. */
export function scoreVectors(
  variants: Variants,
  variant: Variant,
  vectors: Float32Array,
  events: () => readonly Event[],
): Float64Array {
  try {
    const scores = variant.scorer.scoreVectors(vectors)
    variants.scored(variant, events, scores)
    return scores
  } catch (error) {
    variants.failed(variant, vectors.length / variant.scorer.artifact.features.length)
    throw error
  }
}
