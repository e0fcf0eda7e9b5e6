// `tocsin init`: a tocsin.yaml to start from, and its JSON Schema for the editor.

import { access, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
    await writeFile(
      path,
      starter((name) => text(input, name)),
    )
    input.terminal.line(`Wrote ${path} and ${schemaPath}. Next: tocsin train history.csv --config ${path}`)
    return 0
  },
}

/** The text of a first tocsin.yaml; what is not known stands there as a comment. */
export function starter(value: (name: string) => string | undefined): string {
  const line = (key: string, fallback: string, note: string) => {
    const given = value(key)
    return `${given === undefined ? `  # ${key}: ${fallback}` : `  ${key}: ${JSON.stringify(given)}`}  # ${note}`
  }
  return `# yaml-language-server: $schema=./tocsin.schema.json
detector: ${value('detector') ?? 'my-detector'}
events:
${line('label', 'label', 'what training learns: 1 is an anomaly; events must not carry it')}
${line('time', 'timestamp', 'event time; or {column: Time, unit: s, origin: 2013-09-01T00:00:00Z}')}
${line('amount', 'amount', 'money at risk')}
${line('entity', 'card_id', 'alerts of one entity belong together')}
${line('id', 'transaction_id', 'names an event; the same id is stored once')}
operatingPoint: {alertsPerDay: 50}  # or {cost: {missed: amount, review: 4}}, {precision: 0.9}, {recall: 0.8}
notify:
  console: {kind: console}
  inbox: {kind: inbox}
  # on-call: {kind: webhook, url: "https://example.com/hook", secret: "\${WEBHOOK_SECRET}"}
  # team: {kind: email, to: [fraud@example.com], smtp: {host: mail.example.com, user: tocsin, password: "\${SMTP_PASSWORD}"}}
report: {timeZone: UTC}
`
}
