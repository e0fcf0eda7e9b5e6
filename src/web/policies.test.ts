// Silences, acknowledgements and policies over the real store: what people ask for by HTTP.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { payment } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'
import { AlertJson } from './api/alerts.ts'
import { PolicyList, SimulateAnswer } from './api/policies.ts'
import { Problem } from './api/problem.ts'
import { SilenceJson, SilenceList } from './api/silences.ts'

let rig: WebRig
beforeAll(async () => {
  rig = await openWebRig()
  const events = ['a', 'b', 'c'].map((id, i) => payment(id, 900, `2026-03-03T1${i}:00:00Z`))
  const starred = events.map((event, i) => (i === 2 ? { ...event, card: 'card-*' } : event))
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: starred })
  await rig.decide()
})
afterAll(() => rig.close())

const get = async (url: string) => (await rig.app.inject(url)).json()
const post = async (url: string, payload: object) => {
  const { statusCode, body } = await rig.app.inject({ method: 'POST', url, payload })
  return { status: statusCode, json: JSON.parse(body) }
}

test('a silence is there from its making until its end by hand, and says itself in words', async () => {
  const matcher = { entity: 'card-9', amount: { below: 100 } }
  const made = await post('/v1/silences', { matcher, endsAt: '2099-01-01T00:00:00Z', by: 'ann' })
  const silence = SilenceJson.parse(made.json)
  expect(made.status).toBe(201)
  expect(silence).toMatchObject({ matcher, words: 'below 100 at risk and of entity card-9', by: 'ann', isActive: true })
  const active = async () => SilenceList.parse(await get('/v1/silences?active=true')).silences.map(({ id }) => id)
  expect(await active()).toContain(silence.id)
  expect((await post(`/v1/silences/${silence.id}/end`, { by: 'ben' })).status).toBe(200)
  expect(await active()).not.toContain(silence.id)
  const listed = SilenceList.parse(await get('/v1/silences')).silences.find(({ id }) => id === silence.id)
  expect(listed).toMatchObject({ isActive: false, endedBy: 'ben' })
  expect((await post(`/v1/silences/${silence.id}/end`, {})).json).toMatchObject({ code: 'SILENCE_UNKNOWN' })
})

test('a silence until an alert is answered is about the alert’s entity', async () => {
  const alertId = rig.alertId('a')
  const { entity } = AlertJson.parse(await get(`/v1/alerts/${alertId}`))
  const { json } = await post('/v1/silences', { untilAnswered: alertId })
  if (entity === null) expect(json).toMatchObject({ code: 'BODY_INVALID' })
  else expect(json).toMatchObject({ matcher: { entity }, untilAnswered: alertId, endsAt: null })
})

test('a silence from an alert whose entity has an asterisk means that entity, not all that are like it', async () => {
  const { json } = await post('/v1/silences', { untilAnswered: rig.alertId('c') })
  expect(json).toMatchObject({ matcher: { entity: 'card-[*]' } })
})

test.each([
  [{ matcher: {}, endsAt: '2099-01-01T00:00:00Z' }, /what to silence/],
  [{ matcher: { entity: 'x' } }, /when it ends/],
  [{ matcher: { entity: 'x' }, endsAt: '2020-01-01T00:00:00Z' }, /endsAt has passed/],
  [{ matcher: { color: 'red' }, endsAt: '2099-01-01T00:00:00Z' }, /color/],
])('a silence %j is refused with what is wrong', async (body, reason) => {
  const { status, json } = await post('/v1/silences', body)
  expect(status).toBe(422)
  expect(Problem.parse(json).detail).toMatch(reason)
})

test('an acknowledgement is kept with its alert; the first stays', async () => {
  const url = `/v1/alerts/${rig.alertId('b')}`
  expect((await post(`${url}/acknowledge`, { by: 'ann', note: 'on it' })).json).toMatchObject({ by: 'ann' })
  expect((await post(`${url}/acknowledge`, { by: 'ben' })).json).toMatchObject({ by: 'ann', note: 'on it' })
  expect(AlertJson.parse(await get(url)).acknowledgement).toMatchObject({ by: 'ann', note: 'on it' })
  expect((await post('/v1/alerts/al_no/acknowledge', {})).status).toBe(404)
})

test('policies say themselves', async () => {
  const { policies } = PolicyList.parse(await get('/v1/policies'))
  expect(policies).toEqual([{ name: 'inbox', kind: 'inbox', sentence: 'Alerts are told at once.', isDefault: true }])
})

const march = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' }

test('a simulation tells who would have got what, and changes nothing', async () => {
  const before = await rig.store.totals('card-fraud')
  const answer = SimulateAnswer.parse((await post('/v1/policies/simulate', march)).json)
  expect(answer).toMatchObject({ alerts: 3, omitted: 0, held: [] })
  expect(answer.messages.map(({ at, receiver, kind }) => [at, receiver, kind])).toEqual(
    [10, 11, 12].map((hour) => [`2026-03-03T${hour}:00:00.000Z`, 'inbox', 'alert']),
  )
  expect(await rig.store.totals('card-fraud')).toEqual(before)
})

test('a change is played before it is saved, with its sentences', async () => {
  const change = { policies: { inbox: { inAll: '1 per day', atOnce: { amount: { from: 500 } } } } }
  const answer = SimulateAnswer.parse((await post('/v1/policies/simulate', { ...march, change, limit: 1 })).json)
  expect(answer.policies[0]!.sentence).toMatch(
    /^Alerts are told at once where they are of at least 500 at risk; no more/,
  )
  expect(answer).toMatchObject({
    receivers: [{ receiver: 'inbox', messages: 2, busiestHour: 1 }],
    held: [{ policy: 'inbox', reason: 'storm', alerts: 2 }],
    omitted: 1,
  })
})

test('a change that is wrong is refused with every mistake', async () => {
  const change = { policies: { inbx: { inAll: 'often' } } }
  const { status, json } = await post('/v1/policies/simulate', { ...march, change })
  expect(status).toBe(422)
  expect(Problem.parse(json).detail).toMatch(/messages per span/)
  const named = await post('/v1/policies/simulate', { ...march, change: { policies: { inbx: {} } } })
  expect(Problem.parse(named.json).detail).toMatch(/no receiver "inbx"; did you mean "inbox"/)
})
