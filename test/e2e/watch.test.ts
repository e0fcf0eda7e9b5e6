// The running system that looks after itself: a canary that is counted nowhere, alarms that begin and end, as the API and receivers tell them.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { HealthReport } from '../../src/web/api/health.ts'
import { Stats } from '../../src/web/api/live.ts'
import { payment, smallArtifact } from '../rig/artifact.ts'
import { startTocsin, stop, tempDir } from './tocsin.ts'

const detector = 'card-fraud'
const minute = 60_000

async function bringUp(watch: string, hasModel = true) {
  const dir = await tempDir()
  const dataDir = join(dir, 'data')
  if (hasModel) {
    const store = await openEmbeddedStore({ dir: dataDir, clock: systemClock })
    const registry = openRegistry({ store, detector })
    const { version } = await registry.register(smallArtifact, Date.now())
    await registry.promote(version, 'champion', 'the test')
    await store.close()
  }
  const config = `detector: ${detector}\ndataDir: data\nweb: {port: 0}\nnotify: {inbox: {kind: inbox}}\nwatch: ${watch}\n`
  await writeFile(join(dir, 'tocsin.yaml'), config)
  const up = startTocsin(['up', '--log-level', 'error'], dir)
  onTestFinished(() => void up.process.kill('SIGKILL'))
  const url = (await up.sees(/console (http:\S+?)\/ /))[1]!
  const json = async (path: string) => (await fetch(`${url}${path}`)).json()
  return { up, url, dataDir, json, health: async () => HealthReport.parse(await json('/v1/health')) }
}

test('a canary goes the whole way every few minutes, and is in no figure, no day and no list', {
  timeout: minute,
}, async () => {
  const { up, url, json, health, dataDir } = await bringUp('{canaryEveryMinutes: 0.01}')
  const event = payment('t1', 900, new Date().toISOString())
  await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  })
  const tookMs = async () => (await health()).canary?.tookMs ?? Number.NaN
  await expect.poll(tookMs, { timeout: 15_000 }).toBeGreaterThanOrEqual(0)
  await expect
    .poll(async () => Stats.parse(await json('/v1/stats')).totals.deliveries.sent, { timeout: 15_000 })
    .toBe(1)
  expect(await health()).toMatchObject({ status: 'well', alarms: [] })
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/tocsin_canary_seconds\{detector="card-fraud"\} [\d.]+/)
  expect((await stop(up)).code).toBe(0)

  const store = await openEmbeddedStore({ dir: dataDir, clock: systemClock })
  onTestFinished(() => store.close())
  expect((await store.positions(detector)).get(0)).toBeGreaterThan(1)
  expect(await store.totals(detector)).toMatchObject({
    ...{ events: 1, alerts: 1, deadLetters: 0, duplicates: 0, lateArrivals: 0 },
    deliveries: { pending: 0, sent: 1, dead: 0 },
  })
  const rollups = await store.rollups(detector, 0, Number.MAX_SAFE_INTEGER)
  expect(rollups.reduce((sum, { events }) => sum + events, 0)).toBe(1)
  expect(await store.deliveries({ detector, limit: 100 })).toHaveLength(1)
})

test('that no events come and that none is scored is told, through the outbox like everything', {
  timeout: 2 * minute,
}, async () => {
  const { up, json, url, health } = await bringUp('{noEventsMinutes: 0.1, noScoresMinutes: 0.1}', false)
  await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payment('t1', 20)),
  })
  // Looked at every ten seconds.
  const topics = async () => (await health()).alarms.map(({ topic }) => topic).sort()
  await expect.poll(topics, { timeout: 40_000, interval: 500 }).toEqual(['noEvents', 'noScores'])
  const subjects = async () =>
    ((await json('/v1/inbox')) as { messages: { subject: string }[] }).messages.map(({ subject }) => subject)
  await expect
    .poll(subjects, { timeout: 10_000 })
    .toEqual(
      expect.arrayContaining([expect.stringContaining('No events for'), expect.stringContaining('Nothing scored for')]),
    )
  expect(await (await fetch(`${url}/metrics`)).text()).toContain(
    'tocsin_alarm{topic="noScores",about="",detector="card-fraud"} 1',
  )
  expect((await stop(up)).code).toBe(0)
})
