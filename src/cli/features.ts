// `tocsin features suggest`: a labelled history in, the windows over entities worth declaring out, ready to paste.

import { type Suggestion, suggestFeatures } from '../app/suggestFeatures.ts'
import { loadConfig } from '../config.ts'
import { durationMs, durationPattern } from '../core/duration.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, jsonOption } from './command.ts'
import { type Terminal, table } from './terminal.ts'

export const features: Command = {
  summary: 'suggest windows over entities: what each adds on the validation period',
  usage: 'suggest <history.csv|.parquet|.jsonl>',
  options: {
    config: configOption,
    json: jsonOption,
    time: { type: 'string', value: 'time', default: '2m', description: 'search for so long at most: 30s, 2m, 1h' },
    'label-delay': {
      type: 'string',
      value: 'time',
      default: '7d',
      description: 'how long labels take to come; no window sees one earlier',
    },
  },
  maxPositionals: 2,
  async run({ values, positionals, terminal, environment, signal }) {
    const [verb, path] = positionals
    if (verb !== 'suggest' || path === undefined)
      throw new TocsinError('USAGE', 'expected what to do and a labelled history: tocsin features suggest history.csv')
    const suggestion = await suggestFeatures(await loadConfig(String(values.config), environment), path, {
      budgetMs: durationMs(duration('time', values.time)),
      labelDelay: duration('label-delay', values['label-delay']),
      signal,
    })
    if (values.json) terminal.json(suggestion)
    else tell(suggestion, terminal)
    return 0
  },
}

function duration(option: string, value: unknown): string {
  if (typeof value === 'string' && durationPattern.test(value) && durationMs(value) > 0) return value
  throw new TocsinError('USAGE', `--${option} ${value} is no time; expected a number over 0 and s, m, h or d: 2m`)
}

function tell({ without, tried, chosen, yaml, untried }: Suggestion, terminal: Pick<Terminal, 'line' | 'note'>): void {
  const rank = new Map(chosen.map(({ group, averagePrecision }, place) => [group, { place, averagePrecision }]))
  const rows = tried.map(({ group, adds }) => {
    const taken = rank.get(group)
    return [
      group,
      `${adds < 0 ? '−' : '+'}${Math.abs(adds).toFixed(3)}`,
      taken ? `${taken.place + 1}.` : '',
      taken ? taken.averagePrecision.toFixed(3) : '',
    ]
  })
  terminal.line(`Average precision on the validation period without windows: ${without.toFixed(3)}`)
  for (const line of table(['windows over', 'adds alone', 'taken', 'so far'], rows)) terminal.line(line)
  if (untried > 0) terminal.note(`${untried} groups were not tried: give more --time`)
  terminal.line()
  terminal.line(yaml ?? 'No window adds enough to be worth its memory.')
}
