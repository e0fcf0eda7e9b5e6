// The document of the API against the API: every route is in it, and answers what it says.

import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { payment, smallArtifact } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'
import { alertId } from '../alert/alert.ts'
import type { DaySummary as ReportedDay } from '../report/report.ts'
import type { DaySummary } from './api/days.ts'
import type { Immutable } from './route.ts'
import type { Setup, SetupState } from './services.ts'

/** Stands where a training is done; what it does is tested where it lives. */
const trained: SetupState = {
  ...{ phase: 'trained', isConfigured: false, needsToken: false, maxBytes: 1000, progress: null, problem: null },
  file: { name: 'history.csv', bytes: 3, received: 3 },
  inspected: {
    ...{ rows: 1, rejected: 0, guess: { label: 'a', time: null, amount: null, entity: null, id: null } },
    columns: [
      {
        name: 'a',
        kind: 'number',
        present: 1,
        distinct: 1,
        min: 1,
        max: 1,
        values: [{ text: '1', rows: 1 }],
        unfit: null,
      },
    ],
  },
  checked: { findings: [{ code: 'LEAK_VALUE', severity: 'error', columns: ['a'], message: 'm' }], notes: ['n'] },
  trained: {
    ...{ detector: 'cards', version: 1, evaluation: {}, threshold: 0.5, features: 1, yaml: 'detector: cards' },
    example: { fields: { a: 1 }, score: 0.9 },
  },
}
const state = async () => trained
const trainedSetup: Setup = {
  ...{ state, receive: state, check: state, train: state, forget: state, stop: state, goLive: state },
  report: async () => '<!doctype html>',
  onChange: () => () => undefined,
}

let rig: WebRig
let served: Document
let token: string
let dead: string
let silence: string
beforeAll(async () => {
  rig = await openWebRig({ setup: trainedSetup })
  const events = [payment('a', 900), payment('b', 10, '2026-03-04T10:00:00Z')]
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: events })
  await rig.app.inject({ method: 'POST', url: '/v1/events?onInvalid=deadLetter', payload: [{ no: 'payment' }] })
  await rig.decide()
  await rig.closeDays()
  await rig.store.putInbox({ id: 'm', receivedAt: 0, subject: 's', text: 't', html: 'h', alertId: rig.alertId('a') })
  const alert = (await rig.store.alert(rig.alertId('a')))!
  token = rig.links.urls(alert, 'team').unsure.split('/').at(-1)!
  dead = (await rig.store.deliveries({ detector: alert.detector, limit: 1 }))[0]!.id
  await rig.store.settle(dead, { state: 'dead', reason: 'no such channel' })
  for (const maxDepth of [2, 3]) {
    const { version } = await rig.registry.register({ ...smallArtifact, hyperparameters: { maxDepth } }, 1)
    await rig.registry.promote(version, 'champion', 'newer')
  }
  const wish = { matcher: { entity: 'x' }, endsAt: '2099-01-01T00:00:00Z' }
  silence = (await rig.app.inject({ method: 'POST', url: '/v1/silences', payload: wish })).json().id
  await rig.store.putTraining(alert.detector, 1, { curve: '[]', html: '<!doctype html>' })
  served = documentSchema.parse((await rig.app.inject('/openapi.json')).json())
})
afterAll(() => rig.close())

type Document = z.infer<typeof documentSchema>
const contentSchema = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) }))
const operationSchema = z.object({
  operationId: z.string(),
  summary: z.string().min(10),
  requestBody: z.object({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ content: contentSchema })),
})
const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
})

const event = payment('c', 950)
/** A request for each operation; what answers for ever is tested where it lives. */
const examples: Record<string, { url?: string; payload?: object; form?: string; bytes?: string }> = {
  'POST /v1/events': { payload: [event] },
  'POST /v1/detectors/{name}/score': { url: '/v1/detectors/card-fraud/score', payload: [event] },
  'GET /v1/alerts': {},
  'GET /v1/alerts/{id}': { url: '/v1/alerts/ALERT' },
  'GET /v1/alerts/{id}/study': { url: '/v1/alerts/ALERT/study' },
  'GET /v1/alerts/{id}/trail': { url: '/v1/alerts/ALERT/trail' },
  'POST /v1/alerts/{id}/unsure': { url: '/v1/alerts/ALERT/unsure', payload: { by: 'ann' } },
  'POST /v1/labels/many': { payload: { alertIds: [alertId('card-fraud', 'a')], label: 'normal' } },
  'POST /v1/alerts/{id}/acknowledge': { url: '/v1/alerts/ALERT/acknowledge', payload: { by: 'ann' } },
  'GET /v1/policies': {},
  'POST /v1/policies/simulate': { payload: { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' } },
  'GET /v1/silences': {},
  'POST /v1/silences': { payload: { matcher: { entity: 'c' }, endsAt: '2099-01-01T00:00:00Z' } },
  'POST /v1/silences/{id}/end': { url: '/v1/silences/SILENCE/end', payload: {} },
  'POST /v1/labels': { payload: { eventId: 'a', label: 'anomaly' } },
  'GET /v1/labels': {},
  'GET /answer/{token}': { url: '/answer/TOKEN' },
  'POST /answer/{token}': { url: '/answer/TOKEN', form: 'by=Ada' },
  'GET /v1/answers': {},
  'GET /v1/deliveries': {},
  'POST /v1/deliveries/{id}/retry': { url: '/v1/deliveries/DEAD/retry', payload: {} },
  'GET /v1/receivers': {},
  'GET /v1/receivers/{name}/preview': { url: '/v1/receivers/inbox/preview' },
  'POST /v1/receivers/{name}/test': { url: '/v1/receivers/inbox/test', payload: {} },
  'GET /v1/push/key': {},
  'POST /v1/push/subscriptions': {
    payload: { endpoint: 'https://push.example/1', keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) } },
  },
  'POST /v1/push/subscriptions/remove': { payload: { endpoint: 'https://push.example/1' } },
  'GET /v1/alerts.csv': {},
  'GET /v1/alerts.parquet': {},
  'GET /v1/labels.csv': {},
  'GET /v1/labels.parquet': {},
  'GET /v1/reports.csv': {},
  'GET /v1/reports.parquet': {},
  'GET /v1/reports/{day}/decisions.csv': { url: '/v1/reports/2026-03-03/decisions.csv' },
  'GET /v1/reports/{day}/decisions.parquet': { url: '/v1/reports/2026-03-03/decisions.parquet' },
  'GET /v1/reports/{day}/minutes.csv': { url: '/v1/reports/2026-03-03/minutes.csv' },
  'GET /v1/reports/{day}/minutes.parquet': { url: '/v1/reports/2026-03-03/minutes.parquet' },
  'GET /v1/models': {},
  'POST /v1/models/{version}/promote': { url: '/v1/models/1/promote', payload: {} },
  'POST /v1/models/rollback': { payload: {} },
  'GET /v1/models/{version}/operating-point': { url: '/v1/models/1/operating-point' },
  'POST /v1/models/{version}/operating-point': {
    url: '/v1/models/1/operating-point',
    payload: { threshold: 0.5, reason: 'fewer reviews' },
  },
  'GET /v1/models/{version}/report': { url: '/v1/models/1/report' },
  'GET /v1/variants': {},
  'GET /v1/shadow-scores': {},
  'GET /v1/setup': {},
  'POST /v1/setup/file': { url: '/v1/setup/file?name=history.csv', bytes: 'a,b' },
  'POST /v1/setup/check': { payload: { detector: 'cards', label: 'Class' } },
  'POST /v1/setup/train': { payload: { detector: 'cards', label: 'Class', time: 'Time', ignore: ['V1'] } },
  'GET /v1/setup/report': {},
  'POST /v1/setup/forget': { payload: {} },
  'POST /v1/setup/stop': { payload: {} },
  'POST /v1/setup/go-live': { payload: {} },
  'GET /v1/quality': {},
  'GET /v1/drift': {},
  'GET /v1/reports': {},
  'GET /v1/reports/{day}': { url: '/v1/reports/2026-03-03' },
  'GET /reports/{day}': { url: '/reports/2026-03-03' },
  'GET /reports/{day}/pdf': { url: '/reports/2026-03-03/pdf' },
  'GET /v1/periods/{period}': { url: '/v1/periods/2026-03' },
  'GET /reports/periods/{period}': { url: '/reports/periods/2026-W10' },
  'GET /v1/stats': {},
  'GET /v1/stream': {},
  'GET /v1/rollups': { url: '/v1/rollups?from=2026-03-03T00:00:00Z&to=2026-03-05T00:00:00Z' },
  'GET /v1/inbox': {},
  'GET /v1/dead-letters': {},
  'GET /v1/dead-letters/{id}': { url: '/v1/dead-letters/1' },
  'POST /v1/dead-letters/{id}/replay': { url: '/v1/dead-letters/1/replay', payload: { text: JSON.stringify(event) } },
  'GET /v1/health': {},
  'GET /healthz': {},
  'GET /readyz': {},
  'GET /metrics': {},
}

const operations = () =>
  Object.entries(served.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )

/** A schema of the document as a checker that refuses what is not documented, too. */
function checker(schema: Record<string, unknown>): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: served.components.schemas })
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/'), closed))
}

function closed(_key: string, held: unknown): unknown {
  const isOpen = typeof held === 'object' && held !== null && 'properties' in held && !('additionalProperties' in held)
  return isOpen ? { ...held, additionalProperties: false } : held
}

/** Answered before the framework: its routes do not list it. */
const atDoor = 'POST /v1/detectors/{name}/score'

test('every route that the server has is documented, once', () => {
  const listed = rig.app.printRoutes({ commonPrefix: false })
  const names = operations().map(({ name }) => name)
  expect(names.toSorted()).toEqual([...Object.keys(examples), 'GET /v1/live'].toSorted())
  expect(new Set(operations().map(({ operation }) => operation.operationId)).size).toBe(names.length)
  for (const name of names.filter((name) => name !== atDoor)) {
    const [method, path] = name.split(' ') as ['GET' | 'POST', string]
    expect(rig.app.hasRoute({ method, url: path.replace(/\{(\w+)\}/g, ':$1') })).toBe(true)
  }
  expect(listed.match(/\b(GET|POST)\b/g)?.length).toBe(names.length - [atDoor].length + ['/', '/openapi.json'].length)
})

test('every schema of the API has its name in the document, whichever file it is in', async () => {
  const files = readdirSync(new URL('api/', import.meta.url)).map((file) => basename(file, '.ts'))
  const resources = files.filter((file) => file !== 'shared')
  const schemas = await Promise.all(resources.map(async (file) => Object.keys(await import(`./api/${file}.ts`))))
  expect(Object.keys(served.components.schemas).toSorted()).toEqual(expect.arrayContaining(schemas.flat()))
})

describe.each(Object.keys(examples))('%s', (name) => {
  test('answers what is documented, and takes what is documented', async () => {
    const { operation } = operations().find((found) => found.name === name)!
    const [method, path] = name.split(' ') as ['GET' | 'POST', string]
    const { url = path, payload, form, bytes } = examples[name]!
    const answer = await rig.app.inject({
      method,
      url: url
        .replace('ALERT', rig.alertId('a'))
        .replace('TOKEN', token)
        .replace('DEAD', dead)
        .replace('SILENCE', silence),
      ...(payload ? { payload } : {}),
      ...(bytes ? { payload: bytes, headers: { 'content-type': 'application/octet-stream' } } : {}),
      ...(form ? { payload: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } } : {}),
    })
    const content = operation.responses[answer.statusCode]!.content
    const type = String(answer.headers['content-type'])
    if (!type.startsWith('application/json')) return expect(content).toHaveProperty([type])
    checker(content['application/json']!.schema).parse(answer.json())
    if (payload) checker(operation.requestBody!.content['application/json']!.schema).parse(payload)
  })
})

test('what a report says of a day is what the API says of it, down to the type', () => {
  expectTypeOf<Immutable<DaySummary>>().toEqualTypeOf<ReportedDay>()
})
