// `tocsin init`: a history, where there is one, in; a tocsin.yaml to start from and its JSON Schema for the editor out.

import { access, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Guess, guessOf, starter, starterRoles } from '../app/starter.ts'
import { configJsonSchema } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, text } from './command.ts'
import type { Terminal } from './terminal.ts'

export const init: Command = {
  summary: 'write a tocsin.yaml to start from; of a history, with its columns in their places',
  usage: '[history.csv|.parquet|.jsonl]',
  options: {
    config: { type: 'string', value: 'file', description: 'where to write', default: 'tocsin.yaml' },
    detector: { type: 'string', value: 'name', description: 'name of the detector', default: 'my-detector' },
    label: { type: 'string', value: 'column', description: 'column with 1 for an anomaly' },
    time: { type: 'string', value: 'column', description: 'column with the event time' },
    amount: { type: 'string', value: 'column', description: 'column with the money at risk' },
    entity: { type: 'string', value: 'column', description: 'column with the card, customer, machine …' },
    id: { type: 'string', value: 'column', description: 'column that names an event' },
  },
  maxPositionals: 1,
  async run(input) {
    const path = text(input, 'config')!
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere)
      throw new TocsinError('CONFIG_EXISTS', `${path} is there already; name another file with --config, or remove it`)
    const schemaPath = join(dirname(path), 'tocsin.schema.json')
    await writeFile(schemaPath, `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
    const [history] = input.positionals
    const guess = history === undefined ? { label: 'label' } : await guessOf(history)
    const given = Object.fromEntries(
      starterRoles.flatMap((role) => {
        const named = text(input, role)
        return named === undefined ? [] : [[role, named]]
      }),
    )
    const roles = { ...guess, ...given }
    await writeFile(path, starter({ ...roles, detector: text(input, 'detector') }))
    if (history !== undefined) tell(input.terminal, roles, given)
    input.terminal.line(
      `Wrote ${path} and ${schemaPath}. Next: tocsin train ${history ?? 'history.csv'} --config ${path}`,
    )
    return 0
  },
}

function tell(terminal: Terminal, roles: Guess, given: Guess): void {
  for (const role of starterRoles) {
    const found = roles[role]
    const words =
      found === undefined
        ? 'none is plainly one; see the file'
        : `${typeof found === 'string' ? found : Object.values(found).join(', anomaly: ')}${given[role] === undefined ? ' (a guess)' : ''}`
    terminal.line(`  ${role.padEnd(8)} ${words}`)
  }
}
