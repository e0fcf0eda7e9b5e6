// `tocsin demo`: the whole way once: history, training, evaluation, deployment, stream, alerts, answers, daily pages.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadScorer, type NamedEvent, namedEvents, writeDemoHistory } from '../app/history.ts'
import { obstacle } from '../app/listen.ts'
import { parseSpeed, replayTo } from '../app/replay.ts'
import { reviewAlerts } from '../app/reviewer.ts'
import { isStoredAs, scoreEvents } from '../app/score.ts'
import { type System, startSystem } from '../app/system.ts'
import { type Trained, trainDetector } from '../app/train.ts'
import { type Config, loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, type CommandInput, text } from './command.ts'
import { printTrained } from './evaluation.ts'
import type { Terminal } from './terminal.ts'
import { showStages } from './train.ts'

/** Alerts that the terminal shows before it only counts on. */
const shownAlerts = 12

export const demo: Command = {
  summary: 'the whole way once, on generated card payments or on your own file',
  usage: '',
  options: {
    data: { type: 'string', value: 'file', description: 'your labelled history instead of generated payments' },
    label: { type: 'string', value: 'column', description: 'with --data: the column with 1 for an anomaly' },
    time: { type: 'string', value: 'column', description: 'with --data: the column with the event time' },
    amount: { type: 'string', value: 'column', description: 'with --data: the column with the money at risk' },
    entity: {
      type: 'string',
      value: 'column',
      description: 'with --data: the column with the card, customer, machine …',
    },
    speed: {
      type: 'string',
      value: 'rate',
      description: 'max, events a second, or a multiple of event time (60x)',
      default: '2500',
    },
    port: {
      type: 'string',
      value: 'number',
      description: 'port of the console (default 4380, or a free one where that is taken)',
    },
    dir: {
      type: 'string',
      value: 'folder',
      description: 'where the demo keeps its files; emptied first',
      default: 'tocsin-demo',
    },
    exit: { type: 'boolean', description: 'end with a summary; exit code 1 if anything was lost' },
  },
  maxPositionals: 0,
  async run(input) {
    const startedAt = performance.now()
    const { terminal, signal } = input
    const { config, historyPath } = await prepare(input)
    // A demo tells what the linter found, and goes on; what it streams, its model has never seen.
    const hooks = { onStage: showStages(terminal), signal, stopsOnLint: false, forgetsTest: true }
    const trained = await trainDetector(config, historyPath, hooks)
    terminal.line()
    printTrained(terminal, trained.artifact)
    terminal.line(`Version ${trained.version} (${trained.digest.slice(0, 12)}) is the champion of ${config.detector}`)
    terminal.line()
    const system = await startSystem({
      config,
      console: terminal.writable(shownAlerts, 'Further alerts: console and inbox.'),
      logLevel: 'warn',
    })
    const unsubscribe = system.store.onNews(({ alertIds }) => {
      if (alertIds.length === 0) return
      unsubscribe()
      terminal.note(`First alert ${((performance.now() - startedAt) / 1000).toFixed(1)} s after the start`)
    })
    try {
      terminal.line(`Console ${terminal.style('bold', `${system.url}/`)}   inbox ${system.url}/inbox`)
      terminal.line()
      const summary = await Promise.race([stream(input, config, system, trained), system.failed])
      if (summary === undefined) return 130
      printSummary(terminal, summary)
      const [firstDay] = await system.store.closedDays(config.detector)
      if (firstDay) terminal.line(`First daily page: ${system.url}/reports/${firstDay.day}`)
      if (input.values.exit) return isWhole(summary) ? 0 : 1
      terminal.line(`\nServing at ${system.url}/ until you stop it (Ctrl-C).`)
      const stopped = new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await Promise.race([stopped, system.failed])
      return 0
    } finally {
      await system.stop()
    }
  },
}

async function prepare(input: CommandInput): Promise<{ config: Config; historyPath: string }> {
  const dir = text(input, 'dir')!
  const data = text(input, 'data')
  if (data !== undefined && text(input, 'label') === undefined)
    throw new TocsinError(
      'USAGE',
      '--data was given without --label; expected the column that says which rows are anomalies, e.g. --label Class',
    )
  await emptyDir(dir)
  const configPath = join(dir, 'tocsin.yaml')
  const port = Number(text(input, 'port') ?? ((await obstacle('127.0.0.1', 4380)) ? 0 : 4380))
  await writeFile(
    configPath,
    demoConfig(dir, port, data === undefined ? generatedEvents : ownEvents(input), data === undefined),
  )
  if (data === undefined) {
    const progress = input.terminal.progress('Generate payments')
    const historyPath = join(dir, 'history.csv')
    progress.done(await writeDemoHistory(historyPath))
    return { config: await loadConfig(configPath, input.environment), historyPath }
  }
  return { config: await loadConfig(configPath, input.environment), historyPath: data }
}

// Only a folder that a demo has made is emptied.
async function emptyDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const name of ['history.csv', 'tocsin.yaml', 'data']) await rm(join(dir, name), { recursive: true, force: true })
}

const generatedEvents = {
  id: 'transaction_id',
  time: 'time',
  label: { column: 'is_fraud', anomaly: 1 },
  amount: 'amount',
  entity: 'card_id',
}

function ownEvents(input: CommandInput): Record<string, unknown> {
  const named = Object.fromEntries(['label', 'time', 'amount', 'entity'].map((name) => [name, text(input, name)]))
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

function demoConfig(dir: string, port: number, events: Record<string, unknown>, isGenerated: boolean): string {
  return `# Written by \`tocsin demo\`. Everything that is not here has its default.
detector: ${isGenerated ? 'card-fraud' : 'demo'}
dataDir: ${JSON.stringify(join(dir, 'data'))}
events: ${JSON.stringify(events)}
${isGenerated ? '# The generated payments have dates of their own.\nlint: {accept: [FUTURE_TIME]}\n' : ''}operatingPoint: ${isGenerated ? '{alertsPerDay: 15}' : '{precision: 0.8}'}
notify:
  console: {kind: console}
  inbox: {kind: inbox}
web: {port: ${port}}
`
}

type DemoSummary = {
  readonly streamed: number
  readonly stored: number
  readonly alerts: number
  readonly inboxAlerts: number
  readonly closedDays: number
  readonly deadLetters: number
  readonly pending: number
  readonly isEqualToScore: boolean
  readonly confirmed: number
  readonly reviewed: number
  readonly seconds: number
}

async function stream(
  input: CommandInput,
  config: Config,
  system: System,
  trained: Trained,
): Promise<DemoSummary | undefined> {
  const { terminal, signal } = input
  const events = namedEvents(trained.heldOut, trained.schema)
  const progress = terminal.progress('Stream held-out days')
  const reviewer = reviewAlerts({
    detector: config.detector,
    url: system.url,
    store: system.store,
    events,
    labels: trained.heldOut.labels,
    timeZone: config.report.timeZone,
    signal,
  })
  const startedAt = performance.now()
  const streamed = await replayTo(events, {
    url: system.url,
    speed: parseSpeed(String(input.values.speed)),
    signal,
    onProgress: (sent) => progress.update(sent / events.length, `${sent.toLocaleString('en')} events`),
  })
  if (signal.aborted) return undefined
  await system.settled(signal)
  const seconds = (performance.now() - startedAt) / 1000
  progress.done(`${streamed.toLocaleString('en')} events in ${seconds.toFixed(1)} s`)
  const reviewed = await reviewer.done()
  // The stream has ended: with --exit its last day ends with it; otherwise it stays open, as today would.
  if (input.values.exit) await system.endStream()
  await system.close()
  await system.settled(signal)
  const totals = await system.store.totals(config.detector)
  const inbox = await system.store.inbox(1_000_000)
  return {
    streamed,
    stored: totals.events,
    alerts: totals.alerts,
    inboxAlerts: inbox.filter(({ alertId }) => alertId !== null).length,
    closedDays: totals.closedDays,
    deadLetters: totals.deadLetters,
    pending: totals.deliveries.pending + totals.deliveries.dead,
    isEqualToScore: await isStoredAs(
      scoreEvents(await loadScorer(config, trained.version), fieldsOf(events)),
      system.store,
      config.detector,
    ),
    confirmed: reviewed.anomalies,
    reviewed: reviewed.labels,
    seconds,
  }
}

function isWhole(summary: DemoSummary): boolean {
  return (
    summary.streamed === summary.stored &&
    summary.alerts === summary.inboxAlerts &&
    summary.deadLetters === 0 &&
    summary.pending === 0 &&
    summary.isEqualToScore
  )
}

function printSummary(terminal: Terminal, summary: DemoSummary): void {
  const row = (name: string, value: string, isFine: boolean) =>
    terminal.line(`  ${isFine ? terminal.style('green', '✔') : terminal.style('red', '✘')} ${name.padEnd(34)} ${value}`)
  const n = (value: number) => value.toLocaleString('en')
  terminal.line('Summary')
  row(
    'events streamed = events stored',
    `${n(summary.streamed)} = ${n(summary.stored)}`,
    summary.streamed === summary.stored,
  )
  row(
    'alerts = inbox messages',
    `${n(summary.alerts)} = ${n(summary.inboxAlerts)}`,
    summary.alerts === summary.inboxAlerts,
  )
  row('alerts = those of tocsin score', summary.isEqualToScore ? 'same events' : 'they differ', summary.isEqualToScore)
  row(
    'dead letters, unsent messages',
    `${n(summary.deadLetters)}, ${n(summary.pending)}`,
    summary.deadLetters + summary.pending === 0,
  )
  row('days closed', n(summary.closedDays), true)
  row('alerts reviewed, anomalies among', `${n(summary.reviewed)}, ${n(summary.confirmed)}`, true)
}

function* fieldsOf(events: readonly NamedEvent[]): Generator<NamedEvent['fields']> {
  for (const { fields } of events) yield fields
}
