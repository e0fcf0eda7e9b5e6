// Actions of `tocsin notify`: who is told of which alerts, in sentences and played over the past; silences and acknowledgements.

import { withStore } from '../app/open.ts'
import { explainPolicies } from '../app/policies.ts'
import { addSilence, matcherFrom } from '../app/silence.ts'
import { simulatePast } from '../app/simulatePolicies.ts'
import { type Config, loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type CommandInput, type Option, text } from './command.ts'
import { table } from './terminal.ts'

/** Actions of `tocsin notify`, by name. */
export const policyActions: Readonly<Record<string, (input: CommandInput) => Promise<number>>> = {
  explain: withConfig(explain, 0),
  simulate: withConfig(simulate, 0),
  silences: withConfig(silences, 0),
  silence: withConfig(silence, 0),
  unsilence: withConfig(unsilence, 1),
  acknowledge: withConfig(acknowledge, 1),
}

export const policyOptions: Readonly<Record<string, Option>> = {
  from: { type: 'string', value: 'day', description: 'of simulate: first day (default: the first with events)' },
  to: { type: 'string', value: 'day', description: 'of simulate: last day (default: the last with events)' },
  policies: {
    type: 'string',
    value: 'file',
    description: 'of simulate: a configuration whose policies are played in place of these',
  },
  entity: { type: 'string', value: 'name', description: 'of silence: alerts of this entity; * stands for anything' },
  severity: { type: 'string', value: 'name', description: 'of silence: alerts that are critical, high or low' },
  reason: { type: 'string', value: 'feature', description: 'of silence: alerts that this feature raised' },
  for: { type: 'string', value: 'span', description: 'of silence: for so long, e.g. "4 hours"' },
  until: { type: 'string', value: 'alert', description: 'of silence: until somebody answers this alert' },
  by: { type: 'string', value: 'name', description: 'who does it, for the record', default: 'command line' },
  note: { type: 'string', value: 'text', description: 'why, for the record' },
}

function withConfig(run: (config: Config, input: CommandInput) => Promise<number>, positionals: number) {
  return async (input: CommandInput) => {
    const [name, ...rest] = input.positionals
    if (rest.length !== positionals)
      throw new TocsinError(
        'USAGE',
        `"notify ${input.positionals.join(' ')}" was found; expected notify ${name}${' <id>'.repeat(positionals)}`,
      )
    return run(await loadConfig(String(input.values.config), input.environment), input)
  }
}

async function explain(config: Config, { terminal, values }: CommandInput): Promise<number> {
  const policies = explainPolicies(config)
  if (values.json) terminal.json(policies)
  else
    for (const { name, kind, sentence } of policies)
      terminal.line(`${terminal.style('bold', name)} (${kind}): ${sentence}`)
  return 0
}

async function simulate(config: Config, input: CommandInput): Promise<number> {
  const { terminal, values } = input
  const other = text(input, 'policies')
  const played = other === undefined ? config : await loadConfig(other, input.environment)
  const limit = Number(values.limit)
  if (!Number.isInteger(limit) || limit < 0)
    throw new TocsinError('USAGE', `--limit ${values.limit} was found; expected a whole number`)
  const days = { from: text(input, 'from'), to: text(input, 'to') }
  const { from, to, ...simulation } = await simulatePast({ config, played, days, limit })
  if (values.json) {
    const messages = simulation.messages.map(({ at, ...message }) => ({ at: iso(at), ...message }))
    terminal.json({ from: iso(from), to: iso(to), policies: explainPolicies(played), ...simulation, messages })
    return 0
  }
  for (const { name, sentence } of explainPolicies(played))
    terminal.line(`${terminal.style('bold', name)}: ${sentence}`)
  terminal.line()
  const { alerts, messages, omitted, receivers, held } = simulation
  terminal.line(`${alerts.toLocaleString('en')} alerts from ${iso(from)} to ${iso(to)}`)
  const listed = messages.map(({ at, receiver, kind, subject }) => [iso(at), receiver, kind, subject])
  if (listed.length > 0) print(terminal, ['when', 'receiver', 'what', 'about'], listed)
  if (omitted > 0) terminal.line(`… and ${omitted.toLocaleString('en')} messages more (--limit)`)
  terminal.line()
  const counts = receivers.map((one) => [one.receiver, one.messages.toLocaleString('en'), String(one.busiestHour)])
  print(terminal, ['receiver', 'messages', 'most in an hour'], counts)
  const heldBack = held.map(({ policy, reason, alerts: count }) => [policy, reason, count.toLocaleString('en')])
  if (heldBack.length > 0) print(terminal, ['policy', 'not told at once', 'alerts'], heldBack)
  return 0
}

function print(
  terminal: CommandInput['terminal'],
  header: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  for (const line of table(header, rows)) terminal.line(line)
}

async function silences(config: Config, { terminal, values }: CommandInput): Promise<number> {
  const found = await withStore(config, (store) =>
    store.silences(config.detector, { limit: 100, activeAt: Date.now() }),
  )
  if (values.json) terminal.json(found)
  else if (found.length === 0) terminal.line('No silence holds now.')
  else
    for (const { id, matcher, endsAt, untilAnswered, by } of found) {
      const end = endsAt === null ? `${untilAnswered} is answered` : iso(endsAt)
      terminal.line(`${id}  until ${end}  by ${by}  ${JSON.stringify(matcher)}`)
    }
  return 0
}

async function silence(config: Config, input: CommandInput): Promise<number> {
  const matcher = matcherFrom({
    entity: text(input, 'entity'),
    severity: text(input, 'severity'),
    reason: text(input, 'reason'),
  })
  const span = { for: text(input, 'for'), until: text(input, 'until') }
  const record = { by: String(input.values.by), note: text(input, 'note') ?? null }
  const { id } = await withStore(config, (store) => addSilence(store, config.detector, { matcher, ...span, ...record }))
  if (input.values.json) input.terminal.json({ id })
  else input.terminal.line(`Silence ${id}; to end it: tocsin notify unsilence ${id}`)
  return 0
}

async function unsilence(config: Config, { positionals, values, terminal }: CommandInput): Promise<number> {
  const id = positionals[1]!
  const isEnded = await withStore(config, (store) =>
    store.endSilence(config.detector, id, String(values.by), Date.now()),
  )
  if (!isEnded)
    throw new TocsinError('SILENCE_UNKNOWN', `No silence ${id} is there to end; see: tocsin notify silences`)
  terminal.line(`Silence ${id} has ended.`)
  return 0
}

async function acknowledge(config: Config, input: CommandInput): Promise<number> {
  const alertId = input.positionals[1]!
  const record = { by: String(input.values.by), at: Date.now(), note: text(input, 'note') ?? null }
  const isKnown = await withStore(config, (store) => store.acknowledge({ alertId, ...record }))
  if (!isKnown) throw new TocsinError('ALERT_UNKNOWN', `There is no alert ${alertId}; expected the id of one.`)
  input.terminal.line(`Alert ${alertId} is acknowledged: it escalates no more.`)
  return 0
}

function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}
