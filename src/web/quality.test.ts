// Answers and decisions in, /v1/quality and /v1/drift out, over a real stream and store.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { payment, smallArtifact } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'
import type { DriftJson, QualityJson } from './api/quality.ts'

let rig: WebRig
beforeEach(async () => {
  rig = await openWebRig()
})
afterEach(() => rig.close())

const get = async <T>(url: string): Promise<T> => (await rig.app.inject(url)).json()

async function pay(...payments: object[]): Promise<void> {
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: payments })
  await rig.decide()
}
const label = (eventId: string, of: 'anomaly' | 'normal') =>
  rig.app.inject({ method: 'POST', url: '/v1/labels', payload: { eventId, label: of } })

test('before the first event nothing is claimed, but what the evaluation promised', async () => {
  const { quality, tested } = await get<QualityJson>('/v1/quality')
  expect(quality).toBeNull()
  expect(tested).toMatchObject({ modelVersion: 1, recall: { value: 0.9 } })
  expect(await get('/v1/drift')).toEqual({ drift: null, why: 'noEvents' })
})

test('answers to alerts give precision, a label of an event that passed gives recall, at once', async () => {
  await pay(payment('a', 900), payment('b', 950), payment('c', 10), payment('d', 20, '2026-03-04T12:00:00Z'))
  await label('a', 'anomaly')
  expect((await get<QualityJson>('/v1/quality')).quality).toMatchObject({
    ...{ from: '2026-03-03', to: '2026-03-04', alerts: 2, anomalies: 1, normals: 0, precision: { value: 1 } },
    bounds: { low: 0.5, high: 1 },
    recall: { known: null },
  })
  await label('c', 'anomaly')
  const { quality } = await get<QualityJson>('/v1/quality')
  expect(quality!.recall.known).toMatchObject({ value: 0.5, anomalies: 2, caught: 1, labelledPasses: 1 })
  // Two alerts of .98, two events of .02.
  expect(quality!.recall.expected!.value).toBeCloseTo(1.96 / 2, 6)
  expect(quality!.calibration).toMatchObject([{ from: 0.9, events: 1, anomalies: 1 }])
})

test('a stream that is unlike the training shows as drift, with the values that became more', async () => {
  const hours = Array.from({ length: 24 }, (_, hour) => `2026-03-03T${String(hour).padStart(2, '0')}:30:00Z`)
  for (const [hour, time] of hours.entries())
    await pay(...Array.from({ length: 20 }, (_, i) => payment(`${hour}-${i}`, 50, time)))
  const { drift } = await get<DriftJson>('/v1/drift?until=2026-03-04')
  const amount = drift!.features.find(({ name }) => name === 'amount')!
  expect(drift).toMatchObject({ modelVersion: 1, events: 480 })
  expect(amount.bins[1]).toEqual({ name: '10 to 96', trained: 0.4, now: 1 })
  expect(amount.fromTraining.psi).toBeGreaterThan(0.25)
})

test('a version without a baseline, an unknown one, and no champion are told apart', async () => {
  const { baseline: _, ...bare } = smallArtifact
  const { version } = await rig.registry.register(bare, 1)
  expect(await get(`/v1/drift?version=${version}`)).toEqual({ drift: null, why: 'noBaseline' })
  expect((await rig.app.inject('/v1/drift?version=9')).json()).toMatchObject({ code: 'MODEL_UNKNOWN' })
  const empty = await openWebRig({ hasModel: false })
  expect((await empty.app.inject('/v1/drift')).json()).toEqual({ drift: null, why: 'noModel' })
  await empty.close()
})

test('spans that make no sense are refused', async () => {
  for (const url of ['/v1/quality?days=1', '/v1/quality?days=1000', '/v1/drift?until=2026-13-01', '/v1/drift?days=x'])
    expect((await rig.app.inject(url)).json()).toMatchObject({ code: 'QUERY_INVALID' })
})
