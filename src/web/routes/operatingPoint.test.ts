import { afterEach, beforeEach, expect, test } from 'vitest'
import { payment } from '../../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../../test/rig/web.ts'
import { OperatingPointJson } from '../api/operatingPoint.ts'

let rig: WebRig
beforeEach(async () => {
  rig = await openWebRig()
})
afterEach(() => rig.close())

const url = '/v1/models/1/operating-point'
const send = (events: readonly object[]) => rig.app.inject({ method: 'POST', url: '/v1/events', payload: events })
const read = async () => OperatingPointJson.parse((await rig.app.inject(url)).json())

test('last week is counted by each threshold before any is saved, with what people said', async () => {
  expect((await read()).lastWeek).toBeNull()
  await send([payment('a', 900), payment('b', 10), payment('c', 950)])
  await rig.decide()
  await rig.app.inject({ method: 'POST', url: '/v1/labels', payload: { eventId: 'a', label: 'anomaly' } })
  const { threshold, lastWeek } = await read()
  const now = lastWeek?.outcomes.find((outcome) => outcome.threshold === threshold)
  expect(lastWeek).toMatchObject({ events: 3, isWhole: true })
  expect(now).toMatchObject({ alerts: 2, amountAtRisk: 1850, anomalies: 1, normals: 0 })
})

test('a moved threshold decides from the next batch on, and says who moved it and why', async () => {
  const { threshold } = await read()
  const payload = { threshold: 0.9999, reason: 'a quiet night', by: 'Ada' }
  const moved = await rig.app.inject({ method: 'POST', url, payload })
  expect(OperatingPointJson.parse(moved.json())).toMatchObject({ threshold: 0.9999, changes: [payload] })
  expect(threshold).toBeLessThan(0.9999)
  await send([payment('a', 900)])
  await rig.decide()
  expect(await rig.store.decision('card-fraud', 'a')).toMatchObject({ outcome: 'pass', threshold: 0.9999 })
})

test('a threshold without a reason, or of no version, is refused', async () => {
  const post = (at: string, payload: object) => rig.app.inject({ method: 'POST', url: at, payload })
  expect((await post(url, { threshold: 0.5, reason: ' ' })).json()).toMatchObject({ code: 'BODY_INVALID' })
  expect((await post(url, { threshold: 2, reason: 'why' })).json()).toMatchObject({ code: 'BODY_INVALID' })
  const none = await post('/v1/models/9/operating-point', { threshold: 0.5, reason: 'why' })
  expect([none.statusCode, none.json().code]).toEqual([404, 'MODEL_UNKNOWN'])
  expect((await rig.app.inject('/v1/models/9/report')).statusCode).toBe(404)
})
