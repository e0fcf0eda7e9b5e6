// Summaries of closed days in, a week or a month out: its figures, its page and its message.

import { type Day, dayOf, timeOfDay } from '../core/day.ts'
import { wilson } from '../core/proportion.ts'
import { barChart } from './chart.ts'
import { html, type Markup } from './markup.ts'
import { bookRows, books, figures, frame, section, signs, type Totals, topAlerts } from './sections.ts'
import type { DaySummary } from './summary.ts'
import { shifted } from './usual.ts'
import { count, longDay, money, percent, plural, shortDay } from './words.ts'

/** An ISO week, `2026-W10`, or a calendar month, `2026-03`. */
export type Period = string

/** A week's or a month's figures: sums over its closed days, and each day's own. */
export type PeriodSummary = Totals & {
  readonly detector: string
  readonly period: Period
  readonly from: Day
  readonly to: Day
  /** Days of the period that are closed; without those before the first event. */
  readonly days: readonly {
    readonly day: Day
    readonly events: number
    readonly alerts: number
    readonly amountAtRisk: number | null
    readonly anomalies: number
    readonly normals: number
  }[]
}

const maxReasons = 8
const maxTopAlerts = 20

/** The first and the last day of a period. Throws RangeError where it is none. */
export function daysOf(period: Period): { from: Day; to: Day } {
  const week = /^(\d{4})-W(\d{2})$/.exec(period)
  if (week) return daysOfWeek(Number(week[1]), Number(week[2]))
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(period)) throw new RangeError(`${period} is neither a week nor a month`)
  const [year, month] = period.split('-').map(Number) as [number, number]
  return { from: `${period}-01`, to: new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10) }
}

/** The week and the month that end with the day, where they do. */
export function periodsEndingWith(day: Day): { week?: Period; month?: Period } {
  const next = shifted(day, 1)
  return {
    ...(new Date(day).getUTCDay() === 0 ? { week: weekOf(day) } : {}),
    ...(next.endsWith('-01') ? { month: day.slice(0, 7) } : {}),
  }
}

/** ISO 8601: a week begins on Monday and belongs to the year of its Thursday. */
export function weekOf(day: Day): Period {
  const thursday = shifted(day, 3 - ((new Date(day).getUTCDay() + 6) % 7))
  const first = Date.parse(`${thursday.slice(0, 4)}-01-01`)
  const week = 1 + Math.floor((Date.parse(thursday) - first) / (7 * 86_400_000))
  return `${thursday.slice(0, 4)}-W${String(week).padStart(2, '0')}`
}

function daysOfWeek(year: number, week: number): { from: Day; to: Day } {
  const fourth = `${year}-01-04`
  const monday = shifted(fourth, -((new Date(fourth).getUTCDay() + 6) % 7) + 7 * (week - 1))
  if (week < 1 || weekOf(monday) !== `${year}-W${String(week).padStart(2, '0')}`)
    throw new RangeError(`${year} has no week ${week}`)
  return { from: monday, to: shifted(monday, 6) }
}

/** Sums of closed days, in the order of days. Reasons and alerts are the strongest of what the days' own pages name. */
export function summarizePeriod(period: Period, days: readonly DaySummary[]): PeriodSummary {
  const { from, to } = daysOf(period)
  const [first] = days
  if (!first) throw new RangeError(`no day of ${period} is closed`)
  const hasAmount = days.some(({ amountAtRisk }) => amountAtRisk !== null)
  const total = (of: (day: DaySummary) => number) => days.reduce((sum, day) => sum + of(day), 0)
  const cents = (of: (day: DaySummary) => number | null) =>
    hasAmount ? Math.round(total((day) => of(day) ?? 0) * 10_000) / 10_000 : null
  const anomaly = total(({ labels }) => labels.anomaly)
  const normal = total(({ labels }) => labels.normal)
  return {
    ...{ detector: first.detector, period, from, to, timeZone: first.timeZone },
    events: total(({ events }) => events),
    alerts: total(({ alerts }) => alerts),
    amount: cents(({ amount }) => amount),
    amountAtRisk: cents(({ amountAtRisk }) => amountAtRisk),
    labels: {
      anomaly,
      normal,
      unlabelled: total(({ labels }) => labels.unlabelled),
      precision: wilson(anomaly, anomaly + normal),
    },
    strongestReasons: reasonsOf(days),
    topAlerts: days
      .flatMap((day) => day.topAlerts)
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, maxTopAlerts),
    lateArrivals: days.flatMap(({ lateArrivals }) => lateArrivals),
    deadLetters: total(({ deadLetters }) => deadLetters),
    undelivered: total(({ undelivered }) => undelivered ?? 0),
    modelVersions: [...new Set(days.flatMap(({ modelVersions }) => modelVersions))].sort((a, b) => a - b),
    days: days.map(({ day, events, alerts, amountAtRisk, labels }) => ({
      ...{ day, events, alerts, amountAtRisk },
      ...{ anomalies: labels.anomaly, normals: labels.normal },
    })),
  }
}

function reasonsOf(days: readonly DaySummary[]): PeriodSummary['strongestReasons'] {
  const found = new Map<string, { feature: string; alerts: number; example: string }>()
  for (const { feature, alerts, example } of days.flatMap(({ strongestReasons }) => strongestReasons)) {
    const entry = found.get(feature) ?? { feature, alerts: 0, example }
    found.set(feature, { ...entry, alerts: entry.alerts + alerts })
  }
  return [...found.values()]
    .sort((a, b) => b.alerts - a.alerts || (a.feature < b.feature ? -1 : 1))
    .slice(0, maxReasons)
}

/** @example periodName('2026-W10') === 'Week 10 of 2026' */
function periodName(period: Period): string {
  const [year, part] = period.split('-') as [string, string]
  if (part.startsWith('W')) return `Week ${Number(part.slice(1))} of ${year}`
  return shortDay(`${period}-01`).slice(2)
}

/** One line, e.g. `card-fraud, March 2026: 812 alerts, 418,204.50 at risk`. */
export function periodSubject({ detector, period, alerts, amountAtRisk }: PeriodSummary): string {
  const risk = amountAtRisk === null || alerts === 0 ? '' : `, ${money(amountAtRisk)} at risk`
  return `${detector}, ${periodName(period)}: ${plural(alerts, 'alert')}${risk}`
}

/** The period for a reader of plain text. */
export function periodText(summary: PeriodSummary): string {
  const rows = summary.days.map(
    ({ day, events, alerts, amountAtRisk }) =>
      `  ${day}  ${plural(events, 'event')}, ${plural(alerts, 'alert')}${amountAtRisk === null ? '' : `, ${money(amountAtRisk)} at risk`}`,
  )
  return [periodSubject(summary), '', inWords(summary), '', ...rows, ''].join('\n')
}

/** The page: self-contained, the same bytes for the same days. */
export function renderPeriod(summary: PeriodSummary): string {
  const { detector, period, timeZone } = summary
  return frame(periodSubject(summary), [
    html`<p class="muted">${detector}</p>
<h1>${periodName(period)}</h1>
<p class="lead">${inWords(summary)}</p>`,
    figures(summary),
    chart(summary),
    dayTable(summary),
    signs(summary),
    topAlerts(summary, ({ eventTime }) => {
      const time = Date.parse(eventTime)
      return `${dayOf(time, timeZone).slice(5)} ${timeOfDay(time, timeZone).slice(0, 5)}`
    }),
    books('The books', bookRows(summary)),
    html`<p class="small muted foot">Made of the summaries that were fixed when the days closed. Days and times are those of ${timeZone}. Tocsin.</p>`,
  ])
}

function inWords(summary: PeriodSummary): string {
  const { from, to, days, events, alerts, amountAtRisk } = summary
  const length = 1 + Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)
  const whole = days.length === length ? '' : ` (${days.length} of ${length} days are closed)`
  const risk = amountAtRisk === null ? '' : `, with ${money(amountAtRisk)} at risk`
  const rate = events === 0 ? '' : ` (${percent(alerts / events)})`
  const came = `From ${longDay(from)} to ${longDay(to)}${whole}, ${plural(events, 'event')} came in and ${count(alerts)}${rate} raised an alert${risk}.`
  const busiest = days.reduce((most, day) => (day.alerts > most.alerts ? day : most))
  return alerts === 0 ? came : `${came} The most, ${count(busiest.alerts)}, came on ${longDay(busiest.day)}.`
}

function chart({ days, alerts }: PeriodSummary): Markup {
  if (alerts === 0) return html``
  const values = days.map((day) => day.alerts)
  const sentence = `Between ${count(Math.min(...values))} and ${count(Math.max(...values))} alerts a day.`
  const marked = days.length <= 8 ? days.map((_, i) => i) : [0, Math.floor(days.length / 2), days.length - 1]
  return section(
    'Alerts by day',
    sentence,
    barChart({
      description: `Alerts by day. ${sentence}`,
      values,
      nameOf: (bar) => days[bar]!.day,
      scale: 'linear',
      ticks: marked.map((i) => ({ at: (i + 0.5) / days.length, text: days[i]!.day.slice(5) })),
    }),
  )
}

function dayTable({ days, amountAtRisk }: PeriodSummary): Markup {
  const hasAmount = amountAtRisk !== null
  return section(
    'Day by day',
    'Answers are those that were given before the day closed.',
    html`<table class="rows">
<tr><th>Day</th><th class="number">Events</th><th class="number">Alerts</th>${hasAmount ? html`<th class="number">At risk</th>` : null}<th class="number">Anomaly / normal</th></tr>
${days.map(
  (
    day,
  ) => html`<tr><td class="time">${weekdayAndDate(day.day)}</td><td class="number">${count(day.events)}</td><td class="number">${count(day.alerts)}</td>${hasAmount ? html`<td class="number">${money(day.amountAtRisk ?? 0)}</td>` : null}<td class="number">${day.anomalies} / ${day.normals}</td></tr>
`,
)}</table>`,
  )
}

/** @example weekdayAndDate('2026-03-03') === 'Tue 3 Mar' */
function weekdayAndDate(day: Day): string {
  const [weekday, date, month] = longDay(day).split(' ') as [string, string, string]
  return `${weekday.slice(0, 3)} ${date} ${month.slice(0, 3)}`
}
