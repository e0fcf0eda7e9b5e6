// Scores of one fold by several subjects in, figures and paired differences with their intervals out.

import type { Interval } from '../../src/model/model.ts'
import { bootstrapInterval } from '../../src/train/bootstrap.ts'
import type { Scored } from '../../src/train/metrics.ts'
import type { Capacity } from './sets.ts'

/** One test period. */
export type Period = {
  readonly labels: Uint8Array
  readonly weights: Float64Array
  /** In days; of no meaning where the set has no days. */
  readonly days: number
}
export type Metric = 'average precision' | 'ROC AUC' | 'recall at capacity'

type Statistic = (factors: Float64Array) => number

/** The figure of one period's scores, as a function of how often each row counts. */
export function figureOf(metric: Metric, period: Period, scores: Float64Array, capacity: Capacity): Statistic {
  const order = Uint32Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]! || a - b)
  const walk = (factors: Float64Array, look: (anomalous: number, normal: number) => void) => {
    for (let i = 0; i < order.length; ) {
      const score = scores[order[i]!]!
      let [anomalous, normal] = [0, 0]
      for (; i < order.length && scores[order[i]!] === score; i++) {
        const weight = period.weights[order[i]!]! * factors[order[i]!]!
        if (period.labels[order[i]!] === 1) anomalous += weight
        else normal += weight
      }
      look(anomalous, normal)
    }
  }
  if (metric === 'average precision') return (factors) => averagePrecision((look) => walk(factors, look))
  if (metric === 'ROC AUC') return (factors) => rocAuc((look) => walk(factors, look))
  return (factors) => {
    const events = period.weights.reduce((total, weight, row) => total + weight * factors[row]!, 0)
    const room = 'perDay' in capacity ? capacity.perDay * period.days : (capacity.perThousand * events) / 1000
    return recallAt(room, (look) => walk(factors, look))
  }
}

type Walk = (look: (anomalous: number, normal: number) => void) => void

function averagePrecision(walk: Walk): number {
  let [sum, found, alarms] = [0, 0, 0]
  walk((anomalous, normal) => {
    found += anomalous
    alarms += normal
    if (anomalous > 0) sum += (anomalous * found) / (found + alarms)
  })
  return sum / found
}

function rocAuc(walk: Walk): number {
  let [area, found, alarms] = [0, 0, 0]
  walk((anomalous, normal) => {
    area += normal * (found + anomalous / 2)
    found += anomalous
    alarms += normal
  })
  return area / (found * alarms)
}

// Where equal scores would overflow the room, a share of them is reviewed.
function recallAt(room: number, walk: Walk): number {
  let [left, caught, all] = [room, 0, 0]
  walk((anomalous, normal) => {
    const alerts = anomalous + normal
    if (alerts > 0) caught += anomalous * Math.min(1, Math.max(0, left) / alerts)
    left -= alerts
    all += anomalous
  })
  return caught / all
}

/** The mean over folds; `minus`, where given, is taken off fold by fold, rows counting equally often for both: a paired difference. */
export function meanOver(
  periods: readonly Period[],
  of: readonly Statistic[],
  minus: readonly Statistic[] | null,
): Interval {
  const starts = [0]
  for (const { labels } of periods) starts.push(starts.at(-1)! + labels.length)
  const row = { weight: 1, squared: 1 }
  const statistic: Statistic = (factors) => {
    const parts = periods.map((_, fold) => {
      const own = factors.subarray(starts[fold], starts[fold + 1])
      return of[fold]!(own) - (minus === null ? 0 : minus[fold]!(own))
    })
    return parts.reduce((total, part) => total + part, 0) / parts.length
  }
  return bootstrapInterval(Array(starts.at(-1)).fill(row), statistic, { seed: 1, replicates: 200 })
}

/** Slope of a logistic regression of the labels on the log-odds of the scores: 1 where they say what they mean, less where they are too sure. */
export function recalibration({ scores, labels, weights }: Scored): number {
  let [slope, shift] = [1, 0]
  for (let step = 0; step < 100; step++) {
    let [gs, gb, ss, sb, bb] = [0, 0, 1e-9, 0, 1e-9]
    for (const [row, score] of scores.entries()) {
      const x = Math.log(score / (1 - score))
      const p = 1 / (1 + Math.exp(-slope * x - shift))
      const [error, curvature] = [weights[row]! * (p - labels[row]!), weights[row]! * p * (1 - p)]
      gs += error * x
      gb += error
      ss += curvature * x * x
      sb += curvature * x
      bb += curvature
    }
    const determinant = ss * bb - sb * sb
    const change = (gs * bb - gb * sb) / determinant
    slope -= Math.max(-0.5, Math.min(0.5, change))
    shift -= Math.max(-1, Math.min(1, (gb * ss - gs * sb) / determinant))
    if (Math.abs(change) < 1e-6) break
  }
  return slope
}
