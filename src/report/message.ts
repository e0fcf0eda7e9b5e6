// A day's summary in, the subject and the plain text of its message out.

import { answersWords, driftWords } from './healthWords.ts'
import type { DaySummary, SummaryAlert } from './summary.ts'
import {
  againstUsual,
  alertTime,
  clip,
  count,
  deadLetterWords,
  heldBackWords,
  labelWords,
  lateWords,
  modelWords,
  money,
  plural,
  precisionWords,
  score,
  shortDay,
  skippedWords,
  undeliveredWords,
  whatHappened,
  whatToDo,
} from './words.ts'

/** One line, e.g. `card-fraud, 3 March 2026: 42 alerts, 18,204.50 at risk`. */
export function summarySubject({ detector, day, alerts, amountAtRisk }: DaySummary): string {
  const risk = amountAtRisk === null || alerts === 0 ? '' : `, ${money(amountAtRisk)} at risk`
  return `${detector}, ${shortDay(day)}: ${plural(alerts, 'alert')}${risk}`
}

/** The day for a reader of plain text; lines end with \n. */
export function summaryText(summary: DaySummary): string {
  const { events, alerts, amountAtRisk, topAlerts, timeZone } = summary
  return [
    summarySubject(summary),
    '',
    whatHappened(summary),
    ...[againstUsual(summary)].filter((words) => words !== null),
    whatToDo(summary),
    '',
    ...(amountAtRisk === null ? [] : [`Money at risk: ${money(amountAtRisk)}`]),
    `Alerts: ${count(alerts)}`,
    `Events: ${count(events)}`,
    ...(topAlerts.length === 0 ? [] : ['', `Top alerts (times in ${timeZone})`]),
    ...topAlerts.map((alert) => alertLine(alert, timeZone)),
    '',
    `Precision so far: ${precisionWords(summary)}`,
    `Late arrivals: ${lateWords(summary)}`,
    `Dead letters: ${deadLetterWords(summary)}`,
    `Model: ${modelWords(summary)}`,
    ...(summary.health ? [`Model health: ${answersWords(summary.health)} ${driftWords(summary.health)}`] : []),
    ...[undeliveredWords(summary)].filter((words) => words !== null),
    ...[heldBackWords(summary)].flatMap((words) => (words === null ? [] : [`Held back: ${words}`])),
    ...[skippedWords(summary)].filter((words) => words !== null),
    '',
  ].join('\n')
}

function alertLine(alert: SummaryAlert, timeZone: string): string {
  const amount = alert.amount === null ? '' : `  ${money(alert.amount)}`
  const reason = clip(alert.reasons[0]?.text ?? '', 100)
  const name = clip(alert.entity ?? alert.eventId, 40)
  return `  ${alertTime(alert, timeZone)}  ${score(alert.score)}${amount}  ${name}  ${reason}  [${labelWords(alert)}]`
}
