// `tocsin transform`: a file of rows in, a file of scores out, as SageMaker's batch transform.

import { transformFile } from '../app/transform.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, text } from './command.ts'

export const transform: Command = {
  summary: 'score a file of rows (CSV without header, or JSON lines) into a file, as SageMaker’s batch transform',
  usage: '<model.tocsin> <input> [output]',
  options: {
    accept: { type: 'string', value: 'type', description: 'what the answers should be, e.g. application/jsonlines' },
    join: { type: 'boolean', description: 'each line of the output begins with its line of the input' },
  },
  maxPositionals: 3,
  async run(input) {
    const [model, path, output = `${path}.out`] = input.positionals
    if (model === undefined || path === undefined)
      throw new TocsinError('USAGE', 'a file is missing; expected: tocsin transform model.tocsin rows.csv')
    const contentType = /\.(jsonl|ndjson|jsonlines)$/.test(path) ? 'application/jsonlines' : 'text/csv'
    const accept = text(input, 'accept')
    const isJoined = input.values.join === true
    const rows = await transformFile({ model, input: path, output, contentType, accept, isJoined })
    input.terminal.line(`${rows} rows: ${output}`)
    return 0
  },
}
