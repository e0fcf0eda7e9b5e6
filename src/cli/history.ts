// `tocsin history`: stored events and what people answered in, a file of labelled history for the next training out.

import { writeLabelledHistory } from '../app/labelled.ts'
import { loadConfig } from '../config.ts'
import { durationMs, durationPattern } from '../core/duration.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, jsonOption, text } from './command.ts'

export const history: Command = {
  summary: 'write the stored events with their labels as history: what the next training learns from',
  usage: '<labelled.parquet|.csv>',
  options: {
    config: configOption,
    json: jsonOption,
    after: {
      type: 'string',
      value: 'file',
      description: 'a history whose rows come first, e.g. that of the last training',
    },
    mature: {
      type: 'string',
      value: 'time',
      description: 'an event that passed and has no label counts as normal once it is so old: 36h, 14d',
      default: '7d',
    },
  },
  maxPositionals: 1,
  async run(input) {
    const { terminal, values, environment } = input
    const [file] = input.positionals
    if (file === undefined)
      throw new TocsinError('USAGE', 'no file was named; expected where to write: tocsin history labelled.parquet')
    const mature = text(input, 'mature')!
    if (!durationPattern.test(mature))
      throw new TocsinError('USAGE', `--mature ${mature} is no time; expected a number and m, h or d: --mature 14d`)
    const config = await loadConfig(String(values.config), environment)
    const written = await writeLabelledHistory(config, file, {
      before: text(input, 'after'),
      matureMs: durationMs(mature),
    })
    if (values.json) {
      terminal.json({ file, ...written })
      return 0
    }
    const n = (count: number) => count.toLocaleString('en')
    terminal.line(
      `Wrote ${file}: ${n(written.rows)} stored events${written.before > 0 ? ` after ${n(written.before)} rows of ${text(input, 'after')}` : ''}${written.replaced > 0 ? `, ${n(written.replaced)} of which it had already` : ''}`,
    )
    if (written.unanswered > 0) terminal.line(`  left out: ${n(written.unanswered)} alerts that nobody has answered`)
    if (written.immature > 0)
      terminal.line(`  left out: ${n(written.immature)} events without a label that are younger than ${mature}`)
    terminal.line(`Next: tocsin train ${file}`)
    return 0
  },
}
