// Links of messages, receivers and deliveries over HTTP, with a real store behind.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { payment } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'
import type { AlertView } from '../core/alert.ts'
import { AnswerList } from './api/answers.ts'
import { DeliveryList, ReceiverList } from './api/notifications.ts'

const detector = 'card-fraud'
let rig: WebRig
let alert: AlertView
beforeEach(async () => {
  rig = await openWebRig()
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: [payment('a', 900)] })
  await rig.decide()
  alert = (await rig.store.alert(rig.alertId('a')))!
})
afterEach(() => rig.close())

const get = (url: string, headers = {}) => rig.app.inject({ method: 'GET', url, headers })
const form = (url: string, fields: Record<string, string>, headers = {}) =>
  rig.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  })
const json = (url: string, payload: object) => rig.app.inject({ method: 'POST', url, payload })
const links = () => {
  const urls = rig.links.urls(alert, 'team')
  const path = (url: string | undefined) => url!.replace('http://localhost', '')
  return {
    anomaly: path(urls.anomaly),
    normal: path(urls.normal),
    unsure: path(urls.unsure),
    silence: path(urls.silence),
  }
}
const trail = async () => AnswerList.parse((await get('/v1/answers')).json()).answers

describe('a link of a message', () => {
  test('that is only followed changes nothing, however often, and shows a form without a token', async () => {
    for (let follow = 0; follow < 3; follow++) {
      const page = await get(links().anomaly)
      expect(page.statusCode).toBe(200)
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(page.body).toContain('<form method="post">')
      expect(page.body).toContain(alert.entity)
    }
    expect(await rig.store.labels(detector)).toEqual([])
    expect(await trail()).toEqual([])
  })

  test('whose form is sent labels the alert: who, why and through whom stand in the trail', async () => {
    const page = await form(links().anomaly, { by: ' Ada ', note: 'card was stolen' })
    expect([page.statusCode, page.body]).toEqual([200, expect.stringContaining('Recorded as an anomaly')])
    expect(await rig.store.alert(alert.id)).toMatchObject({ label: 'anomaly', labelledBy: 'Ada' })
    expect(await rig.store.labels(detector)).toMatchObject([
      { eventId: 'a', label: 'anomaly', note: 'card was stolen' },
    ])
    expect(await trail()).toMatchObject([
      { alertId: alert.id, eventId: 'a', answer: 'anomaly', by: 'Ada', note: 'card was stolen', receiver: 'team' },
    ])
  })

  test('is spent by its first use; another link of the same message still works, and the newest label counts', async () => {
    await form(links().anomaly, { by: 'Ada' })
    const again = await form(links().anomaly, { by: 'Bob' })
    expect([again.statusCode, again.body]).toEqual([409, expect.stringContaining('Ada said <b>anomaly</b>')])
    expect((await form(links().normal, { by: 'Bob', note: '' })).statusCode).toBe(200)
    expect(await rig.store.alert(alert.id)).toMatchObject({ label: 'normal', labelledBy: 'Bob' })
    expect((await trail()).map(({ by, note }) => [by, note])).toEqual([
      ['Bob', null],
      ['Ada', null],
    ])
  })

  test('of "unsure" is kept, and is no label', async () => {
    expect((await form(links().unsure, { by: 'Ada' })).statusCode).toBe(200)
    expect(await rig.store.labels(detector)).toEqual([])
    expect(await trail()).toMatchObject([{ answer: 'unsure' }])
  })

  test('of "silence" silences its entity for a day, once', async () => {
    await form(links().silence, { by: 'Ada', note: 'on holiday' })
    await form(links().silence, { by: 'Bob' })
    const silences = await rig.store.silences(detector, { limit: 10 })
    expect(silences).toMatchObject([{ matcher: { entity: alert.entity }, by: 'Ada', note: 'on holiday' }])
    expect(silences[0]!.endsAt! - silences[0]!.startsAt).toBe(86_400_000)
  })

  test.each([
    ['cut short', () => links().anomaly.slice(0, -3)],
    ['with another answer', () => links().anomaly.replace('anomaly', 'normal')],
    ['made up', () => '/answer/anomaly.al_1.team.zz.AAAA'],
  ])('%s is refused, by GET and by POST, in words for people', async (_, url) => {
    for (const page of [await get(url()), await form(url(), { by: 'Ada' })]) {
      expect(page.statusCode).toBe(404)
      expect(page.body).toContain('This link does not work')
    }
    expect(await trail()).toEqual([])
  })

  test('asks for a name', async () => {
    expect((await form(links().anomaly, { by: ' ' })).statusCode).toBe(422)
    expect(await trail()).toEqual([])
  })

  test('cannot be used by a page elsewhere, nor by one that names no origin of ours', async () => {
    for (const origin of ['https://evil.example', 'null'])
      expect((await form(links().anomaly, { by: 'Ada' }, { origin })).statusCode).toBe(403)
    expect((await get(links().anomaly)).headers['referrer-policy']).toBe('same-origin')
  })

  test('works without the token of the API, whose other changes take no form', async () => {
    await rig.close()
    rig = await openWebRig({ token: 'a-token-of-sixteen' })
    await rig.app.inject({
      ...{ method: 'POST', url: '/v1/events', payload: [payment('a', 900)] },
      headers: { authorization: 'Bearer a-token-of-sixteen' },
    })
    await rig.decide()
    expect((await form(links().normal, { by: 'Ada' })).statusCode).toBe(200)
    expect((await get('/v1/answers')).statusCode).toBe(401)
    const headers = { authorization: 'Bearer a-token-of-sixteen' }
    expect((await form('/v1/labels', { eventId: 'a', label: 'normal' }, headers)).statusCode).toBe(415)
  })

  test('shows nothing of an entity’s name as markup', async () => {
    const evil = { ...payment('evil', 900), card: '"><script>alert(1)</script>' }
    await rig.app.inject({ method: 'POST', url: '/v1/events', payload: [evil] })
    await rig.decide()
    alert = (await rig.store.alert(rig.alertId('evil')))!
    const { body } = await get(links().anomaly)
    expect(body).toContain('&lt;script&gt;')
    expect(body).not.toContain('<script')
  })
})

describe('deliveries and receivers', () => {
  test('a delivery that was given up is listed with its reason, and tried anew under its id', async () => {
    const [delivery] = await rig.store.deliveries({ detector, limit: 10 })
    await rig.store.settle(delivery!.id, { state: 'dead', reason: 'no such channel' })
    const listed = DeliveryList.parse((await get('/v1/deliveries?state=dead')).json()).deliveries
    expect(listed).toMatchObject([{ id: delivery!.id, state: 'dead', reason: 'no such channel', about: alert.id }])
    const retried = await json(`/v1/deliveries/${delivery!.id}/retry`, {})
    expect(retried.json()).toMatchObject({ id: delivery!.id, state: 'pending', attempts: 0 })
    expect((await json(`/v1/deliveries/${delivery!.id}/retry`, {})).json()).toMatchObject({
      code: 'DELIVERY_NOT_DEAD',
      status: 409,
    })
    expect((await json('/v1/deliveries/none/retry', {})).json()).toMatchObject({
      code: 'DELIVERY_UNKNOWN',
      status: 404,
    })
  })

  test('every receiver says how it is', async () => {
    const { receivers } = ReceiverList.parse((await get('/v1/receivers')).json())
    expect(receivers).toMatchObject([
      { name: 'inbox', kind: 'inbox', state: 'well', failingSince: null },
      { name: 'chat', kind: 'slack', state: 'well' },
    ])
  })

  test('a preview shows what would be sent, of an example or of an alert, and no secret', async () => {
    const chat = await get('/v1/receivers/chat/preview')
    expect(chat.json()).toMatchObject({ contentType: 'application/json', body: expect.stringContaining('card-00412') })
    const mail = await get(`/v1/receivers/inbox/preview?alert=${alert.id}`)
    expect(mail.json()).toMatchObject({ contentType: 'text/html', body: expect.stringContaining(alert.entity!) })
    expect(chat.body).not.toContain('s3cret')
    expect((await get('/v1/receivers/nobody/preview')).json()).toMatchObject({ code: 'RECEIVER_UNKNOWN', status: 404 })
    expect((await get('/v1/receivers/chat/preview?alert=al_x')).json()).toMatchObject({ code: 'ALERT_UNKNOWN' })
  })

  test('a test message goes through the outbox', async () => {
    const answer = await json('/v1/receivers/inbox/test', {})
    expect(answer.statusCode).toBe(202)
    const delivery = await rig.store.delivery(answer.json().delivery)
    expect(delivery).toMatchObject({ receiver: 'inbox', state: 'pending', message: { kind: 'notice', topic: 'test' } })
  })

  test('a browser asks to be told, and takes it back', async () => {
    expect((await get('/v1/push/key')).json()).toEqual({ publicKey: 'public', isTold: false })
    const keys = { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) }
    const wish = { endpoint: 'https://push.example/1', keys }
    expect((await json('/v1/push/subscriptions', wish)).statusCode).toBe(201)
    expect(await rig.store.subscriptions()).toMatchObject([{ endpoint: wish.endpoint, ...keys }])
    expect((await json('/v1/push/subscriptions', { ...wish, endpoint: 'http://10.0.0.1/' })).statusCode).toBe(422)
    await json('/v1/push/subscriptions/remove', { endpoint: wish.endpoint })
    expect(await rig.store.subscriptions()).toEqual([])
  })
})
