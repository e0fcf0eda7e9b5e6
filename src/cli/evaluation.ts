// A model's evaluation in, the lines that a person reads before trusting it out.

import type { Trained } from '../app/train.ts'
import type { Style, Terminal } from './terminal.ts'

/** The part of an artifact that this page shows. */
type Evaluated = Pick<Trained['artifact'], 'operatingPoint' | 'evaluation' | 'schema'>
type Interval = Evaluated['evaluation']['averagePrecision']

/** What training says of its own evaluation. */
export function printTrained(terminal: Terminal, artifact: Trained['artifact']): void {
  const isRefit = artifact.hyperparameters.refit === 'all'
  const unseen = isRefit ? 'by a model that never saw it' : 'which training never saw'
  const served = 'The model that serves was made the same way, and has learned from that period too (model.refit: all).'
  printEvaluation(terminal, artifact, `Evaluation on the last period, ${unseen}`, isRefit ? served : undefined)
}

export function printEvaluation(
  terminal: Terminal,
  { evaluation, operatingPoint, schema }: Evaluated,
  what: string,
  aside?: string,
): void {
  const { period, baselines, atOperatingPoint: at } = evaluation
  const date = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
  const when = schema.time === null ? '' : `${date(period.from)} to ${date(period.to)} UTC, `
  const row = (name: string, interval: Interval, digits: number, note = '', style: Style = 'reset') =>
    terminal.line(
      `  ${name.padEnd(20)} ${terminal.style(style, interval.value.toFixed(digits).padStart(8))}  ${`${interval.low.toFixed(digits)} – ${interval.high.toFixed(digits)}`.padEnd(19)} ${note}`.trimEnd(),
    )
  terminal.line(`${what}: ${when}${evaluation.rows.toLocaleString('en')} rows, ${evaluation.anomalies} anomalies`)
  if (aside !== undefined) terminal.line(`  ${aside}`)
  terminal.line(`  ${''.padEnd(20)} ${'value'.padStart(8)}  95 % interval`)
  const { prior, bestFeature } = baselines
  row(
    'average precision',
    evaluation.averagePrecision,
    3,
    `best single feature (${bestFeature.name}): ${bestFeature.averagePrecision.value.toFixed(3)}; no model: ${prior.averagePrecision.toFixed(4)}`,
    'bold',
  )
  row('ROC AUC', evaluation.rocAuc, 3)
  row('log loss', evaluation.logLoss, 4)
  row('Brier', evaluation.brier, 4)
  terminal.line(
    `At the operating point (${chosen(operatingPoint.chosenBy)}): alert when the score is at least ${operatingPoint.threshold.toPrecision(3)}`,
  )
  row('precision', at.precision, 3)
  row('recall', at.recall, 3)
  row(schema.time === null ? 'alerts in 1,000 rows' : 'alerts a day', at.alertsPerDay, 1)
  if (at.caughtAmount !== null && at.anomalousAmount !== null && at.anomalousAmount > 0)
    row(
      'money caught, share',
      at.money?.caughtShare ?? alone(at.caughtAmount / at.anomalousAmount),
      3,
      `${money(at.caughtAmount)} of ${money(at.anomalousAmount)} anomalous`,
    )
  if (at.money?.costPerDay) row('cost a day', at.money.costPerDay, 2, 'misses and reviews')
}

function alone(value: number): Interval {
  return { value, low: value, high: value }
}

function chosen(by: object): string {
  return Object.entries(by)
    .map(([key, value]) => (typeof value === 'object' ? `${key} ${chosen(value)}` : `${key} ${value}`))
    .join(', ')
}

function money(amount: number): string {
  return amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}
