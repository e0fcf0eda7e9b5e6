// Scored rows in, the figures of each part of the period out: whether the model was as good on the last day as on the first.

import type { PeriodFigures } from '../../core/trainingFacts.ts'
import { averagePrecision } from '../metrics.ts'
import type { TestRows } from './testRows.ts'

const dayMs = 86_400_000
const fewestDays = 4
const mostParts = 14
const partsOfOther = 8

/** By UTC day where there are some; by several days where there are many; else by even parts of the time. */
export function stabilityOf(test: TestRows, threshold: number): PeriodFigures[] {
  return bounds(test.times[0]!, test.times.at(-1)! + 1).flatMap(([from, to]) => {
    const start = firstAt(test.times, from)
    const end = firstAt(test.times, to)
    return start === end ? [] : [figures(test, { from, to, start, end }, threshold)]
  })
}

function bounds(from: number, to: number): [number, number][] {
  const firstDay = Math.floor(from / dayMs) * dayMs
  const days = Math.ceil((to - firstDay) / dayMs)
  const step = days < fewestDays ? (to - from) / partsOfOther : Math.ceil(days / mostParts) * dayMs
  const origin = days < fewestDays ? from : firstDay
  return Array.from({ length: Math.ceil((to - origin) / step - 1e-9) }, (_, i) => [
    origin + i * step,
    origin + (i + 1) * step,
  ])
}

function firstAt(times: Float64Array, at: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}

type Part = { readonly from: number; readonly to: number; readonly start: number; readonly end: number }

function figures(
  { scores, labels, weights }: TestRows,
  { from, to, start, end }: Part,
  threshold: number,
): PeriodFigures {
  let [events, anomalies, alerts, caught] = [0, 0, 0, 0]
  for (let row = start; row < end; row++) {
    const [weight, isAlert] = [weights[row]!, scores[row]! >= threshold]
    events += weight
    anomalies += weight * labels[row]!
    if (isAlert) alerts += weight
    if (isAlert) caught += weight * labels[row]!
  }
  const part = {
    scores: scores.subarray(start, end),
    labels: labels.subarray(start, end),
    weights: weights.subarray(start, end),
  }
  return {
    ...{ from, to, events, anomalies, alerts },
    precision: alerts > 0 ? caught / alerts : null,
    recall: anomalies > 0 ? caught / anomalies : null,
    averagePrecision: anomalies > 0 ? averagePrecision(part) : null,
  }
}
