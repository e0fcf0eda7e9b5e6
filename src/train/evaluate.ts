// Scores of the test period in, the evaluation that goes into the artifact out: every figure with its interval, beside two baselines.

import { wilson } from '../core/proportion.ts'
import type { Evaluation, Interval, Money } from '../model/model.ts'
import type { BestFeature } from './baseline.ts'
import { bootstrapInterval, type Unit } from './bootstrap.ts'
import type { Scored } from './metrics.ts'
import type { Wish } from './operatingPoint.ts'

export type TestPeriod = Scored & {
  readonly times: Float64Array
  readonly amounts: Float64Array | null
  readonly threshold: number
  readonly wish: Wish
  /** Share of anomalies in the training period, by weight. */
  readonly prior: number
  readonly bestFeature: BestFeature
  readonly seed: number
}

/** Rows of one class next to each other in the ranking. */
export type RankedUnit = Unit & {
  readonly isAnomaly: boolean
  /** Units with equal scores share a level; level 0 has the highest score. */
  readonly level: number
  readonly alerts: boolean
  /** Σ weight × log loss, Σ weight × squared error. */
  readonly loss: number
  readonly error: number
  /** Σ weight × amount of anomalies; 0 where unknown. */
  readonly amount: number
}

const mostUnits = 4_000_000
const restUnits = 64
// Where nothing alerts, nothing is known of precision.
const unknownShare: Interval = { value: 0, low: 0, high: 1 }

export function evaluate(period: TestPeriod): Evaluation {
  const { scores, labels, weights, times, prior, seed } = period
  const days = daysOf(times)
  const units = rank(period, period.threshold)
  const replicates = Math.max(200, Math.min(1000, Math.floor(mostUnits / units.length)))
  const interval = (statistic: (factors: Float64Array) => number) =>
    bootstrapInterval(units, statistic, { seed, replicates })
  const sum = (value: (unit: RankedUnit) => number) => {
    const values = Float64Array.from(units, value)
    return (factors: Float64Array) => values.reduce((total, held, i) => total + held * factors[i]!, 0)
  }
  const all = sum(({ weight }) => weight)
  const ratio = (top: (factors: Float64Array) => number, bottom: (factors: Float64Array) => number) =>
    interval((factors) => top(factors) / bottom(factors))
  const alerts = sum((unit) => (unit.alerts ? unit.weight : 0))
  const caught = sum((unit) => (unit.alerts && unit.isAnomaly ? unit.weight : 0))
  const anomalous = sum((unit) => (unit.isAnomaly ? unit.weight : 0))
  // Where all alerts were right, or none, every redrawn sample says the same again, which is no certainty.
  const share = (top: (factors: Float64Array) => number, of: (unit: RankedUnit) => boolean) => {
    const found = ratio(
      top,
      sum((unit) => (of(unit) ? unit.weight : 0)),
    )
    if (found.low < found.high) return found
    const trials = rowsWorth(units.filter(of))
    return wilson(found.value * trials, trials) ?? found
  }
  const events = weights.reduce((total, weight) => total + weight, 0)
  const ones = new Float64Array(units.length).fill(1)
  const rate = anomalous(ones) / events
  return {
    period: { from: times[0]!, to: times.at(-1)!, days },
    rows: scores.length,
    anomalies: labels.reduce((total, label) => total + label, 0),
    events,
    averagePrecision: interval((factors) => averagePrecisionOf(units, factors)),
    rocAuc: interval((factors) => rocAucOf(units, factors)),
    logLoss: ratio(
      sum(({ loss }) => loss),
      all,
    ),
    brier: ratio(
      sum(({ error }) => error),
      all,
    ),
    atOperatingPoint: {
      precision: alerts(ones) > 0 ? share(caught, (unit) => unit.alerts) : unknownShare,
      recall: share(caught, (unit) => unit.isAnomaly),
      alertsPerDay: interval((factors) => alerts(factors) / days),
      caughtAmount: amountOf(period, (row) => scores[row]! >= period.threshold),
      anomalousAmount: amountOf(period, () => true),
      ...moneyOf(period, { units, days, interval }),
    },
    baselines: {
      prior: { averagePrecision: rate, logLoss: -rate * Math.log(prior) - (1 - rate) * Math.log(1 - prior) },
      bestFeature: { name: period.bestFeature.name, averagePrecision: featureInterval(period, replicates) },
    },
  }
}

/** Rows of equal weight that say as much. */
function rowsWorth(units: readonly RankedUnit[]): number {
  const [weight, squared] = units.reduce((sum, unit) => [sum[0]! + unit.weight, sum[1]! + unit.squared], [0, 0])
  return weight! ** 2 / squared!
}

/** Length of a period in days of event time; at least a minute, so that a rate stays finite. */
export function daysOf(times: Float64Array): number {
  return Math.max(times.at(-1)! - times[0]!, 60_000) / 86_400_000
}

function featureInterval({ bestFeature, labels, weights, seed }: TestPeriod, replicates: number): Interval {
  const units = rank({ scores: bestFeature.scores, labels, weights }, Number.POSITIVE_INFINITY)
  return bootstrapInterval(units, (factors) => averagePrecisionOf(units, factors), { seed, replicates })
}

type Ranking = {
  readonly units: readonly RankedUnit[]
  readonly days: number
  readonly interval: (statistic: (factors: Float64Array) => number) => Interval
}

function moneyOf({ amounts, wish }: TestPeriod, { units, days, interval }: Ranking): { money?: Money } {
  const hasAmount = amounts !== null && units.some(({ amount }) => amount > 0)
  const costs = 'cost' in wish ? wish.cost : null
  if (!hasAmount && costs === null) return {}
  const total = (factors: Float64Array, value: (unit: RankedUnit) => number) =>
    units.reduce((sum, unit, i) => sum + value(unit) * factors[i]!, 0)
  const caught = (unit: RankedUnit) => (unit.alerts ? unit.amount : 0)
  const missed = ({ amount, weight }: RankedUnit) =>
    costs?.missed === 'amount' ? amount : (costs?.missed ?? 0) * weight
  const cost = (unit: RankedUnit) => {
    if (unit.alerts) return (costs?.review ?? 0) * unit.weight
    return unit.isAnomaly ? missed(unit) : 0
  }
  return {
    money: {
      caughtShare: hasAmount ? interval((f) => total(f, caught) / total(f, ({ amount }) => amount)) : null,
      costPerDay: costs ? interval((f) => total(f, cost) / days) : null,
    },
  }
}

function amountOf({ amounts, labels, weights }: TestPeriod, counts: (row: number) => boolean): number | null {
  if (amounts === null) return null
  let total = 0
  for (let row = 0; row < labels.length; row++)
    if (labels[row] === 1 && counts(row) && !Number.isNaN(amounts[row]!)) total += weights[row]! * amounts[row]!
  return total
}

/** Rows by score, highest first; runs of normal rows become units, which end at an anomaly, at the threshold and when long. */
export function rank(
  { scores, labels, weights, amounts }: Scored & { readonly amounts?: Float64Array | null },
  threshold: number,
): RankedUnit[] {
  const order = Uint32Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]! || a - b)
  const longest = Math.ceil(order.length / restUnits)
  const units: (RankedUnit & { weight: number; squared: number; loss: number; error: number })[] = []
  let level = -1
  let hasAnomaly = true
  let length = 0
  let normal = -1
  for (const [i, row] of order.entries()) {
    const score = scores[row]!
    const isAnomaly = labels[row] === 1
    const alerts = score >= threshold
    const isTie = i > 0 && score === scores[order[i - 1]!]
    const next = order[i + 1]
    if (!isTie) {
      // A level may hold many scores while it holds no anomaly: precision is not read there.
      const opens =
        hasAnomaly || length >= longest || units.at(-1)?.alerts !== alerts || tieHasAnomaly(order, i, scores, labels)
      if (opens) {
        level++
        hasAnomaly = false
        length = 0
        normal = -1
      }
    }
    hasAnomaly ||= isAnomaly
    length++
    const weight = weights[row]!
    const loss = -weight * Math.log(isAnomaly ? score : 1 - score)
    const error = weight * (score - labels[row]!) ** 2
    const amount = isAnomaly ? weight * (amounts?.[row] || 0) : 0
    const held = isAnomaly ? undefined : units[normal]
    if (held) {
      held.weight += weight
      held.squared += weight ** 2
      held.loss += loss
      held.error += error
    } else {
      if (!isAnomaly) normal = units.length
      units.push({ isAnomaly, level, alerts, weight, squared: weight ** 2, loss, error, amount })
    }
    if (next === undefined) break
  }
  return units
}

function tieHasAnomaly(order: Uint32Array, first: number, scores: Float64Array, labels: Uint8Array): boolean {
  for (let i = first; i < order.length && scores[order[i]!] === scores[order[first]!]; i++)
    if (labels[order[i]!] === 1) return true
  return false
}

function averagePrecisionOf(units: readonly RankedUnit[], factors: Float64Array): number {
  let [sum, found, alarms] = [0, 0, 0]
  for (let i = 0; i < units.length; ) {
    const { level } = units[i]!
    let anomalous = 0
    for (; i < units.length && units[i]!.level === level; i++) {
      const weight = units[i]!.weight * factors[i]!
      if (units[i]!.isAnomaly) anomalous += weight
      else alarms += weight
    }
    found += anomalous
    if (anomalous > 0) sum += (anomalous * found) / (found + alarms)
  }
  return sum / found
}

function rocAucOf(units: readonly RankedUnit[], factors: Float64Array): number {
  let [area, found, alarms] = [0, 0, 0]
  for (let i = 0; i < units.length; ) {
    const { level } = units[i]!
    let [anomalous, normal] = [0, 0]
    for (; i < units.length && units[i]!.level === level; i++) {
      const weight = units[i]!.weight * factors[i]!
      if (units[i]!.isAnomaly) anomalous += weight
      else normal += weight
    }
    area += normal * (found + anomalous / 2)
    found += anomalous
    alarms += normal
  }
  return area / (found * alarms)
}
