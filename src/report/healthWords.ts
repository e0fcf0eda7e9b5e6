// A day's model health in, sentences out: what a reader of the page should know of the model.

import type { Severity } from './drift.ts'
import type { Health } from './health.ts'
import { count, percent, plural } from './words.ts'

/** The severity in plain words. */
export const severityWords: Readonly<Record<Severity, string>> = {
  steady: 'as in training',
  shifted: 'has shifted',
  drifted: 'has drifted far',
  unknown: 'too few events to tell',
}

/** How right the alerts of the last weeks were, and how sure that is. */
export function answersWords({ answers, days }: Health): string {
  const { alerts, anomalies, normals, isMature, precision } = answers
  if (alerts === 0) return `No alerts in the last ${days} days.`
  if (precision === null)
    return `None of the ${plural(alerts, 'alert')} of the last ${days} days is answered: how right they were is not known.`
  const answered = anomalies + normals
  const range = `95% interval ${percent(precision.low)} to ${percent(precision.high)}`
  const caution = isMature ? '' : ` Only ${percent(answered / alerts)} of them are answered, so it may still change.`
  return `${percent(precision.value)} of the ${count(answered)} answered alerts of the last ${days} days were anomalies (${range}).${caution}`
}

/** How far the day was from what the model was trained on. */
export function driftWords({ drift, modelVersion }: Health): string {
  if (drift === null)
    return `Version ${modelVersion} decided too little of the day to tell drift from the hours of a part of it.`
  if (drift.score.severity === 'unknown')
    return `${plural(drift.events, 'event')} ${drift.events === 1 ? 'is' : 'are'} too few to tell drift from chance.`
  const moved = drift.shifted + drift.drifted
  const far = drift.drifted > 0 ? `, ${count(drift.drifted)} of them far` : ''
  const features =
    moved === 0
      ? 'no feature has moved from training'
      : `${plural(moved, 'feature')} ${moved === 1 ? 'has' : 'have'} moved from training${far}`
  return `The score ${scoreWords[drift.score.severity]}; ${features}.`
}

const scoreWords: Readonly<Record<Severity, string>> = {
  steady: 'is spread as in the test period',
  shifted: 'is spread otherwise than in the test period',
  drifted: 'is spread quite otherwise than in the test period',
  unknown: 'cannot be judged',
}
