// `tocsin notify`: test messages, what waits or was given up, and another try for it.

import { testReceivers } from '../app/notifyTest.ts'
import { withStore } from '../app/open.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, type CommandInput, configOption, jsonOption, text } from './command.ts'
import { policyActions, policyOptions } from './policies.ts'
import { table } from './terminal.ts'

const actions: Readonly<Record<string, (input: CommandInput) => Promise<number>>> = {
  ...policyActions,
  ...{ test, deliveries, retry },
}

export const notify: Command = {
  summary:
    'explain: who is told of what; simulate: played over past days; silence, unsilence, silences; acknowledge; test [receiver]; deliveries: what waits or was given up; retry <delivery | --all>: try it anew',
  usage:
    '<explain | simulate | silences | silence | unsilence <silence> | acknowledge <alert> | test [receiver] | deliveries | retry [delivery]>',
  options: {
    config: configOption,
    state: { type: 'string', value: 'state', description: 'of deliveries: pending, sent or dead (given up)' },
    receiver: { type: 'string', value: 'name', description: 'of deliveries: to this receiver' },
    limit: {
      type: 'string',
      value: 'number',
      description: 'of deliveries: the last so many; of simulate: messages to list',
      default: '50',
    },
    ...policyOptions,
    all: { type: 'boolean', description: 'of retry: everything that was given up' },
    json: jsonOption,
  },
  maxPositionals: 2,
  async run(input) {
    const [action = '(nothing)'] = input.positionals
    const known = actions[action]
    if (known) return known(input)
    throw new TocsinError(
      'USAGE',
      `"notify ${action}" was found; expected notify ${Object.keys(actions).join(', notify ')}`,
    )
  },
}

/** sysexits.h: EX_UNAVAILABLE. */
const unavailable = 69

async function test(input: CommandInput): Promise<number> {
  const { terminal, signal } = input
  const config = await configOf(input)
  const names = input.positionals.slice(1)
  const results = await testReceivers(config, { names, console: terminal.writable(), signal })
  if (input.values.json) terminal.json(results)
  else
    for (const { receiver, kind, isHeard, reason, tookMs } of results)
      terminal.line(`${isHeard ? '✔' : '✘'} ${receiver} (${kind}): ${isHeard ? `heard after ${tookMs} ms` : reason}`)
  return results.every(({ isHeard }) => isHeard) ? 0 : unavailable
}

async function deliveries(input: CommandInput): Promise<number> {
  const config = await configOf(input)
  const state = stateOf(text(input, 'state'))
  const receiver = text(input, 'receiver')
  const limit = Math.trunc(Number(text(input, 'limit')))
  if (!(limit >= 1 && limit <= 10_000)) throw new TocsinError('USAGE', '--limit: expected a number from 1 to 10000')
  const wanted = { ...(state ? { state } : {}), ...(receiver === undefined ? {} : { receiver }) }
  const found = await withStore(config, (store) => store.deliveries({ detector: config.detector, limit, ...wanted }))
  const { terminal } = input
  if (input.values.json) terminal.json(found)
  else if (found.length === 0) terminal.line('No deliveries')
  else {
    const rows = found.map((one) => [one.id, one.receiver, one.state, String(one.attempts), one.reason ?? ''])
    for (const line of table(['delivery', 'receiver', 'state', 'tries', 'why'], rows)) terminal.line(line)
  }
  return 0
}

async function retry(input: CommandInput): Promise<number> {
  const config = await configOf(input)
  const id = input.positionals[1]
  if ((id === undefined) !== (input.values.all === true))
    throw new TocsinError('USAGE', 'expected notify retry <delivery>, or notify retry --all')
  const { detector } = config
  return withStore(config, async (store) => {
    const dead = { detector, state: 'dead', limit: 100_000 } as const
    const ids = id === undefined ? (await store.deliveries(dead)).map((one) => one.id) : [id]
    let revived = 0
    for (const one of ids) if (await store.revive(one, Date.now())) revived++
    if (id !== undefined && revived === 0)
      throw new TocsinError(
        'DELIVERY_NOT_DEAD',
        `${id} was not given up; expected a delivery of: tocsin notify deliveries --state dead`,
      )
    input.terminal.line(`${revived} ${revived === 1 ? 'message' : 'messages'} will be tried anew`)
    return 0
  })
}

function stateOf(state: string | undefined): 'pending' | 'sent' | 'dead' | undefined {
  if (state === undefined || state === 'pending' || state === 'sent' || state === 'dead') return state
  throw new TocsinError('USAGE', `--state ${state} was found; expected pending, sent or dead`)
}

function configOf({ values, environment }: CommandInput) {
  return loadConfig(String(values.config), environment)
}
