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
   * The variant for a key, the same one for as long as weights stay; the one named where one is. Throws `MODEL_MISSING` where
   * none has a model, and `VARIANT_UNKNOWN`.
   */
  choose(key: string, target?: string): Variant
  /** Those that answer, in the order of the configuration. */
  answering(): readonly Variant[]
  /** What was answered: shadows score it too, and the champion's rates are watched. Returns at once. */
  scored(variant: Variant, events: readonly Event[], scores: ArrayLike<number>): void
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
