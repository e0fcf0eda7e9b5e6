// `tocsin alerts`: what alerted, with the reasons; the list, or one whole.

import { withStore } from '../app/open.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, type CommandInput, configOption, instant, jsonOption, text, wholeNumber } from './command.ts'
import { table } from './terminal.ts'

const sorts = ['time', 'loss', 'score'] as const
const labels = ['anomaly', 'normal', 'none'] as const

export const alerts: Command = {
  summary: 'what alerted and why, newest first or by expected loss; one whole: alerts <id>',
  usage: '[alert or event id]',
  options: {
    config: configOption,
    json: jsonOption,
    limit: { type: 'string', value: 'n', description: 'at most so many', default: '20' },
    sort: {
      type: 'string',
      value: 'by',
      description: 'time, loss (score × amount) or score, highest first',
      default: 'time',
    },
    label: { type: 'string', value: 'label', description: 'only those labelled anomaly, normal, or none' },
    entity: { type: 'string', value: 'entity', description: 'only those of one card, customer, machine …' },
    since: {
      type: 'string',
      value: 'time',
      description: 'only those of events from then on: 2026-11-22 or 2026-11-22T08:00Z',
    },
  },
  maxPositionals: 1,
  async run(input) {
    const config = await loadConfig(String(input.values.config), input.environment)
    const [id] = input.positionals
    const query = { detector: config.detector, ...filtersOf(input) }
    return withStore(config, async (store) => {
      if (id !== undefined) return showOne(input, await find(store, config.detector, id), id)
      const found = await store.alerts(query)
      if (input.values.json) input.terminal.json(found)
      else list(input, found)
      return 0
    })
  },
}

type Store = Parameters<Parameters<typeof withStore>[1]>[0]
type Alert = NonNullable<Awaited<ReturnType<Store['alert']>>>

function filtersOf(input: CommandInput) {
  const [label, entity, since] = [text(input, 'label'), text(input, 'entity'), text(input, 'since')]
  return {
    limit: wholeNumber('limit', text(input, 'limit')!),
    sort: oneOf('sort', text(input, 'sort')!, sorts),
    ...(label === undefined ? {} : { label: oneOf('label', label, labels) }),
    ...(entity === undefined ? {} : { entity }),
    ...(since === undefined ? {} : { from: instant('since', since) }),
  }
}

async function find(store: Store, detector: string, id: string): Promise<Alert | undefined> {
  const alert = await store.alert(id)
  if (alert) return alert.detector === detector ? alert : undefined
  for await (const other of store.eachAlert({ detector })) if (other.eventId === id) return other
  return undefined
}

function list(input: CommandInput, found: readonly Alert[]): void {
  if (found.length === 0) {
    input.terminal.line('No alert is stored that fits.')
    return
  }
  const rows = found.map(({ eventId, eventTime, entity, amount, score, label, reasons }) => [
    new Date(eventTime).toISOString().slice(0, 16).replace('T', ' '),
    eventId,
    entity ?? '',
    amount === null ? '' : amount.toFixed(2),
    score.toFixed(2),
    label ?? '',
    reasons[0]?.text ?? '',
  ])
  for (const line of table(
    ['event time (UTC)', 'event', 'entity', 'amount', 'score', 'label', 'strongest reason'],
    rows,
  ))
    input.terminal.line(line)
  input.terminal.line('tocsin alerts <event> shows one whole; tocsin label <event> anomaly | normal answers it.')
}

function showOne(input: CommandInput, alert: Alert | undefined, id: string): number {
  if (!alert)
    throw new TocsinError('ALERT_UNKNOWN', `no alert and no alerting event is called "${id}"; see: tocsin alerts`)
  if (input.values.json) {
    input.terminal.json(alert)
    return 0
  }
  const line = (words: string) => input.terminal.line(words)
  line(
    `${alert.eventId}, ${new Date(alert.eventTime).toISOString()}${alert.entity === null ? '' : `, ${alert.entity}`}`,
  )
  line(
    `  score      ${alert.score.toFixed(3)} (alerts from ${alert.threshold.toFixed(3)} on), model ${alert.modelVersion}`,
  )
  if (alert.amount !== null) line(`  amount     ${alert.amount.toFixed(2)}`)
  line(`  label      ${alert.label ?? 'none yet'}`)
  for (const { text: reason } of alert.reasons) line(`  because    ${reason}`)
  return 0
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found) return found
  throw new TocsinError('USAGE', `--${name} ${value} was found; expected ${allowed.join(', ')}`)
}
