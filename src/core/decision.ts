// The nouns of what scoring says: a decision with its outcome and reasons, and the dead letter that takes a decision's place.

import type { Event } from './event.ts'

export type Outcome = 'alert' | 'pass'

/** One feature's part in a score, in words. */
export type Reason = {
  readonly feature: string
  /** The feature's value as it came; null where missing. */
  readonly value: number | string | boolean | null
  /** Log-odds that the feature added to (or took from) the score. */
  readonly contribution: number
  /** e.g. `amount 812.40 is high (usual: 4.10 to 96.00)`. */
  readonly text: string
}

export type Decision = {
  readonly detector: string
  readonly event: Event
  /** Calibrated probability of an anomaly, 0..1. */
  readonly score: number
  readonly threshold: number
  readonly outcome: Outcome
  /** Registry version of the model that decided. */
  readonly modelVersion: number
  /** The feature vector as it was scored. */
  readonly vector: Float32Array
  /** Strongest first; only for alerts. */
  readonly reasons: readonly Reason[]
  readonly partition: number
  readonly position: number
  /** The event's day had closed before it came. */
  readonly isLate: boolean
}

/** A record that could not be decoded, validated or scored. Nothing bad is ever scored. */
export type DeadLetter = {
  readonly detector: string
  readonly partition: number
  readonly position: number
  /** The record's bytes as they came. */
  readonly bytes: Uint8Array
  /** A TocsinError code, e.g. `EVENT_FIELD_MISSING`. */
  readonly code: string
  readonly reason: string
}
