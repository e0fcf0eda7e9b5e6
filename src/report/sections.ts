// Figures of a day, a week or a month in, the parts that their pages share out.

import { html, type Markup } from './markup.ts'
import { styleSheet } from './style.ts'
import type { DaySummary, SummaryAlert } from './summary.ts'
import {
  clip,
  count,
  deadLetterWords,
  labelWords,
  lateWords,
  modelWords,
  money,
  percent,
  plural,
  precisionWords,
  score,
  undeliveredWords,
} from './words.ts'

/** What every page counts. */
export type Totals = Pick<
  DaySummary,
  | 'events'
  | 'alerts'
  | 'amount'
  | 'amountAtRisk'
  | 'labels'
  | 'strongestReasons'
  | 'topAlerts'
  | 'lateArrivals'
  | 'deadLetters'
  | 'undelivered'
  | 'modelVersions'
  | 'timeZone'
>

/** One self-contained page around the parts: no script, nothing loaded. */
export function frame(title: string, parts: readonly Markup[]): string {
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
${{ markup: styleSheet }}
</style>
</head>
<body>
<table role="presentation" class="page"><tr><td>
<div class="frame" role="main">
${parts.map(({ markup }) => ({ markup: `${markup}\n` }))}</div>
</td></tr></table>
</body>
</html>
`.markup
  }`
}

export function figures({ events, alerts, amount, amountAtRisk, labels }: Totals): Markup {
  const answered = labels.anomaly + labels.normal
  const rate = events === 0 ? 'none came in' : `${percent(alerts / events)} raised an alert`
  return html`<table role="presentation" class="figures"><tr>
${amountAtRisk === null ? null : moneyAtRisk(amountAtRisk, amount ?? 0)}
<td>${figure('Alerts', count(alerts), alerts === 0 ? 'nothing to answer' : `${count(answered)} answered so far`)}</td>
<td>${figure('Events', count(events), rate)}</td>
</tr></table>`
}

function moneyAtRisk(atRisk: number, all: number): Markup {
  const words = figure('Money at risk', money(atRisk), `of ${money(all)} in all events`)
  return html`<td class="${atRisk > 0 ? 'main alarming' : 'main'}">${words}</td>`
}

function figure(name: string, value: string, note: string): Markup {
  return html`<div class="small muted">${name}</div><div class="figure">${value}</div><div class="small muted">${note}</div>`
}

export function signs({ strongestReasons, alerts }: Totals): Markup {
  if (strongestReasons.length === 0) return html``
  const sentence = 'In how many alerts a feature was among the three strongest reasons.'
  return section(
    'Strongest reasons',
    sentence,
    html`<table class="rows signs">
<tr><th class="name">Feature</th><th class="number">Alerts</th><td class="share"></td><th>For example</th></tr>
${strongestReasons.map(
  (
    reason,
  ) => html`<tr><td class="name">${clip(reason.feature, 40)}</td><td class="number">${count(reason.alerts)}</td><td class="share">${shareBar(reason.alerts / alerts)}</td><td>${clip(reason.example, 140)}</td></tr>
`,
)}</table>`,
  )
}

function shareBar(share: number): Markup {
  return html`<svg width="100%" height="8" aria-hidden="true"><rect class="bar" width="${Math.round(share * 1000) / 10}%" height="8"/></svg>`
}

export function topAlerts(
  { alerts, topAlerts, timeZone, amountAtRisk }: Totals,
  timeOf: (alert: SummaryAlert) => string,
): Markup {
  const hasAmount = amountAtRisk !== null
  if (topAlerts.length === 0) return html``
  const which =
    topAlerts.length === alerts
      ? plural(alerts, 'alert')
      : `The ${topAlerts.length} strongest of ${count(alerts)} alerts`
  return section(
    'Top alerts',
    `${which}, highest score first. Times are in ${timeZone}.`,
    html`<table class="rows alerts">
<tr><th>Time</th><th>Entity</th>${hasAmount ? html`<th class="number">Amount</th>` : null}<th class="number score">Score</th><th class="reason">Strongest reason</th><th class="label">Label</th></tr>
${topAlerts.map((alert) => alertRow(alert, timeOf(alert), hasAmount))}</table>`,
  )
}

function alertRow(alert: SummaryAlert, time: string, hasAmount: boolean): Markup {
  const { entity, amount, label } = alert
  return html`<tr><td class="time">${time}</td><td class="name"><bdi>${clip(entity ?? '–', 24)}</bdi></td>${hasAmount ? html`<td class="number">${amount === null ? '–' : money(amount)}</td>` : null}<td class="number score">${score(alert.score)}</td><td class="reason"><bdi>${clip(alert.reasons[0]?.text ?? '–', 140)}</bdi></td><td class="${label === 'anomaly' ? 'label alarm' : label === 'normal' ? 'label muted' : 'label'}">${labelWords(alert)}</td></tr>
`
}

/** Names and sentences of the last part; null leaves a line out. */
export function bookRows(totals: Totals): (readonly [string, string | null])[] {
  return [
    ['Precision so far', precisionWords(totals)],
    ['Late arrivals', lateWords(totals)],
    ['Dead letters', deadLetterWords(totals)],
    ['Messages', undeliveredWords(totals)],
    ['Model', modelWords(totals)],
  ]
}

export function books(title: string, rows: readonly (readonly [string, string | null])[]): Markup {
  return html`<h2>${title}</h2>
<table class="facts">
${rows.flatMap(([name, words]) =>
  words === null
    ? []
    : [
        html`<tr><th scope="row">${name}</th><td>${words}</td></tr>
`,
      ],
)}</table>`
}

export function section(title: string, sentence: string, body: Markup): Markup {
  return html`<h2>${title}</h2>
<p class="note">${sentence}</p>
${body}`
}
