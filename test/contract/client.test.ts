// The package's client against a running server and its OpenAPI document: every call is one that the document has.

import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client, ClientError } from '../../src/client.ts'
import { payment, smallArtifact } from '../rig/artifact.ts'
import { openWebRig, type WebRig } from '../rig/web.ts'

let rig: WebRig
let client: Client
const called = new Set<string>()
beforeAll(async () => {
  rig = await openWebRig()
  await rig.app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(rig.app.server.address() as AddressInfo).port}`
  const noting: typeof fetch = (input, init) => {
    const { pathname } = new URL(String(input))
    called.add(`${init?.method} ${pathname.replace(/card-fraud/, '{name}').replace(/models\/\d+/, 'models/{version}')}`)
    return fetch(input, init)
  }
  client = new Client({ url, fetch: noting })
})
afterAll(() => rig.close())

test('it sends, scores, labels, lists, promotes and rolls back', async () => {
  expect(await client.send([payment('a', 900)])).toMatchObject({ accepted: 1 })
  await rig.decide()
  const [decision] = await client.score('card-fraud', [payment('b', 900)], { record: true })
  expect(decision).toMatchObject({ eventId: 'b', outcome: 'alert', score: 0.98, variant: 'champion', modelVersion: 1 })
  expect(await rig.stream.end(0)).toBe(2)
  expect(await client.label({ eventId: 'a', label: 'anomaly' })).toMatchObject({ eventId: 'a', label: 'anomaly' })
  expect((await client.alerts({ limit: 5 })).alerts).toMatchObject([{ eventId: 'a' }])
  const { version } = await rig.registry.register({ ...smallArtifact, hyperparameters: { maxDepth: 2 } }, 1)
  expect(await client.promote(version, 'newer')).toEqual({ version, alias: 'champion' })
  expect((await client.models())[0]).toMatchObject({ version, aliases: ['champion'] })
  expect(await client.rollBack('worse')).toEqual({ version: 1, alias: 'champion' })
  expect(await client.variants()).toMatchObject([{ name: 'champion', modelVersion: 1, events: 1 }])
})

test('a refusal comes with its code, its words and its status', async () => {
  const error = await client.score('card-frod', [payment('a', 1)]).catch((refused: unknown) => refused)
  expect(error).toBeInstanceOf(ClientError)
  expect(error).toMatchObject({ status: 404, code: 'DETECTOR_UNKNOWN', message: expect.stringMatching(/card-fraud/) })
})

test('every call that it made is an operation of the OpenAPI document', async () => {
  const { paths } = (await rig.app.inject('/openapi.json')).json() as { paths: Record<string, object> }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(called.size).toBeGreaterThan(7)
  for (const call of called) if (!call.includes('card-frod')) expect(operations).toContain(call)
})
