// `tocsin resample`: held-out rows of a history in, a stream with a chosen rate of anomalies out, and its labels apart.

import { resampleFile } from '../app/history.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, text } from './command.ts'

export const resample: Command = {
  summary: 'make a stream of the last period, which training with model.refit: beforeTest never saw, at a chosen rate',
  usage: '<history.csv|.parquet|.jsonl>',
  options: {
    config: configOption,
    out: { type: 'string', value: 'file', description: 'where the events go', default: 'stream.jsonl' },
    labels: { type: 'string', value: 'file', description: 'where their labels go', default: 'stream-labels.jsonl' },
    number: { type: 'string', value: 'n', description: 'how many events', default: '10000' },
    'anomaly-rate': {
      type: 'string',
      value: 'share',
      description: 'share of anomalies, 0 to 1 (default: that of the rows)',
    },
    seed: { type: 'string', value: 'n', description: 'the same seed draws the same rows', default: '1' },
  },
  maxPositionals: 1,
  async run(input) {
    const [path] = input.positionals
    if (path === undefined)
      throw new TocsinError('USAGE', 'no history was named; expected: tocsin resample history.csv')
    const config = await loadConfig(String(input.values.config), input.environment)
    const events = text(input, 'out')!
    const labels = text(input, 'labels')!
    const rate = text(input, 'anomaly-rate')
    await resampleFile(
      config,
      path,
      { events, labels },
      {
        count: Number(text(input, 'number')),
        seed: Number(text(input, 'seed')),
        ...(rate === undefined ? {} : { anomalyRate: Number(rate) }),
      },
    )
    input.terminal.line(`Wrote ${events} and, apart, ${labels}. Next: tocsin replay ${events} --speed 500`)
    return 0
  },
}
