// The nouns of the training report: what training measures and the page tells.

/** A figure with its bootstrap interval (95 %). */
type Figure = { readonly value: number; readonly low: number; readonly high: number }

/** What happens on the test period when everything with at least this score alerts. */
export type CurvePoint = {
  readonly threshold: number
  readonly alertsPerDay: number
  readonly precision: number
  readonly recall: number
  readonly falsePositiveRate: number
  /** Share of the anomalous amount that alerts; null without an amount column. */
  readonly caughtShare: number | null
  /** Cost of misses and reviews a day; null where no cost is configured. */
  readonly costPerDay: number | null
}

/** Events whose score lies in [from, to): what was predicted, and the share of anomalies with its Wilson interval. */
export type ReliabilityBin = {
  readonly from: number
  readonly to: number
  readonly events: number
  readonly predicted: number
  readonly observed: Figure
}

export type FeatureImportance = {
  readonly name: string
  /** Share of all that the trees' splits gained; null where the model has no splits. */
  readonly gain: number | null
  /** Average precision on the test period that is lost when the feature's values are redrawn. */
  readonly permutation: number
  /** Mean |log-odds| that it adds or takes on the test period. */
  readonly contribution: number
}

/** Mean score when the feature has this value and the rest stays as it is. */
export type Dependence = {
  readonly name: string
  readonly kind: 'number' | 'category'
  readonly points: readonly { readonly value: number | string; readonly score: number }[]
}

export type PeriodFigures = {
  /** ms since 1970 UTC; the end excluded. */
  readonly from: number
  readonly to: number
  readonly events: number
  readonly anomalies: number
  readonly alerts: number
  /** Null where nothing alerted. */
  readonly precision: number | null
  /** Null where there was no anomaly, as average precision. */
  readonly recall: number | null
  readonly averagePrecision: number | null
}

export type WrongCase = {
  readonly id: string
  readonly time: number
  readonly amount: number | null
  readonly score: number
  readonly reasons: readonly string[]
}

/** Measured on the test period, save where said otherwise. Counts of events are sums of weights. */
export type TrainingFacts = {
  readonly detector: string
  readonly algorithm: 'boostedTrees' | 'linear' | 'randomCutForest'
  readonly codeVersion: string
  /** Null where the model is none of boosted trees. */
  readonly trees: number | null
  readonly features: number
  readonly hasTime: boolean
  readonly fingerprint: string
  /** What the model that serves has learned from, beside the training period. */
  readonly refit: 'all' | 'beforeTest' | 'none'
  readonly periods: readonly {
    readonly name: string
    readonly rows: number
    readonly events: number
    readonly anomalies: number
    /** Share of anomalies among the events. */
    readonly rate: number
    readonly from: number
    readonly to: number
  }[]
  readonly days: number
  readonly averagePrecision: Figure
  readonly rocAuc: Figure
  readonly brier: Figure
  /** Of an answer that is always the test period's rate of anomalies. */
  readonly brierOfPrior: number
  readonly bestFeature: { readonly name: string; readonly averagePrecision: Figure }
  readonly operatingPoint: {
    readonly threshold: number
    /** Key and figure of what was asked for, e.g. `alertsPerDay`, 50. */
    readonly wish: readonly [string, string]
    readonly precision: Figure
    readonly recall: Figure
    readonly alertsPerDay: Figure
    readonly falsePositiveRate: number
    readonly costPerDay: number | null
    readonly caughtAmount: number | null
    readonly anomalousAmount: number | null
    readonly money?: { readonly caughtShare: Figure | null; readonly costPerDay: Figure | null }
  }
  readonly confusion: {
    readonly caught: number
    readonly missed: number
    readonly falseAlarms: number
    readonly quiet: number
  }
  /** Rising recall. */
  readonly curve: readonly CurvePoint[]
  readonly reliability: readonly ReliabilityBin[]
  /** Strongest first. */
  readonly importance: readonly FeatureImportance[]
  readonly dependence: readonly Dependence[]
  readonly stability: readonly PeriodFigures[]
  readonly misses: readonly WrongCase[]
  readonly falseAlarms: readonly WrongCase[]
}
