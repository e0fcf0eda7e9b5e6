// Every role a process of its own over one PostgreSQL, killed in turn, and the database with them: stored once, told, decided by the named model.

import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { openPostgresStore } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { Stats } from '../../src/web/api/live.ts'
import { type Running, runTocsin, startTocsin, stop, tempDir } from '../e2e/tocsin.ts'
import { payment, smallArtifact } from '../rig/artifact.ts'
import { findPostgres, startPostgres } from '../rig/servers/postgres.ts'

const seed = Number(process.env.TOCSIN_SEED ?? 20261122)
const kills = Number(process.env.TOCSIN_KILLS ?? 6)
const detector = 'card-fraud'
const batchSize = 40
const roles = ['web', 'worker', 'worker', 'notifier', 'notifier', 'jobs'] as const
type Role = (typeof roles)[number]
const start = Date.parse('2026-03-01T00:00:00Z')

test(`after ${kills} kills of any role and of the database every event, alert and message is there once`, {
  timeout: 180_000,
}, async ({ skip }) => {
  const found = await findPostgres()
  if ('missing' in found) return skip(found.missing)
  const server = await startPostgres(found)
  onTestFinished(() => server.destroy())
  const dir = await tempDir()
  await writeFile(join(dir, 'tocsin.yaml'), configOf(server.url))
  const store = await openPostgresStore({
    ...{ url: server.url, schema: 'tocsin', clock: systemClock, random: new Random(1) },
  })
  onTestFinished(() => store.close())
  await promoteModel(store, 0.5)

  const life = { url: '' }
  const running: Running[] = []
  for (const role of roles) running.push(await bringUp(role, dir, life))
  const producing = new AbortController()
  const accepted = produce(life, producing.signal)
  const random = new Random(seed)
  for (let kill = 0; kill < kills; kill++) {
    await pause(random.below(500))
    const victim = random.below(roles.length + 1)
    if (victim === roles.length) {
      await server.stop('immediate')
      await server.start()
    } else {
      running[victim]!.process.kill('SIGKILL')
      await once(running[victim]!.process, 'exit')
      running[victim] = await bringUp(roles[victim]!, dir, life)
    }
  }
  await promoteModel(store, 0.6)
  const promotedAt = (await accepted.number()) + 2 * batchSize
  await expect.poll(accepted.number, { timeout: 30_000 }).toBeGreaterThan(promotedAt + 400)
  producing.abort()
  const sent = await accepted.done
  await drained(life.url)
  for (const one of running) expect((await stop(one)).code).toBe(0)

  const decisions = await Array.fromAsync(store.decisions(detector, 0, Number.MAX_SAFE_INTEGER))
  const alerts = await Array.fromAsync(store.eachAlert({ detector }))
  const totals = await store.totals(detector)
  console.log(
    `seed ${seed}: ${kills} kills, ${sent.length} events, ${totals.duplicates} repeated, ${alerts.length} alerts`,
  )
  expect(decisions.map(({ eventId }) => eventId).sort()).toEqual([...sent].sort())
  expect(totals).toMatchObject({ events: sent.length, deadLetters: 0, alerts: alerts.length })
  const alerting = decisions.filter(({ amount }) => amount! > 500).map(({ eventId }) => eventId)
  expect(alerts.map(({ eventId }) => eventId).sort()).toEqual(alerting.sort())
  expect(totals.deliveries).toMatchObject({ pending: 0, dead: 0 })
  const told = (await store.inbox(totals.inboxMessages)).flatMap(({ alertId }) => alertId ?? [])
  expect(told.sort()).toEqual(alerts.map(({ id }) => id).sort())
  // Every decision names its version, and a promotion reached every worker: the last events are all of the second.
  expect(new Set(decisions.map(({ modelVersion }) => modelVersion))).toEqual(new Set([1, 2]))
  const numberOf = (eventId: string) => Number(eventId.slice(1))
  const last = decisions.filter(({ eventId }) => numberOf(eventId) > sent.length - 200)
  expect(new Set(last.map(({ modelVersion }) => modelVersion))).toEqual(new Set([2]))
})

test('a role alone needs a store that can be shared', async () => {
  const dir = await tempDir()
  await writeFile(join(dir, 'tocsin.yaml'), `detector: ${detector}\n`)
  const { code, err } = await runTocsin(['worker'], dir)
  expect([code, err]).toEqual([78, expect.stringContaining('CONFIG_ROLES_NEED_STORE')])
})

async function promoteModel(store: Store, threshold: number): Promise<void> {
  const registry = openRegistry({ store, detector })
  const operatingPoint = { ...smallArtifact.operatingPoint, threshold }
  const { version } = await registry.register({ ...smallArtifact, operatingPoint }, Date.now())
  await registry.promote(version, 'champion', 'the test')
}

function configOf(url: string): string {
  return `
detector: ${detector}
dataDir: data
stream: {kind: embedded, partitions: 4}
store: {kind: postgres, url: "${url}"}
web: {port: 0, publicUrl: "http://localhost:4380"}
notify: {inbox: {kind: inbox}}
`
}

async function bringUp(role: Role, dir: string, life: { url: string }): Promise<Running> {
  const running = startTocsin([role, '--log-level', 'warn'], dir)
  onTestFinished(() => void running.process.kill('SIGKILL'))
  const [, url] = await running.sees(new RegExp(`${role} is up: (http://[^/\\s]+)`))
  if (role === 'web') life.url = url!
  else expect((await fetch(`${url}/healthz`)).status).toBe(200)
  return running
}

/** Sends batch after batch, each again and again until it is answered for. */
function produce(life: { url: string }, over: AbortSignal) {
  const sent: string[] = []
  const send = async () => {
    while (!over.aborted) {
      const events = Array.from({ length: batchSize }, (_, i) => eventOf(sent.length + i))
      while (!(await isAccepted(life.url, JSON.stringify(events)))) await pause(20)
      sent.push(...events.map((event) => event.transaction_id))
      await pause(25)
    }
    return sent
  }
  return { done: send(), number: async () => sent.length }
}

/** Every fiftieth is worth an alert; fifty cards. */
function eventOf(number: number) {
  const time = new Date(start + number * 1000).toISOString()
  return { ...payment(`t${number}`, number % 50 === 7 ? 900 : 20, time), card: `card-${(number * 7) % 50}` }
}

/** False where the web or its store was away. */
async function isAccepted(url: string, body: string): Promise<boolean> {
  const headers = { 'content-type': 'application/json' }
  const request = { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) }
  try {
    const response = await fetch(`${url}/v1/events`, request)
    if (response.status === 202) return true
    if (response.status !== 503) throw new TypeError(`${response.status}: ${await response.text()}`)
    return false
  } catch (error) {
    if (error instanceof TypeError && /^\d/.test(error.message)) throw error
    return false
  }
}

/** Resolves when everything accepted is decided and everything decided is told. */
async function drained(url: string): Promise<void> {
  for (;;) {
    const { lag, totals } = Stats.parse(await (await fetch(`${url}/v1/stats`)).json())
    if (lag === 0 && totals.deliveries.pending === 0) return
    await pause(100)
  }
}
