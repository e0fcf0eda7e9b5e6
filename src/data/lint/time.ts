// Times and labels in, what is odd about them along time out: events in the future, jumping rates, silence among the labels.

import type { History } from '../../core/column.ts'
import type { EventSchema } from '../../core/event.ts'
import type { Split } from '../split.ts'
import { count, examples, type Finding, firstRows, percent } from './finding.ts'

/** Clocks differ; days don't. */
const toleranceMs = 86_400_000
/** No clock is so far ahead: the times count in another unit, or from another origin. */
const wrongUnitMs = 366 * 86_400_000
/** The last instant that a Date can tell. */
const lastInstantMs = 8.64e15
const fewAnomalies = 50
const rateParts = 10
/** A part's rate is another one where it is so many times the whole's (or its inverse), beyond chance. */
const rateFactor = 3
const rateDeviations = 5
/** Without an anomaly where so many were to be expected: e⁻²⁰ is no chance, though anomalies come in bursts. */
const expectedInGap = 20

export function lintTimes({ time }: EventSchema, history: History, nowMs: number): Finding[] {
  if (time === null || !(history.times.at(-1)! > nowMs + toleranceMs)) return []
  const isFuture = (row: number) => history.times[row]! > nowMs + toleranceMs
  let first = history.rows
  while (first > 0 && isFuture(first - 1)) first--
  const shown = firstRows(history.rows - first, 3, () => true).map((row) => first + row)
  const found = `${count(history.rows - first)} events have times in the future (up to ${date(history.times.at(-1)!)})`
  const message = `${found}: the split goes by time, and live events would seem to come late. Mend them, or say how "${time.column}" counts in events.time {column, unit, origin}; or accept it: lint.accept: ['FUTURE_TIME']`
  const severity = history.times.at(-1)! > nowMs + wrongUnitMs ? 'error' : 'warning'
  return [{ code: 'FUTURE_TIME', severity, columns: [time.column], rows: examples(history, [], shown), message }]
}

export function lintLabels(schema: EventSchema, history: History, split: Split): Finding[] {
  const where = (row: number) => (schema.time === null ? `row ${count(row + 1)}` : date(history.times[row]!))
  return [...tooFew(history, split), ...unstableRate(history, where), ...labelGap(history, where)]
}

function date(ms: number): string {
  if (ms > lastInstantMs) return 'after the year 275,000'
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

function tooFew({ rows, labels }: History, { validationStart, testStart }: Split): Finding[] {
  const periods: [string, number, number][] = [
    ['training', 0, validationStart],
    ['validation', validationStart, testStart],
    ['test', testStart, rows],
  ]
  const counts = periods.map(([, start, end]) => labels.subarray(start, end).reduce((sum, label) => sum + label, 0))
  const all = counts.reduce((sum, n) => sum + n, 0)
  if (all >= fewAnomalies) return []
  const parts = periods.map(([name], i) => `${counts[i]} in ${name}`).join(', ')
  const message = `only ${all} anomalies (${parts}): a model learns little from so few, and its figures have wide intervals. Give a longer history; read the intervals, not the figures`
  return [{ code: 'FEW_ANOMALIES', severity: 'warning', columns: [], rows: [], message }]
}

type Where = (row: number) => string

function unstableRate({ rows, labels, weights }: History, where: Where): Finding[] {
  const start = (part: number) => Math.floor((part * rows) / rateParts)
  const parts = Array.from({ length: rateParts }, (_, part) => {
    let [events, anomalies, n] = [0, 0, 0]
    for (let row = start(part); row < start(part + 1); row++) {
      events += weights[row]!
      anomalies += weights[row]! * labels[row]!
      n += labels[row]!
    }
    return { start: start(part), events, anomalies, n, rate: anomalies / events }
  })
  const rate = parts.reduce((sum, part) => sum + part.anomalies, 0) / parts.reduce((sum, part) => sum + part.events, 0)
  const odd = parts.filter(({ events, n, ...part }) => {
    const expected = rate * events
    const isFar = part.rate > rateFactor * rate || part.rate * rateFactor < rate
    return (
      isFar && Math.abs(part.anomalies - expected) > rateDeviations * Math.sqrt(expected) && Math.max(n, expected) > 10
    )
  })
  if (odd.length === 0) return []
  const told = odd.slice(0, 3).map((part) => `${percent(part.rate)} from ${where(part.start)} on`)
  const found = `the anomaly rate is ${percent(rate)} over all, but ${told.join(', ')} (tenths of the history)`
  const message = `${found}: what is learned in one time may not hold in another, and calibrated scores will be off. Look for a change in how labels were given or rows were chosen; if that is how it was, accept it: lint.accept: ['RATE_UNSTABLE']`
  return [{ code: 'RATE_UNSTABLE', severity: 'warning', columns: [], rows: [], message }]
}

function labelGap(history: History, where: Where): Finding[] {
  const { rows, labels, weights } = history
  let all = 0
  let anomalous = 0
  for (let row = 0; row < rows; row++) {
    all += weights[row]!
    anomalous += weights[row]! * labels[row]!
  }
  const rate = anomalous / all
  let longest = { expected: 0, start: 0, end: 0 }
  for (let row = 0, start = 0, expected = 0; row <= rows; row++) {
    if (row < rows && labels[row] === 0) {
      expected += weights[row]! * rate
      continue
    }
    if (expected > longest.expected) longest = { expected, start, end: row }
    start = row + 1
    expected = 0
  }
  if (longest.expected < expectedInGap) return []
  const { expected, start, end } = longest
  const found = `no anomaly in ${count(end - start)} events, ${where(start)} to ${where(end - 1)}, where about ${count(Math.round(expected))} were to be expected`
  const [why, advice] = gapWords(start === 0, end === rows)
  const message = `${found}: ${why}, and anomalies taken for normal teach the wrong thing. ${advice}; or accept it: lint.accept: ['LABEL_GAP']`
  const shown = [start, end - 1]
  return [{ code: 'LABEL_GAP', severity: 'warning', columns: [], rows: examples(history, [], shown), message }]
}

function gapWords(isFirst: boolean, isLast: boolean): [why: string, advice: string] {
  if (isLast) return ['their labels may not have come in yet', 'End the history where labels are complete']
  if (isFirst) return ['labels may have been given only later', 'Begin the history where they do']
  return ['their labels may have been lost', 'Leave that time out']
}
