// A day's summary in, its page as PDF out: A4, for print and archives; the same bytes for the same summary.

import { createRequire } from 'node:module'
import { answersWords, driftWords } from './healthWords.ts'
import { barChart } from './pdfChart.ts'
import { openSheet, type Sheet } from './pdfSheet.ts'
import { bookRows } from './sections.ts'
import type { DaySummary } from './summary.ts'
import {
  againstUsual,
  alertTime,
  clip,
  count,
  heldBackWords,
  labelWords,
  longDay,
  money,
  percent,
  score,
  skippedWords,
  whatHappened,
  whatToDo,
} from './words.ts'

/** The page of a closed day. The letters are DejaVu's, embedded as far as they are used: Latin, Greek, Cyrillic and more. */
export async function renderPdf(summary: DaySummary): Promise<Uint8Array> {
  const sheet = await openSheet({
    title: `${summary.detector}, ${longDay(summary.day)}`,
    // The clock of the machine would make other bytes of the same day.
    madeAt: new Date(`${summary.day}T00:00:00Z`),
    fonts: createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json'),
  })
  head(sheet, summary)
  hours(sheet, summary)
  reasons(sheet, summary)
  entities(sheet, summary)
  alerts(sheet, summary)
  books(sheet, summary)
  return sheet.end()
}

function head(sheet: Sheet, summary: DaySummary): void {
  const { detector, day, events, alerts, amountAtRisk, isClosed } = summary
  sheet.note(detector)
  sheet.title(longDay(day))
  if (!isClosed) sheet.note('This day is still open: its figures change until it closes.')
  sheet.lead([whatHappened(summary), againstUsual(summary)].filter((words) => words !== null).join(' '))
  sheet.text(whatToDo(summary))
  sheet.figures([
    ...(amountAtRisk === null
      ? []
      : [{ name: 'Money at risk', value: money(amountAtRisk), isAlarming: amountAtRisk > 0 }]),
    { name: 'Alerts', value: count(alerts), isAlarming: false },
    {
      name: events === 0 ? 'Events' : `Events (${percent(alerts / events)} alerts)`,
      value: count(events),
      isAlarming: false,
    },
  ])
}

function hours(sheet: Sheet, { alerts, alertsByHour, timeZone }: DaySummary): void {
  if (alerts === 0) return
  sheet.heading('Alerts by hour', `Hours of the day in ${timeZone}.`)
  barChart(sheet, alertsByHour)
}

function reasons(sheet: Sheet, { strongestReasons }: DaySummary): void {
  if (strongestReasons.length === 0) return
  sheet.heading('Strongest reasons', 'In how many alerts a feature was among the three strongest reasons.')
  const columns = [
    { title: 'Feature', share: 2 },
    { title: 'Alerts', share: 1, isNumber: true },
    { title: 'For example', share: 5 },
  ]
  sheet.table(
    columns,
    strongestReasons.map(({ feature, alerts, example }) => [clip(feature, 40), count(alerts), clip(example, 140)]),
  )
}

function entities(sheet: Sheet, { topEntities }: DaySummary): void {
  if (topEntities.length === 0) return
  sheet.heading('Entities with several alerts', 'Often one incident, not many.')
  const columns = [{ title: 'Entity', share: 4 }, ...['Alerts', 'At risk', 'Highest score'].map(numbers)]
  sheet.table(
    columns,
    topEntities.map(({ entity, alerts, amountAtRisk, highestScore }) => [
      clip(entity, 60),
      count(alerts),
      amountAtRisk === null ? '–' : money(amountAtRisk),
      score(highestScore),
    ]),
  )
}

function numbers(title: string) {
  return { title, share: 1.4, isNumber: true }
}

function alerts(sheet: Sheet, { topAlerts, alerts, timeZone }: DaySummary): void {
  if (topAlerts.length === 0) return
  sheet.heading(
    'Top alerts',
    `The ${topAlerts.length} strongest of ${count(alerts)}, highest score first. Times are in ${timeZone}.`,
  )
  const columns = [
    { title: 'Time', share: 1.5 },
    { title: 'Entity', share: 2 },
    ...['Amount', 'Score'].map(numbers),
    { title: 'Strongest reason', share: 5 },
    { title: 'Label', share: 1.6 },
  ]
  sheet.table(
    columns,
    topAlerts.map((alert) => [
      alertTime(alert, timeZone),
      clip(alert.entity ?? '–', 24),
      alert.amount === null ? '–' : money(alert.amount),
      score(alert.score),
      clip(alert.reasons[0]?.text ?? '–', 140),
      labelWords(alert),
    ]),
  )
}

function books(sheet: Sheet, summary: DaySummary): void {
  const { health } = summary
  const rows = [
    ...bookRows(summary),
    ['Model health', health && `${answersWords(health)} ${driftWords(health)}`] as const,
    ['Held back', heldBackWords(summary)] as const,
    ['Days left out', skippedWords(summary)] as const,
  ]
  sheet.heading('The day’s books', null)
  const columns = [
    { title: '', share: 1 },
    { title: '', share: 4 },
  ]
  sheet.table(
    columns,
    rows.flatMap(([name, words]) => (words === null ? [] : [[name, words]])),
  )
  sheet.note(
    summary.isClosed
      ? 'Made from the summary that was fixed when the day closed. Tocsin.'
      : 'The day is not closed. Tocsin.',
  )
}
