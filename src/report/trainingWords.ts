// Facts of a training in, the sentences that a stakeholder reads out.

import type { TrainingFacts } from '../core/trainingFacts.ts'
import { count, money as exactMoney, percent, plural } from './words.ts'

/** How well the model did, what it costs people, and whether to believe it: one plain paragraph. */
export function inPlainWords(facts: TrainingFacts): string {
  return [caughtWords(facts), loadWords(facts), moneyWords(facts), trustWords(facts)]
    .filter((sentence) => sentence !== null)
    .join(' ')
}

function caughtWords({ confusion, operatingPoint, hasTime, days }: TrainingFacts): string {
  const { caught, missed } = confusion
  const { low, high } = operatingPoint.recall
  const when = hasTime ? `In the last ${durationWords(days)}` : 'In the last rows of the history'
  return `${when}, which the model had never seen, it caught ${count(caught)} of ${plural(caught + missed, 'anomaly', 'anomalies')} (${percent(caught / (caught + missed))}; with another such period, likely between ${percent(low)} and ${percent(high)}).`
}

function loadWords({ confusion: { caught, falseAlarms }, operatingPoint, hasTime }: TrainingFacts): string {
  if (caught + falseAlarms === 0) return 'Nothing scored high enough to alert.'
  const often = hasTime
    ? `about ${rounded(operatingPoint.alertsPerDay.value)} alerts a day`
    : plural(caught + falseAlarms, 'alert')
  const wrong = falseAlarms / caught
  const ratio =
    caught === 0
      ? 'none of them right'
      : wrong < 0.05
        ? `${falseAlarms === 0 ? 'all' : 'nearly all'} of them right`
        : wrong < 1
          ? `${count((100 * caught) / (caught + falseAlarms))} of 100 right`
          : `${rounded(wrong, 2)} false for each right one`
  return `For that it raised ${often}, ${ratio}.`
}

function moneyWords({ operatingPoint: { caughtAmount, anomalousAmount, money: range } }: TrainingFacts): string | null {
  const cost = range?.costPerDay
  const costs = cost
    ? `Misses and reviews together cost about ${money(cost.value)} a day (${money(cost.low)} to ${money(cost.high)}).`
    : null
  if (caughtAmount === null || anomalousAmount === null || anomalousAmount <= 0) return costs
  const share = percent(caughtAmount / anomalousAmount)
  const likely = range?.caughtShare
    ? `${share}, likely between ${percent(range.caughtShare.low)} and ${percent(range.caughtShare.high)}`
    : share
  return [
    `Of ${money(anomalousAmount)} at stake in anomalies it caught ${money(caughtAmount)} (${likely}).`,
    ...(costs ? [costs] : []),
  ].join(' ')
}

function trustWords({ averagePrecision, bestFeature, periods }: TrainingFacts): string {
  const test = periods.at(-1)!
  const few =
    test.anomalies < 100
      ? ` There were only ${test.anomalies} anomalies to judge by, so read the ranges, not the figures.`
      : ''
  const { name, averagePrecision: single } = bestFeature
  const isBetter = averagePrecision.low > single.value
  const beside = isBetter
    ? `It ranks events clearly better than the best single column, ${name}, does`
    : `It is not clearly better than ranking by the single column ${name}`
  return `${beside} (average precision ${averagePrecision.value.toFixed(2)} against ${single.value.toFixed(2)}).${few}`
}

/** @example durationWords(0.5) === '12 hours' */
function durationWords(days: number): string {
  if (days >= 2) return `${rounded(days, 2)} days`
  return days * 24 >= 2 ? `${rounded(days * 24, 2)} hours` : `${plural(Math.max(1, Math.round(days * 1440)), 'minute')}`
}

/** So many figures at most. @example rounded(12.345) === '12.3' */
export function rounded(value: number, figures = 3): string {
  return value >= 100 ? count(value) : String(Number(value.toPrecision(figures)))
}

/** Cents tell nothing of thousands. @example money(18204.5) === '18,205' */
export function money(amount: number): string {
  return Math.abs(amount) >= 1000 ? count(amount) : exactMoney(amount)
}

/** What the threshold was chosen by. */
export function wishWords([key, value]: readonly [string, string]): string {
  if (key === 'alertsPerDay') return `at most ${value} alerts a day`
  if (key === 'cost') return `the least cost, where ${value}`
  return `a ${key} of at least ${value}`
}

/** A UTC minute. */
export function instantWords(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
