// All that a model is, as plain data: the nouns of the stored form.

import type { Bins } from '../core/binning.ts'
import type { EventSchema } from '../core/event.ts'
import type { Derived } from './derived.ts'

/** A feature of the vector as training saw it: what serving needs to fill the vector and to speak of it. */
export type FeatureSpec =
  | { readonly name: string; readonly kind: 'number' }
  /** Vector holds the place in the dictionary; texts that training never saw and missing ones are NaN. */
  | { readonly name: string; readonly kind: 'category'; readonly dictionary: readonly string[] }

/** A figure with its bootstrap interval (95 %). */
export type Interval = { readonly value: number; readonly low: number; readonly high: number }

export type OperatingPoint = {
  /** Alert when score ≥ threshold. Chosen on the validation period, never 0.5 by default. */
  readonly threshold: number
  readonly chosenBy:
    | { readonly alertsPerDay: number }
    | { readonly precision: number }
    | { readonly recall: number }
    | { readonly cost: { readonly missed: number | 'amount'; readonly review: number } }
}

export type Money = {
  /** Share of the anomalous amount that was caught; null without an amount column. */
  readonly caughtShare: Interval | null
  /** Missed anomalies and reviews, a day; null where no cost is configured. */
  readonly costPerDay: Interval | null
}

/** Measured on the last period, which neither training nor the choice of the threshold has seen. */
export type Evaluation = {
  readonly period: { readonly from: number; readonly to: number; readonly days: number }
  readonly rows: number
  readonly anomalies: number
  /** Sum of weights. */
  readonly events: number
  readonly averagePrecision: Interval
  readonly rocAuc: Interval
  readonly logLoss: Interval
  readonly brier: Interval
  readonly atOperatingPoint: {
    /** 0, from 0 to 1, where nothing alerts. */
    readonly precision: Interval
    readonly recall: Interval
    readonly alertsPerDay: Interval
    /** Amounts of anomalies caught and of all anomalies; null without an amount column. */
    readonly caughtAmount: number | null
    readonly anomalousAmount: number | null
    /** With an amount column or a cost: what it means in money. */
    readonly money?: Money
  }
  readonly baselines: {
    /** Always answers the training period's anomaly rate. */
    readonly prior: { readonly averagePrecision: number; readonly logLoss: number }
    /** The best single feature, its direction and name chosen on the training period. */
    readonly bestFeature: { readonly name: string; readonly averagePrecision: Interval }
  }
}

/** What a feature looked like in training: for reasons in words now, for drift later. */
export type FeatureSketch =
  | {
      readonly name: string
      readonly kind: 'number'
      readonly missing: number
      /** Weighted quantiles of normal rows at 0, .01, .05, .25, .5, .75, .95, .99, 1. */
      readonly quantiles: readonly number[]
    }
  | {
      readonly name: string
      readonly kind: 'category'
      readonly missing: number
      /** Share of rows by category, most frequent first, at most 50. */
      readonly shares: readonly (readonly [string, number])[]
    }

/** Bins with the share of rows that fell into each. */
export type BinShares = Bins & { readonly shares: readonly number[] }

/** What drift is held against. */
export type Baseline = {
  /** Rows of the training period that the features' shares are of. */
  readonly rows: number
  /** Rows of the test period that the score's are of. */
  readonly scoreRows: number
  readonly score: Extract<BinShares, { kind: 'number' }>
  /** In the order of the features. */
  readonly features: readonly BinShares[]
  /** How far each feature moved the margin, up or down, on average over test rows. */
  readonly importance: readonly number[]
}

/** All that a model is, as it is stored. Deterministic: no clock, no path, no machine in it. */
export type Artifact = ArtifactBase & ModelBody

/** What the chosen learner has learned. */
export type ModelBody =
  | { readonly algorithm: 'boostedTrees'; readonly trees: TreesData }
  | { readonly algorithm: 'linear'; readonly linear: LinearData }
  | { readonly algorithm: 'randomCutForest'; readonly forest: ForestData }

type ArtifactBase = {
  readonly format: 1
  readonly codeVersion: string
  readonly schema: EventSchema
  readonly features: readonly FeatureSpec[]
  /** Where features are more than columns as they are: how each comes about. */
  readonly derived?: Derived
  readonly hyperparameters: Readonly<Record<string, number | string | boolean>>
  /** Piecewise-linear and monotone, margin → probability; constant outside. */
  readonly calibration: { readonly margins: readonly number[]; readonly scores: readonly number[] }
  readonly operatingPoint: OperatingPoint
  readonly evaluation: Evaluation
  readonly sketches: readonly FeatureSketch[]
  /** Absent in models of versions that did not count for drift. */
  readonly baseline?: Baseline
  readonly training: {
    /** SHA-256 over the training rows as they were read. */
    readonly fingerprint: string
    readonly rows: number
    readonly anomalies: number
    readonly from: number
    readonly to: number
    readonly seed: number
  }
  /** Where several learners were tried. */
  readonly choice?: Choice
}

/** Which learner was taken, and why. */
export type Choice = {
  readonly algorithm: ModelBody['algorithm']
  /** A sentence with the figures. */
  readonly why: string
  readonly candidates: readonly {
    readonly algorithm: ModelBody['algorithm']
    /** Of the validation period. */
    readonly averagePrecision: number
    /** How far behind the best, by paired bootstrap. */
    readonly behind: Interval
  }[]
}

/** Trees, flat: node arrays one after another; children lie next to each other (right = left + 1); children index within all nodes. */
export type TreesData = {
  /** Log-odds before the first tree. */
  readonly baseMargin: number
  /** Of imported trees: the arithmetic of the library that grew them. Where absent, sums are float64. */
  readonly float32?: Float32Sums
  /** First node of each tree, then the number of nodes. */
  readonly roots: readonly number[]
  /** Feature read at the node; -1 at a leaf. */
  readonly feature: readonly number[]
  /** x ≤ threshold goes left (numbers). Index into categorySets (categories): in the set goes left. */
  readonly threshold: readonly number[]
  readonly left: readonly number[]
  /** 1: missing goes left. */
  readonly missingLeft: readonly number[]
  /** Log-odds at a leaf (learning rate included); 0 elsewhere. */
  readonly value: readonly number[]
  /** Sum of training weights that reached the node. */
  readonly cover: readonly number[]
  /** Sorted dictionary places that go left. */
  readonly categorySets: readonly (readonly number[])[]
}

/**
 * After each tree the sum is rounded to float32; then it is divided by `divisor`, and `last` is added, each rounded too. Leaves and base
 * margin are float32 numbers.
 */
type Float32Sums = { readonly divisor: number; readonly last: number }

/** A sum of one part for each feature; each part is 0 on average over the training rows. */
export type LinearData = {
  /** Log-odds of the training rows, on average. */
  readonly bias: number
  /** One for each feature, in their order. */
  readonly terms: readonly LinearTerm[]
}

export type LinearTerm =
  /** A number gives slope × (x − mean) + present; a missing one gives `missing`. */
  | {
      readonly kind: 'number'
      readonly slope: number
      readonly mean: number
      readonly present: number
      readonly missing: number
    }
  /** A category gives the value at its place in the dictionary; a missing one, or one that training never saw, `missing`. */
  | { readonly kind: 'category'; readonly values: readonly number[]; readonly missing: number }

/** Random cut trees over a sample of the history: nodes one after another, children next to each other (right = left + 1). */
export type ForestData = {
  /** One for each feature: how its value becomes a coordinate. */
  readonly coordinates: readonly Coordinate[]
  /** First node of each tree, then the number of nodes. */
  readonly roots: readonly number[]
  /** Coordinate that the node cuts; -1 at a leaf. */
  readonly feature: readonly number[]
  /** At most this goes left. */
  readonly cut: readonly number[]
  /** First child; at a leaf, its point. */
  readonly left: readonly number[]
  /** Sampled rows below the node. */
  readonly mass: readonly number[]
  /** Coordinates of the points, one point after another: float32, little-endian, base64. */
  readonly points: string
  /** Average part of each feature in the margin. */
  readonly typical: readonly number[]
}

export type Coordinate =
  /** (x − mean) / scale; a missing number is 0. */
  | { readonly kind: 'number'; readonly mean: number; readonly scale: number }
  /** By place in the dictionary: rarity, standardised. */
  | { readonly kind: 'category'; readonly values: readonly number[]; readonly missing: number }
