// What is known of a detector in, the text of its first tocsin.yaml out; and what a history's columns tell of that.

import { inspectHistory } from '../data/data.ts'

export const starterRoles = ['label', 'time', 'amount', 'entity', 'id'] as const
type Role = (typeof starterRoles)[number]

type CountedTime = { readonly column: string; readonly unit: string; readonly origin: string }
export type Start = { readonly [Key in Exclude<Role, 'label' | 'time'>]?: string | undefined } & {
  readonly time?: string | CountedTime | undefined
  readonly detector?: string | undefined
  readonly label?: string | { readonly column: string; readonly anomaly: string } | undefined
  readonly ignore?: readonly string[]
  readonly accept?: readonly string[]
  readonly alertsPerDay?: number
  readonly timeZone?: string
}

/** What is not known stands there as a comment. */
export function starter(start: Start): string {
  const { detector = 'my-detector', ignore = [], accept = [], alertsPerDay = 50, timeZone = 'UTC' } = start
  const line = (key: Role, fallback: string, note: string) => {
    const given = start[key]
    return `${given === undefined ? `  # ${key}: ${fallback}` : `  ${key}: ${JSON.stringify(given)}`}  # ${note}`
  }
  return `# yaml-language-server: $schema=./tocsin.schema.json
detector: ${word(detector)}
events:
${line('label', 'label', 'what training learns: 1 is an anomaly; events must not carry it')}
${line('time', 'timestamp', 'event time; or {column: Time, unit: s, origin: 2013-09-01T00:00:00Z}')}
${line('amount', 'amount', 'money at risk')}
${line('entity', 'card_id', 'alerts of one entity belong together')}
${line('id', 'transaction_id', 'names an event; the same id is stored once')}
${ignore.length > 0 ? `  ignore: ${JSON.stringify(ignore)}  # no features\n` : ''}${accept.length > 0 ? `lint: {accept: ${JSON.stringify(accept)}}  # findings that a person has looked at\n` : ''}operatingPoint: {alertsPerDay: ${alertsPerDay}}  # or {cost: {missed: amount, review: 4}}, {precision: 0.9}, {recall: 0.8}
notify:
  console: {kind: console}
  inbox: {kind: inbox}
  # on-call: {kind: webhook, url: "https://example.com/hook", secret: "\${WEBHOOK_SECRET}"}
  # team: {kind: email, to: [fraud@example.com], smtp: {host: mail.example.com, user: tocsin, password: "\${SMTP_PASSWORD}"}}
report: {timeZone: ${word(timeZone)}}
`
}

export type Guess = Pick<Start, Role>

/** Roles of the columns of a history, as far as their names and cells tell. Throws what reading it throws. */
export async function guessOf(history: string): Promise<Guess> {
  const { columns, guess } = await inspectHistory(history)
  const { label, ...others } = guess
  const known = Object.fromEntries(Object.entries(others).filter(([, column]) => column !== null))
  if (label === null) return known
  const values = columns.find(({ name }) => name === label)?.values ?? []
  const isMarked = values.some(({ text: value }) => /^(1|1\.0|true)$/i.test(value))
  // Of two words the rarer is the anomaly.
  const rarest = values.length === 2 ? values[1]!.text : undefined
  return { ...known, label: isMarked || rarest === undefined ? label : { column: label, anomaly: rarest } }
}

/** As it is where it is a plain word; what is none, quoted, stays one value, whatever it holds. */
function word(text: string): string {
  return /^[A-Za-z][\w/+-]*$/.test(text) ? text : JSON.stringify(text)
}
