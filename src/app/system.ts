// A configuration in, a running system out: every room opened in the order of the data, and closed in the opposite order.

import { mkdir } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { pino } from 'pino'
import { alertsOf } from '../alert/alert.ts'
import { createRouter } from '../alert/router.ts'
import type { Config } from '../config.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import { Random } from '../core/random.ts'
import { type LoopOptions, runPartition } from '../loop.ts'
import { openHttp } from '../notify/http.ts'
import { createNotifier, type NotifierParts } from '../notify/notify.ts'
import { openRegistry } from '../registry/registry.ts'
import { lockDataDir } from '../store/lock.ts'
import type { Store } from '../store/store.ts'
import type { Stream } from '../stream/stream.ts'
import { createHealthServer, createServer } from '../web/web.ts'
import { createArchive } from './archive.ts'
import { createCalendars } from './calendars.ts'
import { type Canary, type CanaryOptions, canaryProof, createCanary } from './canary.ts'
import { awaitScorer, championScorer } from './champion.ts'
import { startCheckpoints } from './checkpointThread.ts'
import { createDays, type Days } from './days.ts'
import { deadLetterReplayer } from './deadLetters.ts'
import { createDriftWatch } from './driftWatch.ts'
import { openEndpoint } from './endpoint.ts'
import { keepForgetting } from './forgetIdle.ts'
import { whileLeased } from './lease.ts'
import { consoleDir, listen } from './listen.ts'
import { hasLoopThread, runInThread, type Told } from './loopThread.ts'
import { createMeter } from './meter.ts'
import { createNotifications } from './notifications.ts'
import { openStore } from './open.ts'
import { openStream } from './openStream.ts'
import { runPartitions } from './partitions.ts'
import { policyBook } from './policies.ts'
import { concurrencyOf, openAnswerLinks, openReceivers } from './receivers.ts'
import { keepRetention } from './retention.ts'
import { openSetup, type SetupHost } from './setup.ts'
import { openPolicies } from './simulatePolicies.ts'
import { alertStudies } from './study.ts'
import { createWatching } from './watch.ts'

/** What a process does: score the stream, answer HTTP, send messages, close days. */
export type Role = 'worker' | 'web' | 'notifier' | 'jobs'
const allRoles: readonly Role[] = ['worker', 'web', 'notifier', 'jobs']

export type System = Pick<Days, 'close' | 'endStream'> & {
  /** Where the console and the API answer, e.g. `http://127.0.0.1:4380`; of a process that is not `web`, where its health does. */
  readonly url: string
  readonly store: Store
  /** Rejects when a part that must run has ended: the process should end with it, loudly. */
  readonly failed: Promise<never>
  /** Resolves when everything accepted is decided and no delivery is due, or when `signal` aborts. */
  settled(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

export type SystemOptions = {
  readonly config: Config
  /** All of them where absent. Of an embedded store, one process has them all. */
  readonly roles?: readonly Role[]
  /** Where a process that is not `web` answers to `/healthz`; any free port of loopback where absent. */
  readonly healthPort?: number
  /** Where the console receiver writes its lines. */
  readonly console: Writable
  /** Where the system may be set up from its console. */
  readonly setup?: SetupHost
  /** Level of the process's own log, on standard error. */
  readonly logLevel: string
  readonly clock?: Clock
  /** Of the thread that has the loops of a process: what its other thread must hear. */
  readonly thread?: { tell(told: Told): void }
}

/** Most records in one transaction: enough to share its cost, few enough to answer within some 10 ms. */
const maxRecords = 1000
/** In a thread that does nothing else: a commit waits some ms for the disk, however many share it. */
const maxRecordsInThread = 4000

/** Throws `CONFIG_ROLES_NEED_STORE`, `DATA_DIR_IN_USE`, `ADDRESS_IN_USE`, or what opening a room throws; nothing stays open then. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const rooms = new AsyncDisposableStack()
  const stopping = new AbortController()
  try {
    const defaults = { clock: systemClock, roles: allRoles, healthPort: 0, thread: undefined }
    // A clock is of one thread.
    const isThreaded = !(options.clock || options.roles) && hasLoopThread(options.config)
    return await start({ ...defaults, ...options, isThreaded }, rooms, stopping)
  } catch (error) {
    stopping.abort()
    await rooms.disposeAsync()
    throw error
  }
}

type Started = Required<Omit<SystemOptions, 'thread' | 'setup'>> &
  Pick<SystemOptions, 'setup'> & {
    readonly thread: SystemOptions['thread'] | undefined
    readonly isThreaded: boolean
  }

async function start(
  { config, roles, healthPort, console, logLevel, clock, setup: host, thread, isThreaded }: Started,
  rooms: AsyncDisposableStack,
  stopping: AbortController,
): Promise<System> {
  const { detector, dataDir, web } = config
  const { timeZone } = config.report
  const { signal } = stopping
  const logger = pino({ level: logLevel, base: { detector } }, pino.destination(2))

  const has = (role: Role) => roles.includes(role)
  const isAlone = config.store.kind === 'embedded' && !thread
  if (roles.length < allRoles.length && isAlone) throw rolesNeedStore(roles)
  await mkdir(dataDir, { recursive: true })
  if (isAlone) rooms.adopt(await lockDataDir(dataDir), (lock) => lock.release())
  const isCheckpointed = isThreaded || thread !== undefined
  const store = rooms.adopt(await openStore(config, clock, isCheckpointed), (opened) => opened.close())
  const onWait = (error: TocsinError, delayMs: number) => logger.error({ code: error.code, delayMs }, error.message)
  const stream = rooms.adopt(await openStream(config, clock, onWait, isCheckpointed), (opened) => opened.close())
  if (isThreaded) rooms.adopt(startCheckpoints(dataDir), (checkpoints) => checkpoints.stop())
  const registry = openRegistry({ store, detector })
  const onLate = (events: number) =>
    logger.warn({ events }, 'scored, and too late to be remembered by features (features.allowedLateness)')
  const scorer = championScorer(registry, { store, detector, events: config.events, onLate })
  const endpoint = await openEndpoint({ config, registry, store, clock, signal, logger })
  const meter = createMeter(clock.now)
  const lag = () => lagOf(stream, store, detector)

  let publicUrl = web.publicUrl?.replace(/\/$/, '') ?? ''
  const http = rooms.adopt(openHttp(config.outbound), (opened) => opened.close())
  const links = await openAnswerLinks(config, { baseUrl: () => publicUrl, clock })
  const { receivers, pushKey } = rooms.adopt(
    openReceivers({ config, http, store, clock, console, answerUrls: links.urls }),
    (opened) => opened.close(),
  )
  const onSettled: NotifierParts['onSettled'] = ({ id, receiver }, result) => {
    if (result.state === 'dead')
      logger.error({ delivery: id, receiver, reason: result.reason }, 'a message was given up')
  }
  const concurrency = (name: string) => concurrencyOf(config, name)
  const random = new Random(clock.now())
  const canary = openCanary(config, { has, stream, scorer, clock })
  const all = canary ? new Map([...receivers, [canary.sink.name, canary.sink]]) : receivers
  const notifier = createNotifier({ outbox: store, receivers: all, clock, random, concurrency, onSettled })
  const drift = createDriftWatch({ config, store, registry, clock })
  const watching = createWatching({ config, store, notifier, canary, lag, drift, clock, url: () => publicUrl })

  const onClosed = (closed: readonly string[]) => {
    logger.info({ days: closed }, 'days closed')
    notifier.wake()
  }
  const days = createDays({ config, store, registry, clock, end: reachableEnd(stream), onClosed, url: () => publicUrl })
  const { summary } = days
  const eventsPerSecond = meter.perSecond
  const notifications = createNotifications({
    ...{ receivers, pushKey, detector, notifier, store, clock, links },
    ...{ url: () => publicUrl, alarms: watching.alarms, canary: canary?.state },
  })
  const { token, maxBodyBytes } = web
  const setup = host && rooms.adopt(await openSetup({ ...host, config, store }), (opened) => opened.close())
  const keyColumns = [config.events.entity, config.events.id].filter((name) => name !== undefined)
  const calendars = createCalendars({ rotations: config.onCall, clock, get: http.get, logger })
  const policies = openPolicies({ config, store, shiftsOf: calendars.shiftsOf })
  const server = await (has('web') ? createServer : createHealthServer)({
    ...{ policies, setup },
    ...{ detector, timeZone, stream, store, scorer, summary, token, maxBodyBytes, keyColumns },
    ...{ registry: endpoint.registry, variants: endpoint.variants, capture: endpoint.capture },
    study: alertStudies({ store, registry, detector }),
    replayDeadLetter: deadLetterReplayer({ store, stream, scorer, detector, clock }),
    endpoint: { ...config.endpoint, name: config.endpoint.name ?? detector },
    awsCredentials: web.awsCredentials,
    ...{ consoleDir: consoleDir(), clock, notifications, logger, eventsPerSecond, lag },
    ...{ reading: stream, streamNames: web.streamNames },
  })
  rooms.defer(() => server.close())
  const url = thread ? '' : await listen(server, has('web') ? web : { host: '127.0.0.1', port: healthPort })
  publicUrl ||= has('web') ? url : `http://${web.host}:${web.port}`

  const book = policyBook({ config, publicUrl: () => publicUrl, shiftsOf: calendars.shiftsOf })
  const router = createRouter({ book, store, clock, onDeliveries: () => notifier.wake(), onWait })
  // Alerts that another process has stored, and messages that it has decided on.
  rooms.defer(store.onNews(({ alertIds }) => (alertIds.length > 0 ? router : notifier).wake()))
  const loop: Omit<LoopOptions, 'partition' | 'signal' | 'scorer'> = {
    ...{ detector, stream, store, timeZone, clock, onWait },
    maxRecords: thread ? maxRecordsInThread : maxRecords,
    alertsOf,
    ...proofOf(config, canary, thread),
    allowedLatenessMs: config.report.allowedLatenessMinutes * 60_000,
    onBatch: ({ partition, next, decisions, alerts, deliveries, deadLetters }) => {
      stream.reached?.(partition, next)
      if (deadLetters.length > 0)
        stream.bury?.(deadLetters).catch((error: unknown) => logger.error({ err: error }, 'dead letters were not told'))
      meter.add(decisions.length)
      thread?.tell({ events: decisions.length })
      if (alerts.length > 0) router.wake()
      if (deliveries.length > 0) notifier.wake()
    },
  }
  const run = (partition: number, until: AbortSignal) =>
    runPartition({ ...loop, partition, signal: until, scorer: () => awaitScorer(scorer, clock, until) })
  const leased = (name: string, until: AbortSignal, work: (until: AbortSignal) => Promise<void>) =>
    whileLeased({ store, name: `${detector} ${name}`, clock, signal: until, onWait }, work)
  // Where no broker shares out the partitions, workers do.
  const share = (partition: number, until: AbortSignal) =>
    leased(`partition ${partition}`, until, (held) => run(partition, held))
  const onTold = (told: Told) => ('events' in told ? meter.add(told.events) : canary?.refused(told.refused))
  const work: Readonly<Record<Role, () => Promise<void>>> = {
    worker: () =>
      isThreaded
        ? runInThread({ config, logLevel, signal, onTold })
        : runPartitions({ stream, run: stream.hasGroup ? run : share, signal }),
    web: () => endpoint.ended,
    notifier: async () => {
      await Promise.all([leased('router', signal, router.run), leased('notifier', signal, notifier.run)])
    },
    jobs: async () => {
      await Promise.all([
        leased('days', signal, days.run),
        leased('archive', signal, createArchive({ config, store, clock }).run),
        leased('forgetting', signal, (held) => keepForgetting({ config, store, registry, clock }, held)),
        leased('watching', signal, watching.run),
        canary && leased('canary', signal, canary.run),
        keepRetention({ config, stream, store, clock, signal }),
      ])
    },
  }
  const parts = [...roles.map((role) => work[role]()), calendars.run(signal)]
  const failed = new Promise<never>((_, reject) => {
    for (const part of parts) part.catch((error: unknown) => !signal.aborted && reject(error))
  })
  // Whoever started the system hears of it through `failed`; here it only ends the other parts.
  failed.catch(() => stopping.abort())

  return {
    ...{ url, store, failed, close: days.close, endStream: days.endStream },
    settled: async (until) => {
      const isDue = async () => ((await store.nextDue()) ?? Number.POSITIVE_INFINITY) <= clock.now()
      const isUnrouted = async () => (await store.totals(detector)).unrouted > 0
      while (!until.aborted && ((await lag()) > 0 || (await isUnrouted()) || (await isDue())))
        await clock.sleep(20, until)
    },
    stop: async () => {
      stopping.abort()
      await Promise.allSettled(parts)
      await rooms.disposeAsync()
    },
  }
}

function rolesNeedStore(roles: readonly Role[]): TocsinError {
  return new TocsinError(
    'CONFIG_ROLES_NEED_STORE',
    `a process that is only ${roles.join(' and ')} shares its store with others, and store.kind is embedded; ` +
      'expected store: {kind: postgres, url: …}. Configure one, or run everything with: tocsin up',
  )
}

/** Where one process does everything: its sink must be at hand. */
function openCanary(
  { detector, watch }: Config,
  { has, ...parts }: Pick<CanaryOptions, 'stream' | 'scorer' | 'clock'> & { has: (role: Role) => boolean },
): Canary | undefined {
  if (watch.canaryEveryMinutes === null || !allRoles.every(has)) return undefined
  return createCanary({ ...parts, detector, everyMs: watch.canaryEveryMinutes * 60_000 })
}

/** Canaries are taken out of batches where the loops are. */
function proofOf(
  { detector, watch }: Config,
  canary: Canary | undefined,
  thread: SystemOptions['thread'],
): Pick<LoopOptions, 'proof'> {
  if (canary) return { proof: canary.proof }
  if (!thread || watch.canaryEveryMinutes === null) return {}
  return { proof: canaryProof(detector, (refused) => thread.tell({ refused })) }
}

// A broker that does not answer is no reason to end: what it holds is not known until it does.
function reachableEnd(stream: Stream): (partition: number) => Promise<number | undefined> {
  return (partition) =>
    stream.end(partition).catch((error: unknown) => {
      if (error instanceof TocsinError && error.code === 'STREAM_UNREACHABLE') return undefined
      throw error
    })
}

async function lagOf(stream: Stream, store: Store, detector: string): Promise<number> {
  let records = 0
  for (let partition = 0; partition < stream.partitions; partition++)
    records += (await stream.end(partition)) - (await store.partition(detector, partition)).next
  return records
}
