// `tocsin report`: the daily pages; the page of a day, a week or a month as numbers, or its HTML or PDF into a file.

import { writeFile } from 'node:fs/promises'
import { withStore } from '../app/open.ts'
import { closedPage } from '../app/pages.ts'
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
  summary: 'list the closed days; print a day, a week or a month, or write its page: report 2026-11-22 --html day.html',
  usage: '[day | 2026-W47 | 2026-11]',
  options: {
    config: configOption,
    html: { type: 'string', value: 'file', description: 'write the page there' },
    pdf: { type: 'string', value: 'file', description: 'write the page of a day there, as PDF' },
    json: jsonOption,
  },
  maxPositionals: 1,
  async run(input) {
    const config = await loadConfig(String(input.values.config), input.environment)
    const [day] = input.positionals
    return withStore(config, async (store) => {
      if (day === undefined)
        return list(input.terminal, await store.closedDays(config.detector), input.values.json === true)
      const { summary, html, pdf } = await closedPage(store, config.detector, day)
      const files = [
        [text(input, 'html'), async () => html],
        [text(input, 'pdf'), pdf],
      ] as const
      for (const [file, make] of files) {
        if (file === undefined) continue
        if (!make) throw new TocsinError('PDF_UNAVAILABLE', `${day} is no day; only days have a PDF. Ask for --html`)
        await writeFile(file, await make())
        input.terminal.line(`Wrote ${file}`)
      }
      if (files.every(([file]) => file === undefined)) input.terminal.json(summary)
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
