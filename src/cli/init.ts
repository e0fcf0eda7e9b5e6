// `tocsin init`: a tocsin.yaml to start from, and its JSON Schema for the editor.

import { access, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { starter, starterRoles } from '../app/starter.ts'
import { configJsonSchema } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, text } from './command.ts'

export const init: Command = {
  summary: 'write a tocsin.yaml to start from',
  usage: '',
  options: {
    config: { type: 'string', value: 'file', description: 'where to write', default: 'tocsin.yaml' },
    detector: { type: 'string', value: 'name', description: 'name of the detector', default: 'my-detector' },
    label: { type: 'string', value: 'column', description: 'column with 1 for an anomaly', default: 'label' },
    time: { type: 'string', value: 'column', description: 'column with the event time' },
    amount: { type: 'string', value: 'column', description: 'column with the money at risk' },
    entity: { type: 'string', value: 'column', description: 'column with the card, customer, machine …' },
    id: { type: 'string', value: 'column', description: 'column that names an event' },
  },
  maxPositionals: 0,
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
    const given = Object.fromEntries(starterRoles.map((role) => [role, text(input, role)]))
    await writeFile(path, starter({ ...given, detector: text(input, 'detector') }))
    input.terminal.line(`Wrote ${path} and ${schemaPath}. Next: tocsin train history.csv --config ${path}`)
    return 0
  },
}
