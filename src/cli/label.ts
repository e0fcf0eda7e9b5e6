// `tocsin label`: an answer about one event, or a file of answers, in; stored labels out.

import { userInfo } from 'node:os'
import { labelEvent, labelFile } from '../app/labels.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, type CommandInput, configOption, jsonOption, text } from './command.ts'

const usage =
  'expected label <event or alert id> anomaly | normal, or label --file chargebacks.csv with columns of ids and labels'

export const label: Command = {
  summary: 'say what an event was: label <id> anomaly | normal, or the answers of a file: label --file chargebacks.csv',
  usage: '[<event or alert id> anomaly | normal]',
  options: {
    config: configOption,
    file: { type: 'string', value: 'file', description: 'answers as CSV, Parquet or JSON lines' },
    'id-column': {
      type: 'string',
      value: 'column',
      description: 'of the file (default: that of events.id, or eventId)',
    },
    'label-column': {
      type: 'string',
      value: 'column',
      description: 'of the file, with anomaly or normal, 1 or 0 (default: label, or that of events.label)',
    },
    by: { type: 'string', value: 'name', description: 'who says so (default: you)' },
    note: { type: 'string', value: 'text', description: 'why' },
    json: jsonOption,
  },
  maxPositionals: 2,
  async run(input) {
    const [id, answer] = input.positionals
    const config = await loadConfig(String(input.values.config), input.environment)
    const source = { by: text(input, 'by') ?? userInfo().username, note: text(input, 'note') ?? null }
    const file = text(input, 'file')
    if (file !== undefined && id === undefined) return labelAll(input, config, { file, ...source })
    if (file !== undefined || id === undefined || (answer !== 'anomaly' && answer !== 'normal'))
      throw new TocsinError('USAGE', `"label ${input.positionals.join(' ')}" was found; ${usage}`)
    const eventId = await labelEvent(config, id, answer, source)
    if (input.values.json) input.terminal.json({ eventId, label: answer, by: source.by })
    else input.terminal.line(`${eventId} is labelled ${answer}`)
    return 0
  },
}

type FileSource = Parameters<typeof labelEvent>[3] & { readonly file: string }

/** Ids that are not stored are named; then the exit code says so. */
async function labelAll(
  input: CommandInput,
  config: Parameters<typeof labelFile>[0],
  source: FileSource,
): Promise<number> {
  const columns = { idColumn: text(input, 'id-column'), labelColumn: text(input, 'label-column') }
  const { anomalies, normals, unknown } = await labelFile(config, source.file, { ...columns, ...source })
  if (input.values.json) input.terminal.json({ anomalies, normals, unknown })
  else input.terminal.line(`${anomalies} labelled anomaly, ${normals} normal`)
  if (unknown.length > 0)
    input.terminal.note(
      `${unknown.length} are not stored and could not be labelled: ${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ' …' : ''}`,
    )
  return unknown.length > 0 ? 65 : 0
}
