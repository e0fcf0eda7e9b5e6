// Scored rows in, what every possible threshold would have meant out.

import type { CurvePoint, TrainingFacts } from '../../core/trainingFacts.ts'
import type { TestRows } from './testRows.ts'

type Costs = {
  readonly days: number
  /** Cost of a missed anomaly, or `amount`; null where none is configured. */
  readonly missed: number | 'amount' | null
  readonly review: number
}

const mostPoints = 300

/** A point for every distinct score, from the highest on. */
export function operatingCurve({ scores, labels, weights, amounts }: TestRows, costs: Costs): CurvePoint[] {
  const { days, missed, review } = costs
  const order = Uint32Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]! || a - b)
  const costOf = (row: number) => (missed === 'amount' ? amountOf(row) : (missed ?? 0))
  const amountOf = (row: number) => amounts?.[row] || 0
  let [anomalous, normal, missedCost, amount] = [0, 0, 0, 0]
  for (let row = 0; row < scores.length; row++) {
    if (labels[row] === 0) normal += weights[row]!
    else {
      anomalous += weights[row]!
      missedCost += weights[row]! * costOf(row)
      amount += weights[row]! * amountOf(row)
    }
  }
  const points: CurvePoint[] = []
  let [found, alarms, caught] = [0, 0, 0]
  for (const [i, row] of order.entries()) {
    if (labels[row] === 0) alarms += weights[row]!
    else {
      found += weights[row]!
      missedCost -= weights[row]! * costOf(row)
      caught += weights[row]! * amountOf(row)
    }
    if (i + 1 < order.length && scores[order[i + 1]!] === scores[row]) continue
    points.push({
      threshold: scores[row]!,
      alertsPerDay: (found + alarms) / days,
      precision: found / (found + alarms),
      recall: found / anomalous,
      falsePositiveRate: alarms / normal,
      caughtShare: amount > 0 ? caught / amount : null,
      costPerDay: missed === null ? null : (missedCost + review * (found + alarms)) / days,
    })
  }
  return points
}

/** Some hundred points that draw the same picture: dense where alerts are few, and every corner while there are not too many. */
export function thinned(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length <= mostPoints) return [...points]
  const corners = cornersOf(points)
  const kept = new Set(corners.length <= mostPoints ? corners : [])
  const half = mostPoints / 2
  for (let i = 0; i <= half; i++) {
    kept.add(Math.round((points.length - 1) ** (i / half)) - 1)
    kept.add(Math.round((i / half) * (points.length - 1)))
  }
  return points.filter((_, i) => kept.has(i))
}

// An anomaly is found there, or will be at the next point.
function cornersOf(points: readonly CurvePoint[]): number[] {
  const rises = points.map(({ recall }, i) => recall > (points[i - 1]?.recall ?? 0))
  return points.flatMap((_, i) => (rises[i] || rises[i + 1] ? [i] : []))
}

/** Sums of weights, by what the threshold makes of the rows. */
export function outcomesAt({ scores, labels, weights }: TestRows, threshold: number): TrainingFacts['confusion'] {
  const sums = { caught: 0, missed: 0, falseAlarms: 0, quiet: 0 }
  for (let row = 0; row < scores.length; row++) {
    const isAlert = scores[row]! >= threshold
    const outcome = labels[row] === 1 ? (isAlert ? 'caught' : 'missed') : isAlert ? 'falseAlarms' : 'quiet'
    sums[outcome] += weights[row]!
  }
  return sums
}
