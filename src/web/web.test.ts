// What the API takes, answers and refuses, over a real store, stream and model.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { payment } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'
import { AlertList } from './api/alerts.ts'
import { DayList, DaySummary } from './api/days.ts'
import { RollupList, Stats } from './api/live.ts'
import { Problem } from './api/problem.ts'

let rig: WebRig
beforeEach(async () => {
  rig = await openWebRig()
})
afterEach(() => rig.close())

type Sent = { headers?: Record<string, string>; payload?: string | Buffer }

const post = (url: string, body: unknown, sent: Sent = {}) =>
  rig.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...sent.headers },
    payload: sent.payload ?? JSON.stringify(body),
  })
const get = (url: string, headers: Record<string, string> = {}) => rig.app.inject({ method: 'GET', url, headers })
const lines = { 'content-type': 'application/x-ndjson' }

describe('events', () => {
  test('one object, a list and lines are taken, and are in the stream in their order when it answers', async () => {
    const one = await post('/v1/events', payment('t1', 10))
    expect([one.statusCode, one.json()]).toEqual([202, { accepted: 1, positions: [{ partition: 0, position: 0 }] }])
    expect((await post('/v1/events', [payment('t2', 20), payment('t3', 30)])).json()).toMatchObject({ accepted: 2 })
    const payload = `${JSON.stringify(payment('t4', 40))}\n\n${JSON.stringify(payment('t5', 50))}\r\n`
    expect((await post('/v1/events', null, { headers: lines, payload })).json()).toMatchObject({ accepted: 2 })
    expect(await rig.stream.end(0)).toBe(5)
    await rig.decide()
    expect((await rig.store.totals('card-fraud')).events).toBe(5)
    expect((await rig.store.decision('card-fraud', 't5'))?.fields.amount).toBe(50)
  })

  test('one bad event refuses the whole request by its place, and nothing is stored', async () => {
    const { amount: _, ...incomplete } = payment('t2', 0)
    const answer = await post('/v1/events', [payment('t1', 1), incomplete, { ...payment('t3', 3), is_fraud: 1 }])
    expect(answer.statusCode).toBe(422)
    const problem = Problem.parse(answer.json())
    expect(problem.code).toBe('EVENT_FIELD_MISSING')
    expect(problem.detail).toMatch(/^2 of 3 events are bad, and none was taken/)
    expect(problem.errors).toEqual([
      expect.stringMatching(/^event 1: "amount" is absent/),
      expect.stringMatching(/^event 2: "is_fraud" is the label/),
    ])
    expect(await rig.stream.end(0)).toBe(0)
  })

  test('of many bad events the first twenty are named and the others counted', async () => {
    const answer = await post(
      '/v1/events',
      Array.from({ length: 25 }, () => 'no event'),
    )
    const { errors } = Problem.parse(answer.json())
    expect(errors).toHaveLength(21)
    expect(errors?.at(-1)).toBe('… and 5 more')
  })

  test('with onInvalid=deadLetter all are taken, and the bad ones become dead letters with their reason', async () => {
    const payload = `${JSON.stringify(payment('t1', 1))}\n{"amount": NaN}\n`
    const answer = await post('/v1/events?onInvalid=deadLetter', null, { headers: lines, payload })
    expect([answer.statusCode, answer.json().accepted]).toEqual([202, 2])
    await rig.decide()
    const { deadLetters } = (await get('/v1/dead-letters')).json()
    expect(deadLetters).toMatchObject([{ code: 'EVENT_NOT_JSON', position: 1, text: '{"amount": NaN}' }])
  })

  test('without a model events are taken, for one that will come', async () => {
    const bare = await openWebRig({ hasModel: false })
    const send = (payload: unknown) => bare.app.inject({ method: 'POST', url: '/v1/events', payload: [payload] })
    expect((await send({ anything: 1 })).statusCode).toBe(202)
    expect((await send(7)).json().code).toBe('EVENT_NOT_OBJECT')
    expect(await bare.stream.end(0)).toBe(1)
    const scored = await bare.app.inject({ method: 'POST', url: '/v1/detectors/card-fraud/score', payload: {} })
    expect([scored.statusCode, scored.json().code]).toEqual([503, 'MODEL_MISSING'])
    await bare.close()
  })

  test('while too much waits for the disk, more is sent away with a time to come back', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = await openWebRig({
      maxBodyBytes: 1024,
      stream: {
        append: async (records) => held.then(() => records.map((_, position) => ({ partition: 0, position }))),
      },
    })
    const send = () => slow.app.inject({ method: 'POST', url: '/v1/events', payload: Array(7).fill(payment('t1', 1)) })
    const first = Array.from({ length: 8 }, send)
    const statuses = Promise.all(first).then((answers) => answers.map(({ statusCode }) => statusCode))
    const late = await send()
    expect([late.statusCode, late.json().code, late.headers['retry-after']]).toEqual([429, 'QUEUE_FULL', '1'])
    release()
    expect(await statuses).toContain(202)
    expect((await send()).statusCode).toBe(202)
    await slow.close()
  })
})

describe('decisions', () => {
  test('scoring answers in order, with reasons for what would alert, and stores nothing', async () => {
    const answer = await post('/v1/detectors/card-fraud/score', [payment('t1', 10), payment('t2', 900)])
    const { decisions } = answer.json()
    expect(decisions).toMatchObject([
      { eventId: 't1', outcome: 'pass', score: 0.02, threshold: 0.5, modelVersion: 1, reasons: [] },
      { eventId: 't2', outcome: 'alert', score: 0.98 },
    ])
    expect(decisions[1].reasons[0]).toMatchObject({ feature: 'amount', value: 900 })
    expect((await rig.store.totals('card-fraud')).events).toBe(0)
  })

  test('alerts come newest first, page by page, and one of them with its fields', async () => {
    const hours = ['08', '09', '10']
    await post(
      '/v1/events',
      hours.map((hour) => payment(hour, 900, `2026-03-03T${hour}:00:00Z`)),
    )
    await rig.decide()
    const first = AlertList.parse((await get('/v1/alerts?limit=2')).json())
    expect(first.alerts.map(({ eventId }) => eventId)).toEqual(['10', '09'])
    const second = AlertList.parse((await get(`/v1/alerts?limit=2&before=${first.next}`)).json())
    expect([second.alerts.map(({ eventId }) => eventId), second.next]).toEqual([['08'], null])
    const one = (await get(`/v1/alerts/${first.next}`)).json()
    expect(one).toMatchObject({
      eventId: '09',
      eventTime: '2026-03-03T09:00:00.000Z',
      fields: { amount: 900 },
      label: null,
    })
    expect(one.deliveries).toEqual([{ receiver: 'inbox', state: 'pending' }])
  })

  test('alerts of a day are those of the day in the detector’s time zone', async () => {
    await post('/v1/events', [payment('a', 900, '2026-03-02T22:59:59Z'), payment('b', 900, '2026-03-02T23:00:00Z')])
    await rig.decide()
    const { alerts } = (await get('/v1/alerts?day=2026-03-03')).json()
    expect(alerts.map(({ eventId }: { eventId: string }) => eventId)).toEqual(['b'])
  })

  test('a label by alert or by event is stored, shown and counted', async () => {
    await post('/v1/events', [payment('t1', 900), payment('t2', 901)])
    await rig.decide()
    const answer = await post('/v1/labels', { alertId: rig.alertId('t1'), label: 'anomaly', by: 'ada' })
    expect(answer.json()).toMatchObject({ eventId: 't1', label: 'anomaly', by: 'ada' })
    await post('/v1/labels', { eventId: 't2', label: 'normal', note: 'known customer' })
    const { alerts } = (await get('/v1/alerts?label=anomaly')).json()
    expect(alerts).toMatchObject([{ eventId: 't1', labelledBy: 'ada' }])
    const { labels } = (await get('/v1/labels')).json()
    expect(labels).toMatchObject([{ eventId: 't1' }, { eventId: 't2', by: 'api', note: 'known customer' }])
    const { labels: counts } = (await get('/v1/reports/2026-03-03')).json()
    expect(counts).toMatchObject({ anomaly: 1, normal: 1, unlabelled: 0, precision: { value: 0.5 } })
  })

  test('models are listed with their aliases, and a promotion moves one', async () => {
    expect((await get('/v1/models')).json().models).toMatchObject([{ version: 1, aliases: ['champion'] }])
    expect((await post('/v1/models/1/promote', { alias: 'challenger', reason: 'try' })).json()).toEqual({
      version: 1,
      alias: 'challenger',
    })
    expect((await get('/v1/models')).json().models[0].aliases.sort()).toEqual(['challenger', 'champion'])
  })
})

describe('days', () => {
  test('a closed day answers with its stored bytes; the open day is made now and says so', async () => {
    await post('/v1/events', [payment('a', 900, '2026-03-03T10:00:00Z'), payment('b', 10, '2026-03-04T10:00:00Z')])
    await rig.decide()
    await rig.closeDays()
    const stored = await rig.store.closedDay('card-fraud', '2026-03-03')
    const page = await get('/reports/2026-03-03')
    expect(page.body).toBe(stored?.html)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.body).not.toContain('still open')
    expect((await get('/reports/2026-03-04')).body).toContain('This day is still open')
    const list = DayList.parse((await get('/v1/reports')).json())
    expect(list.days).toEqual([
      { day: '2026-03-04', isClosed: false, events: 1, alerts: 0 },
      { day: '2026-03-03', isClosed: true, events: 1, alerts: 1 },
    ])
    expect(list.open).toBe('2026-03-04')
    expect(DaySummary.parse((await get('/v1/reports/2026-03-03')).json())).toMatchObject({
      isClosed: true,
      amountAtRisk: 900,
    })
  })

  test('a label given after the day has closed does not change its page', async () => {
    await post('/v1/events', [payment('a', 900, '2026-03-03T10:00:00Z'), payment('b', 10, '2026-03-04T10:00:00Z')])
    await rig.decide()
    await rig.closeDays()
    const before = await get('/reports/2026-03-03')
    await post('/v1/labels', { eventId: 'a', label: 'anomaly' })
    await rig.closeDays()
    expect((await get('/reports/2026-03-03')).body).toBe(before.body)
  })

  test('the numbers of today are those of the day that event time has reached', async () => {
    expect(Stats.parse((await get('/v1/stats')).json())).toMatchObject({
      watermark: null,
      day: null,
      lag: 0,
      champion: 1,
    })
    await post('/v1/events', [payment('a', 900), payment('b', 10)])
    await rig.decide()
    const stats = Stats.parse((await get('/v1/stats')).json())
    expect(stats).toMatchObject({
      day: '2026-03-03',
      today: { events: 2, alerts: 1, amountAtRisk: 900 },
      totals: { events: 2 },
    })
    const { rollups } = RollupList.parse(
      (await get('/v1/rollups?from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z')).json(),
    )
    expect(rollups).toMatchObject([{ minute: '2026-03-03T10:00:00.000Z', events: 2, alerts: 1 }])
  })
})

describe('machines that watch', () => {
  test('health, readiness and metrics answer with what is stored', async () => {
    await post('/v1/events', [payment('a', 900), payment('b', 10)])
    await rig.decide()
    expect((await get('/healthz')).json()).toEqual({ status: 'ok' })
    expect((await get('/readyz')).json()).toEqual({ status: 'ready', champion: 1 })
    const { body } = await get('/metrics')
    expect(body).toContain('tocsin_events_total{detector="card-fraud"} 2')
    expect(body).toContain('tocsin_deliveries{state="pending",detector="card-fraud"} 1')
    expect((await get('/metrics')).body).toBe(body)
  })
})

describe('the console', () => {
  test('any page that a browser asks for is the index; assets are kept; addresses of the API are not pages', async () => {
    const consoleDir = join(rig.dir, 'built')
    await mkdir(join(consoleDir, 'assets'), { recursive: true })
    await writeFile(join(consoleDir, 'index.html'), '<title>console</title>')
    await writeFile(join(consoleDir, 'assets', 'app-1a2b.js'), '1')
    const built = await openWebRig({ consoleDir })
    const ask = (url: string) => built.app.inject({ method: 'GET', url, headers: { accept: 'text/html' } })
    for (const url of ['/', '/alerts/al_1', '/days/2026-03-03'])
      expect((await ask(url)).body).toContain('<title>console')
    expect((await ask('/assets/app-1a2b.js')).headers['cache-control']).toContain('immutable')
    expect((await ask('/')).headers['cache-control']).toBe('no-cache')
    expect((await ask('/v1/nothing')).statusCode).toBe(404)
    expect((await ask('/assets/../../stream.db')).body).not.toContain('SQLite')
    await built.close()
  })

  test('where it is not built, it says how to build it', async () => {
    const answer = await get('/', { accept: 'text/html' })
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'CONSOLE_MISSING'])
  })
})
