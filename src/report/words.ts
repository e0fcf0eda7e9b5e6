// Numbers, days and summaries in, English words out: one fixed way of writing, whatever the machine's locale.

import { type Day, timeOfDay } from '../core/day.ts'
import { heldWords } from '../core/held.ts'
import type { DaySummary, SummaryAlert } from './summary.ts'

/** @example count(12480) === '12,480' */
export function count(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** @example money(18204.5) === '18,204.50' */
export function money(amount: number): string {
  const [whole, cents] = Math.abs(amount).toFixed(2).split('.')
  return `${amount < 0 ? '−' : ''}${count(Number(whole))}.${cents}`
}

/** Three digits; what is not quite 1 (or 0) never shows as such. */
export function score(value: number): string {
  if (value < 1 && value >= 0.9995) return '>0.999'
  if (value > 0 && value < 0.0005) return '<0.001'
  return value.toFixed(3)
}

/** @example percent(0.0034) === '0.34%' */
export function percent(share: number): string {
  const value = share * 100
  if (value > 0 && value < 0.01) return 'under 0.01%'
  return `${value === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(value >= 1 ? 1 : 2)}%`
}

/** @example plural(1, 'alert') === '1 alert' */
export function plural(n: number, word: string, words = `${word}s`): string {
  return `${count(n)} ${n === 1 ? word : words}`
}

/** @example longDay('2026-03-03') === 'Tuesday 3 March 2026' */
export function longDay(day: Day): string {
  return `${weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()]} ${shortDay(day)}`
}

/** @example shortDay('2026-03-03') === '3 March 2026' */
export function shortDay(day: Day): string {
  const [year, month, date] = day.split('-')
  return `${Number(date)} ${months[Number(month) - 1]} ${year}`
}

/** Cut to `length` characters, with an ellipsis where something is missing. */
export function clip(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`
}

/** `HH:MM:SS` of an alert in the summary's time zone. */
export function alertTime(alert: SummaryAlert, timeZone: string): string {
  return timeOfDay(Date.parse(alert.eventTime), timeZone)
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** What happened on the day, in a sentence or two. */
export function whatHappened(summary: DaySummary): string {
  const { day, events, alerts, strongestReasons } = summary
  if (events === 0) return `No events came in on ${longDay(day)}. If that is a surprise, look at what sends them.`
  const came = `${plural(events, 'event')} came in on ${longDay(day)}`
  if (alerts === 0) return `${came}; none raised an alert.`
  const risk = summary.amountAtRisk === null ? '' : `, with ${money(summary.amountAtRisk)} at risk`
  const raised = `${came}; ${count(alerts)} of them (${percent(alerts / events)}) raised an alert${risk}.`
  const [first] = strongestReasons
  return first
    ? `${raised} The commonest sign was ${clip(first.feature, 60)}, in ${count(first.alerts)} of ${count(alerts)}.`
    : raised
}

/** How the day compares with a usual one, in a sentence; null where too few days came before. */
export function againstUsual({ usual, day, events, alerts, amountAtRisk }: DaySummary): string | null {
  if (usual === null || events === 0) return null
  const name = usual.of === 'weekday' ? weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()]! : 'day'
  const risk =
    amountAtRisk === null || usual.amountAtRisk === null
      ? ''
      : `, the money at risk ${comparison(amountAtRisk, usual.amountAtRisk, money)}`
  return `Against a usual ${name} (the median of ${usual.days}): events ${comparison(events, usual.events, count)}, alerts ${comparison(alerts, usual.alerts, count)}${risk}.`
}

// Within a twentieth nobody would call it different; from double on, a factor says more than a percentage.
function comparison(now: number, usual: number, words: (value: number) => string): string {
  const ratio = now / usual
  if (now === usual || Math.abs(ratio - 1) < 0.05) return `as usual (${words(usual)})`
  if (ratio >= 2 && usual > 0) return `${ratio.toFixed(1).replace('.0', '')} times the usual ${words(usual)}`
  if (usual === 0) return `${words(now)} where there are usually none`
  return `${percent(Math.abs(ratio - 1))} ${ratio > 1 ? 'above' : 'below'} the usual ${words(usual)}`
}

/** What a person should do about it, in a sentence or two. */
export function whatToDo(summary: DaySummary): string {
  const todo = [reviewTodo(summary), deadLetterTodo(summary.deadLetters), undeliveredWords(summary)].filter(
    (sentence) => sentence !== null,
  )
  return todo.length > 0 ? todo.join(' ') : 'Nothing needs doing.'
}

function reviewTodo({ labels, topAlerts, timeZone }: DaySummary): string | null {
  if (labels.unlabelled === 0) return null
  const need = `${plural(labels.unlabelled, 'alert')} still ${labels.unlabelled === 1 ? 'needs' : 'need'} an answer`
  const first = topAlerts.find(({ label }) => label === null)
  if (!first) return `${need}.`
  const amount = first.amount === null ? '' : `, ${money(first.amount)}`
  const name = clip(first.entity ?? first.eventId, 60)
  return `${need}; begin with ${name} at ${alertTime(first, timeZone)} (score ${score(first.score)}${amount}).`
}

function deadLetterTodo(deadLetters: number): string | null {
  if (deadLetters === 0) return null
  const are = deadLetters === 1 ? 'record could not be scored and waits' : 'records could not be scored and wait'
  return `${count(deadLetters)} ${are} among the dead letters.`
}

export function labelWords(alert: SummaryAlert): string {
  return alert.label ?? 'to review'
}

export function precisionWords({ labels }: Pick<DaySummary, 'labels'>): string {
  const { anomaly, normal, unlabelled, precision } = labels
  if (precision === null) return unlabelled === 0 ? 'No alerts to answer.' : 'No answers yet.'
  const { value, low, high } = precision
  const waiting =
    unlabelled === 0
      ? ''
      : ` ${plural(unlabelled, 'alert')} without an answer ${unlabelled === 1 ? 'is' : 'are'} left out.`
  const range = `95% interval ${percent(low)} to ${percent(high)}`
  return `${percent(value)} (${range}): ${count(anomaly)} of ${plural(anomaly + normal, 'answer')} said anomaly.${waiting}`
}

export function lateWords({ lateArrivals }: Pick<DaySummary, 'lateArrivals'>): string {
  if (lateArrivals.length === 0) return 'None.'
  const days = lateArrivals.map(({ day, events }) => `${count(events)} of ${shortDay(day)}`).join(', ')
  const total = lateArrivals.reduce((sum, { events }) => sum + events, 0)
  return `${plural(total, 'event')} came after ${total === 1 ? 'its day' : 'their days'} had closed: ${days}.`
}

export function deadLetterWords({ deadLetters }: Pick<DaySummary, 'deadLetters'>): string {
  if (deadLetters === 0) return 'None.'
  return `${plural(deadLetters, 'record')} could not be decoded, validated or scored.`
}

/** Messages that reached nobody; null where there are none. */
export function undeliveredWords({ undelivered }: Pick<DaySummary, 'undelivered'>): string | null {
  if (undelivered === 0) return null
  return `${plural(undelivered, 'message')} about the day’s alerts could not be delivered and ${undelivered === 1 ? 'was' : 'were'} given up: look at the receivers.`
}

/** Whom the day's alerts were kept from, and why; null where all were told at once. */
export function heldBackWords({ held }: Pick<DaySummary, 'held'>): string | null {
  if (held.length === 0) return null
  const byPolicy = Map.groupBy(held, ({ policy }) => policy)
  const sentences = [...byPolicy].map(([policy, some]) => {
    const all = some.reduce((sum, { alerts }) => sum + alerts, 0)
    const why = some.map(({ alerts, reason }) => (alerts === all ? '' : `${count(alerts)} `) + heldWords[reason])
    return `from ${policy} ${plural(all, 'alert')} (${why.join(', ')})`
  })
  return `${sentences.join('; ')}.`
}

export function modelWords({ modelVersions }: Pick<DaySummary, 'modelVersions'>): string {
  if (modelVersions.length === 0) return 'No model decided.'
  return `${modelVersions.length === 1 ? 'Version' : 'Versions'} ${modelVersions.join(', ')}.`
}

export function skippedWords({ skippedDays }: DaySummary): string | null {
  if (skippedDays === null) return null
  const { from, to, days } = skippedDays
  if (days === 1) return `${shortDay(from)} had no events and has no page of its own.`
  return `${plural(days, 'day')}, ${shortDay(from)} to ${shortDay(to)}, had no events and have no page of their own.`
}
