// The whole system, with features that remember, killed with `kill -9` again and again while events stream in: everything is stored and remembered once, everyone is told.

import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { compareVectors } from '../../src/app/parity.ts'
import { systemClock } from '../../src/core/clock.ts'
import { dayOf } from '../../src/core/day.ts'
import { Random } from '../../src/core/random.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import type { Store, StoredDecision } from '../../src/store/store.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'
import { DaySummary } from '../../src/web/api/days.ts'
import { Stats } from '../../src/web/api/live.ts'
import { type Running, startTocsin, stop, tempDir } from '../e2e/tocsin.ts'
import { payment } from '../rig/artifact.ts'
import { rememberingArtifact } from '../rig/remembering.ts'

const kills = Number(process.env.TOCSIN_KILLS ?? 20)
const seed = Number(process.env.TOCSIN_SEED ?? 20261122)
const detector = 'card-fraud'
const timeZone = 'America/Chicago'
const partitions = 3
const batchSize = 40
/** Event time between two events: a day closes every few seconds of the test. */
const stepMs = 20_000
const start = Date.parse('2026-03-01T00:00:00Z')
const minutes = 60_000

test(`after ${kills} kills every event and alert is there once, every message was told, no closed day is wrong`, {
  timeout: 5 * minutes,
}, async () => {
  const dir = await tempDir()
  const dataDir = join(dir, 'data')
  await promoteModel(dataDir)
  const hook = await listenForWebhooks()
  await writeFile(join(dir, 'tocsin.yaml'), configOf(hook.url))

  const life = { url: undefined as string | undefined }
  const producing = new AbortController()
  const next = { number: 0 }
  const accepted = Promise.all([1, 2].map(() => produce(life, next, producing.signal)))
  const random = new Random(seed)
  for (let kill = 0; kill < kills; kill++) await liveAndDie(dir, life, random)
  const last = await bringUp(dir, life)
  // A slow machine takes longer to come to the fourth midnight of event time.
  await expect.poll(() => closedDays(life.url!), { timeout: 2 * minutes, interval: 200 }).toBeGreaterThan(3)
  producing.abort()
  const sent = (await accepted).flat()
  await drained(life.url!)
  expect((await stop(last)).code).toBe(0)

  const store = await openEmbeddedStore({ dir: dataDir, clock: systemClock })
  onTestFinished(() => store.close())
  const records = await recordsIn(dataDir)
  const decisions = await everyDecision(store)
  const alerts = await Array.fromAsync(store.eachAlert({ detector }))
  const totals = await store.totals(detector)
  console.log(
    `seed ${seed}: ${kills} kills, ${sent.length} events accepted, ${records} records, ${totals.duplicates} repeated, ` +
      `${alerts.length} alerts, ${hook.calls()} webhook calls, ${totals.closedDays} days closed, ${totals.lateArrivals} late`,
  )

  // Every event that was answered for, once; a record that was sent again because no answer came is counted.
  expect(decisions.map(({ eventId }) => eventId).sort()).toEqual([...sent].sort())
  expect(totals).toMatchObject({
    events: sent.length,
    duplicates: records - sent.length,
    deadLetters: 0,
    alerts: alerts.length,
  })

  // Every vector, with the windows in it, is the one that the log gives again: nothing was remembered twice or forgotten.
  const all = { from: 0, to: Number.MAX_SAFE_INTEGER, replay: async () => [] }
  expect(await compareVectors({ store, detector, ...all })).toEqual({ vectors: sent.length, differences: [] })

  // Every alert once.
  const alerting = decisions.filter(({ outcome }) => outcome === 'alert').map(({ eventId }) => eventId)
  expect(alerting).toEqual(decisions.filter(({ amount }) => amount! > 500).map(({ eventId }) => eventId))
  expect(alerts.map(({ eventId }) => eventId).sort()).toEqual(alerting.sort())

  // Every message was heard: by the inbox exactly once, by the webhook at least once, with the same id each time.
  for (const alert of alerts)
    expect(alert.deliveries.map(({ receiver, state }) => `${receiver} ${state}`).sort()).toEqual([
      'hook sent',
      'inbox sent',
    ])
  expect(totals.deliveries).toMatchObject({ pending: 0, dead: 0 })
  expect(totals.inboxMessages).toBe(alerts.length + totals.closedDays)
  const told = (await store.inbox(totals.inboxMessages)).flatMap(({ alertId }) => alertId ?? [])
  expect(told.sort()).toEqual(alerts.map(({ id }) => id).sort())
  expect(hook.ids().size).toBe(alerts.length + totals.closedDays)

  // A closed day counts exactly the events that were stored before it closed.
  const days = await store.closedDays(detector)
  expect(days.length).toBeGreaterThan(3)
  for (const { day, summary } of days) {
    const { events } = DaySummary.parse(JSON.parse(summary))
    const inTime = decisions.filter(({ eventTime, isLate }) => !isLate && dayOf(eventTime, timeZone) === day)
    expect({ day, events }).toEqual({ day, events: inTime.length })
  }
})

async function closedDays(url: string): Promise<number> {
  const stats = (await (await fetch(`${url}/v1/stats`)).json()) as { totals: { closedDays: number } }
  return stats.totals.closedDays
}

// — the system under test —

async function promoteModel(dataDir: string): Promise<void> {
  const store = await openEmbeddedStore({ dir: dataDir, clock: systemClock })
  const registry = openRegistry({ store, detector })
  const { version } = await registry.register(rememberingArtifact('5m'), Date.now())
  await registry.promote(version, 'champion', 'the test')
  await store.close()
}

function configOf(hookUrl: string): string {
  return `
detector: ${detector}
dataDir: data
stream: {partitions: ${partitions}}
report: {timeZone: ${timeZone}}
watch: {driftIndex: null}
web: {port: 0}
outbound: {allow: [loopback]}
notify:
  inbox: {kind: inbox}
  hook: {kind: webhook, url: "${hookUrl}", secret: "whsec_${Buffer.alloc(32, 7).toString('base64')}"}
`
}

async function bringUp(dir: string, life: { url: string | undefined }): Promise<Running> {
  const running = startTocsin(['up', '--log-level', 'warn'], dir)
  onTestFinished(() => void running.process.kill('SIGKILL'))
  life.url = (await running.sees(/console (http:\S+?)\/ /))[1]
  return running
}

/** One life: up, some work, and dead without a warning. */
async function liveAndDie(dir: string, life: { url: string | undefined }, random: Random): Promise<void> {
  const running = await bringUp(dir, life)
  await pause(random.below(600))
  running.process.kill('SIGKILL')
  await once(running.process, 'exit')
}

// — those around it —

/** Sends batch after batch, each again and again until it is answered for; resolves with the ids of all events. */
async function produce(
  life: { url: string | undefined },
  next: { number: number },
  over: AbortSignal,
): Promise<string[]> {
  const sent: string[] = []
  while (!over.aborted) {
    const events = Array.from({ length: batchSize }, () => eventOf(next.number++))
    while (!(await isAccepted(life.url, JSON.stringify(events)))) await pause(20)
    sent.push(...events.map((event) => event.transaction_id))
  }
  return sent
}

/** Every fiftieth is worth an alert; fifty cards. */
function eventOf(number: number) {
  const time = new Date(start + number * stepMs).toISOString()
  return { ...payment(`t${number}`, number % 50 === 7 ? 900 : 20, time), card: `card-${(number * 7) % 50}` }
}

/** False where the system died before it answered. Any other answer than 202 is a failure of the test. */
async function isAccepted(url: string | undefined, body: string): Promise<boolean> {
  const headers = { 'content-type': 'application/json' }
  const request = { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }
  let response: Response
  try {
    response = await fetch(`${url}/v1/events`, request)
  } catch {
    return false
  }
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`)
  return true
}

async function listenForWebhooks() {
  const ids: string[] = []
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      ids.push(String(request.headers['webhook-id']))
      response.writeHead(204).end()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.closeAllConnections())
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, ids: () => new Set(ids), calls: () => ids.length }
}

/** Resolves when everything accepted is decided and everything decided is told. */
async function drained(url: string): Promise<void> {
  for (;;) {
    const { lag, totals } = Stats.parse(await (await fetch(`${url}/v1/stats`)).json())
    if (lag === 0 && totals.unrouted === 0 && totals.deliveries.pending === 0) return
    await pause(100)
  }
}

// — what is left —

async function recordsIn(dataDir: string): Promise<number> {
  const stream = await openEmbeddedStream({ dir: dataDir, partitions, clock: systemClock })
  const ends = await Promise.all(Array.from({ length: partitions }, (_, i) => stream.end(i)))
  await stream.close()
  return ends.reduce((sum, end) => sum + end, 0)
}

async function everyDecision(store: Store): Promise<StoredDecision[]> {
  const decisions: StoredDecision[] = []
  for await (const decision of store.decisions(detector, 0, Number.MAX_SAFE_INTEGER)) decisions.push(decision)
  return decisions
}
