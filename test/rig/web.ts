// Options in, a server over a real stream, store, registry and scorer in a folder of its own out; nothing is faked.

import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alertsOf } from '../../src/alert/alert.ts'
import { createRouter } from '../../src/alert/router.ts'
import { deadLetterReplayer } from '../../src/app/deadLetters.ts'
import { openEndpoint } from '../../src/app/endpoint.ts'
import { createNotifications } from '../../src/app/notifications.ts'
import { policyBook } from '../../src/app/policies.ts'
import { openPolicies } from '../../src/app/simulatePolicies.ts'
import { alertStudies } from '../../src/app/study.ts'
import { type ConfigInput, parseConfig } from '../../src/config.ts'
import { systemClock } from '../../src/core/clock.ts'
import { stableId } from '../../src/core/digest.ts'
import { Random } from '../../src/core/random.ts'
import { runPartition } from '../../src/loop.ts'
import { createAnswerLinks } from '../../src/notify/answerLinks.ts'
import { openHttp } from '../../src/notify/http.ts'
import { createNotifier } from '../../src/notify/notify.ts'
import { createReceivers } from '../../src/notify/receivers.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { closeFinishedDays, openDay } from '../../src/report/report.ts'
import { createScorer } from '../../src/score/score.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'
import { createServer, type Services } from '../../src/web/web.ts'
import { smallArtifact } from './artifact.ts'

export type WebRig = Awaited<ReturnType<typeof openWebRig>>

const detector = 'card-fraud'
const timeZone = 'Europe/Berlin'
const clock = systemClock
const pushKeys = { publicKey: 'public', privateKey: 'private' }

/** `settings` are those of the configuration's `endpoint`. */
type Options = { readonly hasModel?: boolean; readonly settings?: ConfigInput['endpoint'] } & Partial<Services>

export async function openWebRig(options: Options = {}) {
  const { hasModel = true, settings, ...overrides } = options
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-web-'))
  const store = await openEmbeddedStore({ dir, clock })
  const stream = await openEmbeddedStream({ dir, partitions: 1, clock })
  const registry = openRegistry({ store, detector })
  if (hasModel) {
    const { version } = await registry.register(smallArtifact, 1_700_000_000_000)
    await registry.promote(version, 'champion', 'first')
  }
  const scorer = async () => {
    const champion = await registry.current('champion')
    if (!champion) return undefined
    const parsing = { labelInStream: 'refuse', unknownFields: 'refuse' } as const
    const scorer = createScorer({ ...champion, modelVersion: champion.version, ...parsing })
    return { ...scorer, binning: champion.artifact.baseline }
  }
  const lag = async () => (await stream.end(0)) - (await store.partition(detector, 0)).next
  const sources = { store, detector, timeZone, hasAmount: true }
  const closing = new AbortController()
  const problems: string[] = []
  const log = (_: object, message: string) => void problems.push(message)
  const logger = { info: log, warn: log, error: log }
  const config = parseConfig({ detector, dataDir: dir, endpoint: { name: 'fraud-xgb', ...settings } })
  const endpoint = await openEndpoint({ config, registry, store, clock, signal: closing.signal, logger })
  const http = openHttp({ allow: [] })
  const notify = {
    inbox: { kind: 'inbox' },
    chat: { kind: 'slack', url: 'https://hooks.slack.example/services/s3cret', timeoutMs: 1000 },
  } as const
  const push = {
    subscriptions: store.subscriptions,
    removeSubscription: store.removeSubscription,
    keys: async () => pushKeys,
  }
  const receiverParts = { writable: process.stdout, putInbox: store.putInbox, timeZone, clock, http, push }
  const receivers = createReceivers(notify, receiverParts)
  const notifier = createNotifier({ outbox: store, receivers, clock, random: new Random(1) })
  const links = createAnswerLinks({ key: 'the key of the rig', baseUrl: () => 'http://localhost', now: clock.now })
  const notifications = createNotifications({
    ...{ receivers, detector, notifier, store, clock, links, url: () => 'http://localhost' },
    pushKey: async () => pushKeys.publicKey,
  })
  const routed = parseConfig({ detector, notify: { inbox: { kind: 'inbox' } } })
  const services: Services = {
    notifications,
    ...{ detector, timeZone, stream, reading: stream, store, scorer, lag, clock, logger, awsCredentials: [] },
    ...{ registry: endpoint.registry, variants: endpoint.variants, capture: endpoint.capture },
    endpoint: { ...config.endpoint, name: 'fraud-xgb' },
    study: alertStudies({ store, registry, detector }),
    replayDeadLetter: deadLetterReplayer({ store, stream, scorer, detector, clock }),
    policies: openPolicies({ config: routed, store, shiftsOf: () => [] }),
    summary: (day) => openDay({ ...sources, day }),
    maxBodyBytes: 20_000,
    consoleDir: join(dir, 'console'),
    eventsPerSecond: () => 0,
    ...overrides,
  }
  const app = await createServer(services)
  return {
    ...{
      app,
      services,
      dir,
      store,
      stream,
      registry: endpoint.registry,
      variants: endpoint.variants,
      problems,
      links,
      notifier,
    },
    /** A real request to the scoring doors, which stand before the framework that `app.inject` reaches. */
    ask: async (path: string, init: RequestInit = {}) => {
      if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
      const { port } = app.server.address() as AddressInfo
      return fetch(`http://127.0.0.1:${port}${path}`, init)
    },
    /** Decides everything that the stream holds, through the real loop. */
    decide: async () => {
      const done = new AbortController()
      const running = runPartition({
        ...{ detector, partition: 0, stream, store, timeZone, clock, signal: done.signal, maxRecords: 100 },
        scorer: async () => (await scorer())!,
        alertsOf,
        allowedLatenessMs: 0,
      })
      const book = policyBook({ config: routed, publicUrl: () => 'http://localhost', shiftsOf: () => [] })
      const router = createRouter({ book, store, clock, onDeliveries: () => {} })
      const routing = router.run(done.signal)
      while ((await lag()) > 0) await clock.sleep(5)
      while ((await store.totals(detector)).unrouted > 0) {
        router.wake()
        await clock.sleep(5)
      }
      done.abort()
      await Promise.all([running, routing])
    },
    closeDays: () => closeFinishedDays({ ...sources, periods: [], deliveriesFor: () => [] }),
    alertId: (eventId: string) => stableId('al', detector, eventId),
    close: async () => {
      await app.close()
      closing.abort()
      await endpoint.ended
      await stream.close()
      await store.close()
      await rm(dir, { recursive: true })
    },
  }
}
