// Champion, challengers and shadows behind one endpoint: who answers, who only listens, and changes of champion while requests come.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { encodeArtifact } from '../../src/model/model.ts'
import { payment, smallArtifact } from '../rig/artifact.ts'
import { openWebRig, type WebRig } from '../rig/web.ts'

let rig: WebRig | undefined
afterEach(async () => {
  await rig?.close()
  rig = undefined
})

/** Says .98 of every payment over `limit`. */
function limitedTo(limit: number) {
  if (smallArtifact.algorithm !== 'boostedTrees') throw new TypeError('the small artifact has one tree')
  return { ...smallArtifact, trees: { ...smallArtifact.trees, threshold: [limit, 0, 0] } }
}

async function openWith(settings: NonNullable<Parameters<typeof openWebRig>[0]>['settings']): Promise<WebRig> {
  rig = await openWebRig({ settings: { ...settings } })
  const { version } = await rig.registry.register(limitedTo(50), 1)
  await rig.registry.promote(version, 'challenger', 'to try')
  return rig
}

const two = [
  { name: 'now', model: 'champion' as const, weight: 3 },
  { name: 'next', model: 'challenger' as const, weight: 1 },
]

async function score(from: WebRig, ...events: object[]) {
  const answer = await from.app.inject({ method: 'POST', url: '/v1/detectors/card-fraud/score', payload: events })
  return answer.json().decisions as { variant: string; score: number; modelVersion: number; outcome: string }[]
}

const invoke = (from: WebRig, headers: Record<string, string> = {}) =>
  from.app.inject({
    method: 'POST',
    url: '/endpoints/fraud-xgb/invocations',
    headers: { 'content-type': 'text/csv', ...headers },
    payload: '100,DE',
  })

test('10,000 entities are split by the weights, within 2 %, and each stays with its variant', async () => {
  const { variants } = await openWith({ variants: two })
  const chosen = Array.from({ length: 10_000 }, (_, i) => variants.choose(`card-${i}`).name)
  const share = chosen.filter((name) => name === 'next').length / chosen.length
  expect(Math.abs(share - 0.25)).toBeLessThan(0.02)
  expect(chosen).toEqual(Array.from({ length: 10_000 }, (_, i) => variants.choose(`card-${i}`).name))
})

test('each event of a request is decided by the variant of its entity, and says which', async () => {
  const here = await openWith({ variants: two })
  const cards = Array.from({ length: 40 }, (_, i) => ({ ...payment(`t${i}`, 100), card: `card-${i}` }))
  const decisions = await score(here, ...cards)
  expect(new Set(decisions.map(({ variant }) => variant))).toEqual(new Set(['now', 'next']))
  for (const { variant, score: said, modelVersion, outcome } of decisions)
    expect([said, modelVersion, outcome]).toEqual(variant === 'now' ? [0.02, 1, 'pass'] : [0.98, 2, 'alert'])
})

test('a target variant is answered by that one, whatever the weights; its session stays with one', async () => {
  const here = await openWith({ variants: [two[0]!, { ...two[1]!, weight: 0 }] })
  expect((await invoke(here)).headers['x-amzn-invoked-production-variant']).toBe('now')
  const named = await invoke(here, { 'x-amzn-sagemaker-target-variant': 'next' })
  expect([named.headers['x-amzn-invoked-production-variant'], named.body]).toEqual(['next', '0.98\n'])
})

test('a shadow scores what others answer, is stored beside it, and never answers', async () => {
  const here = await openWith({ variants: [two[0]!, { ...two[1]!, isShadow: true }] })
  await score(here, payment('a', 100), payment('b', 10))
  const denied = await invoke(here, { 'x-amzn-sagemaker-target-variant': 'next' })
  expect(denied.statusCode).toBe(400)
  await expect.poll(() => here.store.shadowScores('card-fraud', 10)).toHaveLength(2)
  const { shadowScores } = (await here.app.inject('/v1/shadow-scores')).json()
  expect(shadowScores).toMatchObject([
    { eventId: 'b', variant: 'next', score: 0.02, outcome: 'pass', answeredScore: 0.02, answeredOutcome: 'pass' },
    { eventId: 'a', variant: 'next', modelVersion: 2, score: 0.98, outcome: 'alert', answeredOutcome: 'pass' },
  ])
  const { variants } = (await here.app.inject('/v1/variants')).json()
  expect(variants).toMatchObject([
    { name: 'now', isShadow: false, events: 2, alerts: 0 },
    { name: 'next', isShadow: true, modelVersion: 2 },
  ])
})

test('one call rolls back, and the next request is answered by the champion before', async () => {
  const here = await openWith({})
  await here.registry.promote(2, 'champion', 'newer')
  expect((await score(here, payment('a', 100)))[0]).toMatchObject({ modelVersion: 2, score: 0.98 })
  const answer = await here.app.inject({ method: 'POST', url: '/v1/models/rollback', payload: { reason: 'worse' } })
  expect(answer.json()).toEqual({ version: 1, alias: 'champion' })
  expect((await score(here, payment('a', 100)))[0]).toMatchObject({ modelVersion: 1, score: 0.02 })
  const again = await here.app.inject({ method: 'POST', url: '/v1/models/rollback', payload: {} })
  expect([again.statusCode, again.json().code]).toEqual([409, 'MODEL_FIRST'])
})

test('a new champion that alerts on everything makes way by itself', async () => {
  const here = await openWith({})
  await here.registry.promote(2, 'champion', 'newer')
  const many = Array.from({ length: 100 }, (_, i) => payment(`t${i}`, 100))
  for (let i = 0; i < 12; i++) await score(here, ...many)
  await expect.poll(async () => (await here.store.aliases('card-fraud')).champion).toBe(1)
  expect((await score(here, payment('a', 100)))[0]).toMatchObject({ modelVersion: 1 })
  expect(here.problems).toEqual([expect.stringMatching(/^rolled back: version 2: 1000 of 1000 events alerted/)])
})

test('a version that cannot be loaded changes nothing: those before go on answering', async () => {
  const here = await openWith({})
  const broken = encodeArtifact(limitedTo(70)).slice(0, 100)
  await here.store.putModel({ detector: 'card-fraud', digest: 'broken', createdAt: 1, evaluation: '{}' }, broken)
  await expect(here.registry.promote(3, 'champion', 'newer')).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
  expect((await score(here, payment('a', 100)))[0]).toMatchObject({ modelVersion: 1 })
})

test('champions are swapped and rolled back under load, and no request fails', async () => {
  // However busy the machine is, none is to be sent away.
  const here = await openWith({ maxWaitMs: 60_000, rollBack: { isAutomatic: false } })
  let isOver = false
  const swapping = (async () => {
    for (let swaps = 0; ; swaps++) {
      if (isOver) return swaps
      await sleep(5)
      if (swaps % 2 === 0) await here.registry.promote(2, 'champion', 'newer')
      else await here.registry.rollBack('older')
    }
  })()
  const headers = { 'content-type': 'application/json' }
  const answers = new Set<string>()
  const client = async () => {
    for (let i = 0; i < 250; i++) {
      const body = JSON.stringify(payment(`t${i}`, 100))
      const answer = await here.ask('/v1/detectors/card-fraud/score', { method: 'POST', headers, body })
      const said = await answer.text()
      answers.add(`${answer.status} ${said.match(/"score":[^,]*|"modelVersion":\d/g)?.join(' ') ?? said}`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  isOver = true
  expect(await swapping).toBeGreaterThan(5)
  expect([...answers].toSorted()).toEqual(['200 "score":0.02 "modelVersion":1', '200 "score":0.98 "modelVersion":2'])
})
