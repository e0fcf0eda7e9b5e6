// Every kind of wrong request, and the one clear problem that each gets; nothing bad is ever stored.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { payment } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'
import { Problem } from './api/problem.ts'

let rig: WebRig
beforeAll(async () => {
  rig = await openWebRig()
})
afterAll(() => rig.close())

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

describe('bad input', () => {
  const cases: [string, () => ReturnType<typeof get>, number, string, RegExp][] = [
    ['malformed JSON', () => post('/v1/events', null, { payload: '{"a": 1,' }), 400, 'JSON_MALFORMED', /not JSON/],
    ['NaN in JSON', () => post('/v1/events', null, { payload: '{"amount": NaN}' }), 400, 'JSON_MALFORMED', /send null/],
    [
      'bytes that are not UTF-8',
      () => post('/v1/events', null, { payload: Buffer.from([0x22, 0xff, 0x22]) }),
      400,
      'JSON_MALFORMED',
      /UTF-8/,
    ],
    ['an empty body', () => post('/v1/events', null, { payload: Buffer.alloc(0) }), 400, 'BODY_EMPTY', /./],
    [
      'another content type',
      () => post('/v1/events', null, { headers: { 'content-type': 'text/csv' }, payload: 'a,b' }),
      415,
      'CONTENT_TYPE_UNSUPPORTED',
      /application\/json/,
    ],
    [
      'lines where one object is expected',
      () => post('/v1/labels', null, { headers: lines, payload: '{}' }),
      415,
      'CONTENT_TYPE_UNSUPPORTED',
      /application\/json/,
    ],
    [
      'a compressed body',
      () => post('/v1/events', {}, { headers: { 'content-encoding': 'gzip' } }),
      415,
      'CONTENT_ENCODING_UNSUPPORTED',
      /gzip/,
    ],
    ['a body over the limit', () => post('/v1/events', 'x'.repeat(30_000)), 413, 'BODY_TOO_LARGE', /20000 bytes/],
    [
      'an extra field',
      () => post('/v1/events', { ...payment('t', 1), amuont: 2 }),
      422,
      'EVENT_FIELD_UNKNOWN',
      /"amuont".*"amount"/,
    ],
    [
      'an ill-typed field',
      () => post('/v1/events', { ...payment('t', 1), amount: '12' }),
      422,
      'EVENT_FIELD_TYPE',
      /without quotes/,
    ],
    [
      'an event with its label',
      () => post('/v1/events', { ...payment('t', 1), is_fraud: 0 }),
      422,
      'EVENT_LABEL_PRESENT',
      /is_fraud/,
    ],
    ['a wrong option', () => post('/v1/events?onInvalid=skip', payment('t', 1)), 400, 'QUERY_INVALID', /onInvalid/],
    ['an unknown option', () => get('/v1/alerts?labels=none'), 400, 'QUERY_INVALID', /labels/],
    ['a day that is none', () => get('/v1/alerts?day=2026-02-30'), 400, 'QUERY_INVALID', /day/],
    ['too many rows asked for', () => get('/v1/alerts?limit=100000'), 400, 'QUERY_INVALID', /limit/],
    [
      'a range turned round',
      () => get('/v1/rollups?from=2026-03-04T00:00:00Z&to=2026-03-03T00:00:00Z'),
      400,
      'QUERY_INVALID',
      /range/,
    ],
    ['another method', () => get('/v1/events'), 405, 'METHOD_WRONG', /expected POST at/],
    ['another method of a door', () => get('/v1/detectors/card-fraud/score'), 405, 'METHOD_WRONG', /expected POST at/],
    ['an unknown detector', () => post('/v1/detectors/card-frod/score', {}), 404, 'DETECTOR_UNKNOWN', /"card-fraud"/],
    ['an unknown alert', () => get('/v1/alerts/al_1'), 404, 'ALERT_UNKNOWN', /al_1/],
    [
      'a label of an unknown event',
      () => post('/v1/labels', { eventId: 't9', label: 'normal' }),
      404,
      'EVENT_UNKNOWN',
      /t9/,
    ],
    ['a label of nothing', () => post('/v1/labels', { label: 'normal' }), 422, 'BODY_INVALID', /alertId or eventId/],
    [
      'a word that is no label',
      () => post('/v1/labels', { eventId: 't', label: 'fraud' }),
      422,
      'BODY_INVALID',
      /label/,
    ],
    ['an unknown version', () => post('/v1/models/9/promote', {}), 404, 'MODEL_UNKNOWN', /There are: 1/],
    ['a version that is no number', () => post('/v1/models/first/promote', {}), 400, 'PATH_INVALID', /version/],
    ['a day without data', () => get('/v1/reports/2020-01-01'), 404, 'DAY_UNKNOWN', /2020-01-01/],
    ['an unknown address', () => get('/v1/alrts'), 404, 'ADDRESS_UNKNOWN', /\/v1\/alerts/],
    ['a broken escape', () => get('/v1/alerts/%E0%A4%A'), 400, 'URL_MALFORMED', /percent/],
  ]
  test.each(cases)('%s gets one clear problem, and is stored nowhere', async (_, send, status, code, words) => {
    const answer = await send()
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    const problem = Problem.parse(answer.json())
    expect([answer.statusCode, problem.status, problem.code]).toEqual([status, status, code])
    expect(problem.detail).toMatch(words)
    expect(await rig.stream.end(0)).toBe(0)
    expect(rig.problems).toEqual([])
  })

  test('what fails inside is answered without its inner words, and logged', async () => {
    const broken = await openWebRig({
      registry: {
        list: () => Promise.reject(new Error('secret path')),
        promote: async () => {},
        rollBack: async () => 1,
        moveThreshold: async () => {},
        load: async () => undefined,
      },
    })
    const answer = await broken.app.inject({ method: 'GET', url: '/v1/models' })
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'INTERNAL'])
    expect(answer.body).not.toContain('secret')
    expect(broken.problems).toHaveLength(1)
    await broken.close()
  })
})
