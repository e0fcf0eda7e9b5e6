// Triage over the real store: many labels at once, who is unsure, the trail, and what an alert's score is made of.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { payment } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'
import { AlertList } from './api/alerts.ts'
import { AlertStudy, AlertTrail } from './api/study.ts'

let rig: WebRig
beforeAll(async () => {
  rig = await openWebRig()
  const events = [600, 900, 700].map((amount, i) => payment('abc'[i]!, amount, `2026-03-03T1${i}:00:00Z`))
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: events })
  await rig.decide()
})
afterAll(() => rig.close())

const get = async (url: string) => (await rig.app.inject(url)).json()
const post = (url: string, payload: object) => rig.app.inject({ method: 'POST', url, payload })
const eventIds = (list: unknown) => AlertList.parse(list).alerts.map(({ eventId }) => eventId)

test('the queue is sorted by expected loss on request, also over pages', async () => {
  expect(eventIds(await get('/v1/alerts'))).toEqual(['c', 'b', 'a'])
  const first = AlertList.parse(await get('/v1/alerts?sort=loss&limit=2'))
  expect(eventIds(first)).toEqual(['b', 'c'])
  expect(eventIds(await get(`/v1/alerts?sort=loss&limit=2&before=${first.next}`))).toEqual(['a'])
})

test('many are labelled at once, or none where one is unknown', async () => {
  const alertIds = [rig.alertId('a'), rig.alertId('b')]
  const refused = await post('/v1/labels/many', { alertIds: [...alertIds, 'al_no'], label: 'normal' })
  expect(refused.statusCode).toBe(404)
  expect(eventIds(await get('/v1/alerts?label=none'))).toHaveLength(3)
  expect((await post('/v1/labels/many', { alertIds, label: 'normal', by: 'ann' })).json()).toMatchObject({
    labelled: 2,
  })
  expect(eventIds(await get('/v1/alerts?label=normal'))).toEqual(['b', 'a'])
})

test('the trail tells what people said, and that somebody was unsure', async () => {
  const url = `/v1/alerts/${rig.alertId('c')}`
  await post(`${url}/unsure`, { by: 'ann', note: 'new shop' })
  await post(`${url}/acknowledge`, { by: 'ben' })
  await post('/v1/labels', { alertId: rig.alertId('c'), label: 'anomaly', by: 'cat' })
  const { trail } = AlertTrail.parse(await get(`${url}/trail`))
  expect(trail.map(({ by, what, note }) => [by, what, note]).toSorted()).toEqual([
    ['ann', 'unsure', 'new shop'],
    ['ben', 'acknowledged', null],
    ['cat', 'anomaly', null],
  ])
})

test('a study names the change that would not have alerted, and labelled events like it', async () => {
  const found = AlertStudy.parse(await get(`/v1/alerts/${rig.alertId('c')}/study`))
  expect(found.wouldPass?.changes).toEqual([{ feature: 'amount', from: 700, to: 500 }])
  expect(found.alike.map(({ eventId, label, likeness }) => [eventId, label, likeness]).toSorted()).toEqual([
    ['a', 'normal', 1],
    ['b', 'normal', 1],
  ])
})
