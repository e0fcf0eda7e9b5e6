// A day's summary in, one self-contained HTML page out: no script, nothing loaded, the same bytes for the same summary.

import { barChart } from './chart.ts'
import { answersWords, driftWords, severityWords } from './healthWords.ts'
import { html, type Markup } from './markup.ts'
import { summarySubject } from './message.ts'
import { bookRows, books, figures, frame, section, signs, topAlerts } from './sections.ts'
import type { DaySummary, SummaryAlert } from './summary.ts'
import {
  againstUsual,
  alertTime,
  clip,
  count,
  heldBackWords,
  longDay,
  money,
  plural,
  score,
  skippedWords,
  whatHappened,
  whatToDo,
} from './words.ts'

/** The page, for a browser and as the body of a mail. Of an open day it says that its figures still change. */
export function renderDay(summary: DaySummary): string {
  return frame(summarySubject(summary), [
    head(summary),
    figures(summary),
    hours(summary),
    scores(summary),
    signs(summary),
    entities(summary),
    topAlerts(summary, (alert) => alertTime(alert, summary.timeZone)),
    modelHealth(summary),
    books('The day’s books', [
      ...bookRows(summary),
      ['Held back', heldBackWords(summary)],
      ['Days left out', skippedWords(summary)],
    ]),
    foot(summary),
  ])
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

function modelHealth({ health }: DaySummary): Markup {
  if (health === null) return html``
  const { drift } = health
  return section(
    'Model health',
    answersWords(health),
    html`<p>${driftWords(health)}</p>
${drift === null || drift.features.length === 0 ? null : movedFeatures(drift.features)}`,
  )
}

function movedFeatures(features: NonNullable<NonNullable<DaySummary['health']>['drift']>['features']): Markup {
  return html`<table class="rows moved">
<tr><th class="name">Feature</th><th>Against training</th><th class="number">PSI</th></tr>
${features.map(
  ({
    name,
    psi,
    severity,
  }) => html`<tr><td class="name">${clip(name, 40)}</td><td class="${severity === 'drifted' ? 'alarm' : ''}">${severityWords[severity]}</td><td class="number">${psi === null ? '–' : psi.toFixed(2)}</td></tr>
`,
)}</table>`
}

function foot({ isClosed, timeZone }: DaySummary): Markup {
  const state = isClosed ? 'The page was made when the day closed and does not change.' : 'The day is not closed.'
  return html`<p class="small muted foot">${state} Days and times are those of ${timeZone}. Answers to alerts count as labels. Tocsin.</p>`
}
