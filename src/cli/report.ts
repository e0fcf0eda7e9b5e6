// `tocsin report`: the daily pages; one day's page as text, or its HTML into a file.

import { writeFile } from 'node:fs/promises'
import { withStore } from '../app/open.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, jsonOption, text } from './command.ts'
import { table } from './terminal.ts'

/** What this page shows of a day's summary. */
type Summary = {
  events: number
  alerts: number
  amountAtRisk: number | null
  labels: { anomaly: number; normal: number }
}

export const report: Command = {
  summary: 'list the closed days; print one, or write its page: report 2026-11-22 --html day.html',
  usage: '[day]',
  options: {
    config: configOption,
    html: { type: 'string', value: 'file', description: 'write the page of the day there' },
    json: jsonOption,
  },
  maxPositionals: 1,
  async run(input) {
    const config = await loadConfig(String(input.values.config), input.environment)
    const [day] = input.positionals
    return withStore(config, async (store) => {
      const days = await store.closedDays(config.detector)
      if (day === undefined) return list(input.terminal, days, input.values.json === true)
      const closed = days.find((candidate) => candidate.day === day)
      if (!closed)
        throw new TocsinError(
          'DAY_NOT_CLOSED',
          `${day} is not a closed day; closed: ${days.map((known) => known.day).join(', ') || 'none yet'}`,
        )
      const file = text(input, 'html')
      if (file !== undefined) {
        await writeFile(file, closed.html)
        input.terminal.line(`Wrote ${file}`)
      } else input.terminal.json(JSON.parse(closed.summary))
      return 0
    })
  },
}

function list(
  terminal: Parameters<Command['run']>[0]['terminal'],
  days: readonly { day: string; summary: string }[],
  asJson: boolean,
): number {
  const summaries = days.map(({ day, summary }) => ({ day, ...(JSON.parse(summary) as Summary) }))
  if (asJson) terminal.json(summaries)
  else if (summaries.length === 0)
    terminal.line('No day is closed yet: a day closes when event time has passed its end.')
  else {
    const rows = summaries.map(({ day, events, alerts, amountAtRisk, labels }) => [
      day,
      events.toLocaleString('en'),
      String(alerts),
      amountAtRisk === null ? '' : amountAtRisk.toFixed(2),
      `${labels.anomaly} / ${labels.normal}`,
    ])
    for (const line of table(['day', 'events', 'alerts', 'at risk', 'anomaly / normal'], rows)) terminal.line(line)
  }
  return 0
}
