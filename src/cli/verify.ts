// `tocsin verify parity`: a day in, whether its stored feature vectors are those that the raw history gives out.

import { verifyParity } from '../app/parity.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, jsonOption, text } from './command.ts'

const shownDifferences = 20

export const verify: Command = {
  summary: 'prove that served features are those of history: computes a day’s vectors again',
  usage: 'parity --day <2026-11-22>',
  options: {
    config: configOption,
    json: jsonOption,
    day: { type: 'string', value: 'day', description: 'the day, in the time zone of the report' },
    history: {
      type: 'string',
      value: 'file',
      description: 'the history that the model was trained on, where its features remember',
    },
  },
  maxPositionals: 1,
  async run(input) {
    const { positionals, terminal, environment, values } = input
    const day = text(input, 'day')
    if (positionals[0] !== 'parity' || day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day))
      throw new TocsinError('USAGE', 'expected what to verify and a day: tocsin verify parity --day 2026-11-22')
    const config = await loadConfig(String(values.config), environment)
    const parity = await verifyParity(config, day, text(input, 'history'))
    if (values.json) terminal.json(parity)
    else tell(parity, day, terminal)
    return parity.differences.length === 0 ? 0 : 65
  },
}

function tell({ vectors, differences }: Awaited<ReturnType<typeof verifyParity>>, day: string, terminal: Lines): void {
  for (const { eventId, feature, stored, recomputed } of differences.slice(0, shownDifferences))
    terminal.line(`event ${eventId}: ${feature} was ${stored ?? 'missing'}, is ${recomputed ?? 'missing'}`)
  if (differences.length > shownDifferences) terminal.line(`… and ${differences.length - shownDifferences} more`)
  terminal.line(`${day}: ${vectors} vectors computed again, ${differences.length} differences`)
}

type Lines = { line(text?: string): void }
