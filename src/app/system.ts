// A configuration in, a running system out: every room opened in the order of the data, and closed in the opposite order.

import { mkdir } from 'node:fs/promises'
import type { Server as NetServer } from 'node:net'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { openAlerting } from '../alert/alert.ts'
import type { Config } from '../config.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import type { Day } from '../core/day.ts'
import { dayEnd, dayOf } from '../core/day.ts'
import { TocsinError } from '../core/error.ts'
import { Random } from '../core/random.ts'
import { runPartition } from '../loop.ts'
import { createNotifier } from '../notify/notify.ts'
import { createReceivers } from '../notify/receivers.ts'
import { openRegistry, type Registry } from '../registry/registry.ts'
import { closeFinishedDays, openDay } from '../report/report.ts'
import { createScorer, type Scorer } from '../score/score.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import { lockDataDir } from '../store/lock.ts'
import type { Store } from '../store/store.ts'
import { openEmbeddedStream } from '../stream/embedded.ts'
import type { Stream } from '../stream/stream.ts'
import { createServer } from '../web/web.ts'
import { createMeter } from './meter.ts'
import { summaryDeliveries } from './summaries.ts'

export type System = {
  /** Where the console and the API answer, e.g. `http://127.0.0.1:4380`. */
  readonly url: string
  readonly store: Store
  readonly stream: Stream
  /** Rejects when a part that must run has ended: the process should end with it, loudly. */
  readonly failed: Promise<never>
  /** Records accepted and not yet decided. */
  lag(): Promise<number>
  /** Resolves when everything accepted is decided and no delivery is due. */
  settled(signal: AbortSignal): Promise<void>
  /** No more events will come: the newest event's day ends now. */
  endStream(): Promise<void>
  /** Closes every day that the watermark has passed. */
  closeDays(): Promise<readonly Day[]>
  stop(): Promise<void>
}

export type SystemOptions = {
  readonly config: Config
  /** Where the console receiver writes its lines. */
  readonly console: Writable
  /** Level of the process's own log, on standard error. */
  readonly logLevel: string
  readonly clock?: Clock
}

/** How often the loop looks for a first model, and the jobs for a finished day, ms. */
const pollMs = 1000
const maxRecords = 1000

/** Throws `DATA_DIR_IN_USE`, `ADDRESS_IN_USE`, or what opening a room throws; nothing stays open then. */
export async function startSystem({ config, console, logLevel, clock = systemClock }: SystemOptions): Promise<System> {
  const { detector, dataDir, report } = config
  const { timeZone } = report
  const logger = pino({ level: logLevel, base: { detector } }, pino.destination(2))
  const opened: (() => Promise<unknown>)[] = []
  const closeAll = async () => {
    for (const close of opened.reverse()) await close()
  }
  const stopping = new AbortController()
  const { signal } = stopping
  try {
    await mkdir(dataDir, { recursive: true })
    const lock = await lockDataDir(dataDir)
    opened.push(() => lock.release())
    const store = await openEmbeddedStore({ dir: dataDir, clock })
    opened.push(() => store.close())
    const stream = await openEmbeddedStream({ dir: dataDir, partitions: config.stream.partitions, clock })
    opened.push(() => stream.close())
    const registry = openRegistry({ store, detector })
    const scorer = scorerOf(registry, config)
    const meter = createMeter(clock.now)
    const url = { current: config.web.publicUrl ?? '' }
    const receivers = createReceivers(config.notify, {
      writable: console,
      putInbox: (message) => store.putInbox(message),
      timeZone,
      clock,
    })
    opened.push(async () => {
      for (const receiver of receivers.values()) await receiver.close?.()
    })
    const notifier = createNotifier({ outbox: store, receivers, clock, random: new Random(clock.now()) })
    const hasAmount = async () => (await registry.current('champion'))?.artifact.schema.amount != null
    const sources = async () => ({ store, detector, timeZone, hasAmount: await hasAmount() })
    let closing: Promise<readonly Day[]> = Promise.resolve([])
    // One at a time: each day closes once, in order.
    const closeDays = () => {
      closing = closing.then(async () => {
        const days = await closeFinishedDays({
          ...(await sources()),
          deliveriesFor: summaryDeliveries(config, () => url.current, clock),
        })
        if (days.length > 0) {
          logger.info({ days }, 'days closed')
          notifier.wake()
        }
        return days
      })
      return closing
    }
    const lag = async () => {
      let records = 0
      for (let partition = 0; partition < stream.partitions; partition++)
        records += (await stream.end(partition)) - (await store.partition(detector, partition)).next
      return records
    }
    const server = await createServer({
      detector,
      timeZone,
      stream,
      store,
      registry,
      scorer,
      summary: async (day) => openDay({ ...(await sources()), day }),
      token: config.web.token,
      maxBodyBytes: config.web.maxBodyBytes,
      consoleDir: consoleDir(),
      clock,
      logger,
      eventsPerSecond: meter.perSecond,
      lag,
    })
    opened.push(() => server.close())
    await listen(server, config.web)
    const localUrl = addressOf(server.server.address())
    url.current ||= localUrl
    const alerting = (reachedTime: number) =>
      openAlerting({
        detector,
        receivers: alertReceivers(config),
        urlOf: (id) => `${url.current}/alerts/${id}`,
        clock,
        reachedTime,
        alerts: (query) => store.alerts(query),
      })
    const parts = [
      ...Array.from({ length: stream.partitions }, (_, partition) =>
        runPartition({
          detector,
          partition,
          stream,
          store,
          scorer: () => firstScorer(scorer, clock, signal),
          alerting,
          allowedLatenessMs: report.allowedLatenessMinutes * 60_000,
          timeZone,
          maxRecords,
          clock,
          signal,
          onBatch: (batch) => {
            meter.add(batch.decisions.length)
            if (batch.deliveries.length > 0) notifier.wake()
          },
          onWait: (error, delayMs) => logger.error({ code: error.code, delayMs }, error.message),
        }),
      ),
      notifier.run(signal),
      runDays({ closeDays, store, lag, config, clock, signal }),
    ]
    const failed = new Promise<never>((_, reject) => {
      for (const part of parts) part.catch(reject)
    })
    failed.catch(() => stopping.abort())
    return {
      url: localUrl,
      store,
      stream,
      failed,
      lag,
      settled: async (until) => {
        while (
          !until.aborted &&
          ((await lag()) > 0 || ((await store.nextDue()) ?? Number.POSITIVE_INFINITY) <= clock.now())
        )
          await clock.sleep(20, until)
      },
      endStream: async () => {
        const newest = (await store.watermark(detector)) + report.allowedLatenessMinutes * 60_000
        if (Number.isFinite(newest)) await store.raiseWatermark(detector, dayEnd(dayOf(newest, timeZone), timeZone))
      },
      closeDays,
      stop: async () => {
        stopping.abort()
        await Promise.allSettled(parts)
        await closing
        await closeAll()
      },
    }
  } catch (error) {
    stopping.abort()
    await closeAll()
    throw error
  }
}

/** The champion's scorer, made anew when the champion changes; undefined where there is none yet. */
function scorerOf(registry: Registry, { events }: Config): () => Promise<Scorer | undefined> {
  let made: { version: number; scorer: Scorer } | undefined
  return async () => {
    const champion = await registry.current('champion')
    if (!champion) return undefined
    if (made?.version !== champion.version) {
      const { labelInStream, unknownFields } = events
      const scorer = createScorer({ ...champion, modelVersion: champion.version, labelInStream, unknownFields })
      made = { version: champion.version, scorer }
    }
    return made.scorer
  }
}

async function firstScorer(
  scorer: () => Promise<Scorer | undefined>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Scorer> {
  for (;;) {
    const current = await scorer()
    if (current) return current
    signal.throwIfAborted()
    await clock.sleep(pollMs, signal)
  }
}

type DaysOptions = {
  readonly closeDays: () => Promise<unknown>
  readonly store: Store
  readonly lag: () => Promise<number>
  readonly config: Config
  readonly clock: Clock
  readonly signal: AbortSignal
}

// Days close when event time says so; a stream that has fallen silent lets the wall clock say so.
async function runDays({ closeDays, store, lag, config, clock, signal }: DaysOptions): Promise<void> {
  const { detector, report } = config
  let lastCommitAt = clock.now()
  const unsubscribe = store.onCommit(() => {
    lastCommitAt = clock.now()
  })
  while (!signal.aborted) {
    const isSilent = clock.now() - lastCommitAt > report.closeIdleAfterMinutes * 60_000
    const wallWatermark = clock.now() - report.allowedLatenessMinutes * 60_000
    if (isSilent && (await store.watermark(detector)) < wallWatermark && (await lag()) === 0)
      await store.raiseWatermark(detector, wallWatermark)
    await closeDays()
    await clock.sleep(pollMs, signal)
  }
  unsubscribe()
}

function alertReceivers({ notify }: Config): { name: string; groupForMs: number }[] {
  return Object.entries(notify).map(([name, receiver]) => ({
    name,
    groupForMs: receiver.kind === 'email' ? receiver.groupForMinutes * 60_000 : 0,
  }))
}

type Listener = { listen(options: { host: string; port: number }): Promise<unknown> }

async function listen(server: Listener, { host, port }: Config['web']): Promise<void> {
  try {
    await server.listen({ host, port })
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause
    throw new TocsinError(
      'ADDRESS_IN_USE',
      `${host}:${port} is in use by another program; stop that, or choose another web.port (0 takes a free one)`,
      { cause },
    )
  }
}

function addressOf(address: ReturnType<NetServer['address']>): string {
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address and a port')
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}

// dist/console in the repository and in the published package, whose code lies in dist itself.
function consoleDir(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist/console' : '../console', import.meta.url))
}
