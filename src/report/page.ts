// A day's summary in, one self-contained HTML page out: no script, nothing loaded, the same bytes for the same summary.

import { barChart } from './chart.ts'
import { html, type Markup } from './markup.ts'
import { summarySubject } from './message.ts'
import { styleSheet } from './style.ts'
import type { DaySummary, SummaryAlert } from './summary.ts'
import {
  againstUsual,
  alertTime,
  clip,
  count,
  deadLetterWords,
  labelWords,
  lateWords,
  longDay,
  modelWords,
  money,
  percent,
  plural,
  precisionWords,
  score,
  skippedWords,
  undeliveredWords,
  whatHappened,
  whatToDo,
} from './words.ts'

/** The page, for a browser and as the body of a mail. Of an open day it says that its figures still change. */
export function renderDay(summary: DaySummary): string {
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${summarySubject(summary)}</title>
<style>
${{ markup: styleSheet }}
</style>
</head>
<body>
<table role="presentation" class="page"><tr><td>
<div class="frame">
${head(summary)}
${figures(summary)}
${hours(summary)}
${scores(summary)}
${signs(summary)}
${entities(summary)}
${topAlerts(summary)}
${facts(summary)}
${foot(summary)}
</div>
</td></tr></table>
</body>
</html>
`.markup
  }`
}

function head(summary: DaySummary): Markup {
  const { detector, day, isClosed } = summary
  const notice = 'This day is still open: its figures change until it closes.'
  return html`<p class="muted">${detector}</p>
<h1>${longDay(day)}</h1>
${isClosed ? null : html`<p class="notice">${notice}</p>`}
<p class="lead">${[whatHappened(summary), againstUsual(summary)].filter((words) => words !== null).join(' ')}</p>
<p class="todo">${whatToDo(summary)}</p>`
}

function figures({ events, alerts, amount, amountAtRisk, labels }: DaySummary): Markup {
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

function hours({ alerts, alertsByHour, timeZone }: DaySummary): Markup {
  if (alerts === 0) return html``
  const sentence = hoursInWords(alerts, alertsByHour)
  const chart = barChart({
    description: `Alerts by hour in ${timeZone}. ${sentence}`,
    values: alertsByHour,
    nameOf: (bar) => `${hour(bar)} to ${hour(bar + 1)}`,
    scale: 'linear',
    ticks: [0, 6, 12, 18, 24].map((at) => ({ at: at / 24, text: hour(at) })),
  })
  return section('Alerts by hour', sentence, chart)
}

function hoursInWords(alerts: number, alertsByHour: readonly number[]): string {
  const highest = Math.max(...alertsByHour)
  const busiest = alertsByHour.flatMap((n, i) => (n === highest ? [i] : []))
  const quiet = alertsByHour.filter((n) => n === 0).length
  const silence = quiet === 0 ? 'no hour was without one' : `${plural(quiet, 'hour')} had none`
  const [first] = busiest as [number]
  if (highest === 1) return `No hour had more than one alert; ${silence}.`
  if (busiest.length > 1)
    return `${busiest.length} hours had ${highest} of ${count(alerts)} alerts each, none had more; ${silence}.`
  return `The busiest hour, ${hour(first)} to ${hour(first + 1)}, had ${count(highest)} of ${count(alerts)} alerts; ${silence}.`
}

function hour(n: number): string {
  return `${String(n).padStart(2, '0')}:00`
}

function scores({ events, scoreHistogram, topAlerts }: DaySummary): Markup {
  if (events === 0) return html``
  const n = scoreHistogram.length
  const low = count(scoreHistogram[0]!)
  const high = scoreHistogram[n - 1] === 0 ? 'none' : count(scoreHistogram[n - 1]!)
  const sentence = `Of ${plural(events, 'event')}, ${low} scored below ${edge(1, n)} and ${high} scored ${edge(n - 1, n)} or more. The scale is logarithmic: each line stands for ten times the one below it.`
  const chart = barChart({
    description: `Events by score. ${sentence}`,
    values: scoreHistogram,
    nameOf: (bar) => `${edge(bar, n)} to ${edge(bar + 1, n)}`,
    scale: 'log',
    ticks: [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, text: String(at) })),
    alarmFrom: thresholdMark(topAlerts),
  })
  return section('Events by score', sentence, chart)
}

function edge(bin: number, bins: number): string {
  return (bin / bins).toFixed(2)
}

// Where a new model took over during the day there are several thresholds: the lowest is where alerts began.
function thresholdMark(alerts: readonly SummaryAlert[]): { at: number; text: string } | undefined {
  if (alerts.length === 0) return undefined
  const at = Math.min(...alerts.map(({ threshold }) => threshold))
  return { at, text: `alert from ${score(at)}` }
}

function signs({ strongestReasons, alerts }: DaySummary): Markup {
  if (strongestReasons.length === 0) return html``
  const sentence = 'In how many alerts a feature was among the three strongest reasons.'
  return section(
    'Strongest reasons',
    sentence,
    html`<table class="rows signs">
<tr><th class="name">Feature</th><th class="number">Alerts</th><th class="share"></th><th>For example</th></tr>
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

function entities({ topEntities, amountAtRisk }: DaySummary): Markup {
  if (topEntities.length === 0) return html``
  const hasAmount = amountAtRisk !== null
  return section(
    'Entities with several alerts',
    `Those with the most ${hasAmount ? 'money at risk' : 'alerts'} first: often one incident, not many.`,
    html`<table class="rows entities">
<tr><th class="name">Entity</th><th class="number">Alerts</th>${hasAmount ? html`<th class="number">At risk</th>` : null}<th class="number score">Highest score</th></tr>
${topEntities.map(
  (
    found,
  ) => html`<tr><td class="name"><bdi>${clip(found.entity, 40)}</bdi></td><td class="number">${count(found.alerts)}</td>${found.amountAtRisk === null ? null : html`<td class="number">${money(found.amountAtRisk)}</td>`}<td class="number score">${score(found.highestScore)}</td></tr>
`,
)}</table>`,
  )
}

function topAlerts({ alerts, topAlerts, timeZone, amountAtRisk }: DaySummary): Markup {
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
${topAlerts.map((alert) => alertRow(alert, timeZone, hasAmount))}</table>`,
  )
}

function alertRow(alert: SummaryAlert, timeZone: string, hasAmount: boolean): Markup {
  const { entity, amount, label } = alert
  return html`<tr><td class="time">${alertTime(alert, timeZone)}</td><td class="name"><bdi>${clip(entity ?? '–', 24)}</bdi></td>${hasAmount ? html`<td class="number">${amount === null ? '–' : money(amount)}</td>` : null}<td class="number score">${score(alert.score)}</td><td class="reason"><bdi>${clip(alert.reasons[0]?.text ?? '–', 140)}</bdi></td><td class="${label === 'anomaly' ? 'label alarm' : label === 'normal' ? 'label muted' : 'label'}">${labelWords(alert)}</td></tr>
`
}

function facts(summary: DaySummary): Markup {
  const rows = [
    ['Precision so far', precisionWords(summary)],
    ['Late arrivals', lateWords(summary)],
    ['Dead letters', deadLetterWords(summary)],
    ['Messages', undeliveredWords(summary)],
    ['Model', modelWords(summary)],
    ['Days left out', skippedWords(summary)],
  ].filter(([, words]) => words !== null)
  return html`<h2>The day’s books</h2>
<table class="facts">
${rows.map(
  ([name, words]) => html`<tr><th scope="row">${name!}</th><td>${words!}</td></tr>
`,
)}</table>`
}

function foot({ isClosed, timeZone }: DaySummary): Markup {
  const state = isClosed ? 'The page was made when the day closed and does not change.' : 'The day is not closed.'
  return html`<p class="small muted foot">${state} Days and times are those of ${timeZone}. Answers to alerts count as labels. Tocsin.</p>`
}

function section(title: string, sentence: string, body: Markup): Markup {
  return html`<h2>${title}</h2>
<p class="note">${sentence}</p>
${body}`
}
