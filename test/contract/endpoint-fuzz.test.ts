// Whatever is sent to a scoring door, it answers in that door's own words, without a fault of its own and without a score for what is none.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../src/core/random.ts'
import { createDesk, type Desk } from '../../src/web/desk.ts'
import type { Answer } from '../../src/web/doors/door.ts'
import { createDoors } from '../../src/web/doors.ts'
import { payment } from '../rig/artifact.ts'
import { openWebRig, type WebRig } from '../rig/web.ts'

const seed = 20261122
const requests = 100_000

let rig: WebRig
let desk: Desk
beforeAll(async () => {
  rig = await openWebRig()
  const { maxBodyBytes, logger } = rig.services
  desk = createDesk(createDoors(rig.services), { token: undefined, verify: undefined, maxBodyBytes, logger })
})
afterAll(() => rig.close())

const event = JSON.stringify(payment('t1', 900))
const instances = '{"instances":[{"features":[900,"FR"]},{"data":{"features":{"keys":[0],"shape":[2],"values":[1]}}}]}'
const tensors = '{"id":"1","inputs":[{"name":"x","shape":[1,2],"datatype":"BYTES","data":["900","FR"]}]}'
const solution = '{"data":"900,FR","metadata":["2026-01-01 00:00:00","id","Web"]}'
const seeds = [
  event,
  `[${event},${event}]`,
  `${event}\n${event}`,
  instances,
  tensors,
  solution,
  '900,FR\n10,DE',
  '1 1:900 2:FR',
]
const hostile = [
  '['.repeat(9000),
  '{"a":'.repeat(3000),
  '{"instances":[{"features":[1e999,-1e999]}]}',
  `{"instances":[{"features":[${'9'.repeat(5000)},null]}]}`,
  '{"__proto__":{"amount":1},"constructor":null}',
  '{"inputs":[{"name":"x","shape":[1e9,1e9],"datatype":"FP32","data":[]}]}',
  '{"instances":[{"data":{"features":{"keys":[0],"shape":[9999999999],"values":[1]}}}]}',
  '1 9999:1\n'.repeat(100),
  '"'.repeat(999),
  ',;\t| '.repeat(500),
  '\u0000\ufeff\ud800',
  '',
]
const paths = [
  '/v1/detectors/card-fraud/score',
  '/v1/detectors/card-fraud/score?record=maybe',
  '/v1/detectors/%ff/score',
  '/endpoints/fraud-xgb/invocations',
  '/endpoints/other/invocations',
  '/invocations',
  '/invocations?model=fraud_classifier',
  '/prod/invocations',
  '/v2/models/card-fraud/infer',
  '/v2/models/card-fraud/versions/1/infer',
]
const types = [
  'application/json',
  'text/csv',
  'application/jsonlines',
  'application/x-ndjson',
  'text/libsvm',
  'text/csv; label_size=1',
]

/** One request: a valid one, spoilt in some way. */
function spoilt(random: Random) {
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]!
  const noise = () => String.fromCharCode(...Array.from({ length: random.below(30) }, () => 32 + random.below(95)))
  const body = random.below(5) === 0 ? Buffer.from(pick(hostile)) : mutated(Buffer.from(pick(seeds)), random)
  const headers: Record<string, string> = { host: 'localhost' }
  if (random.below(10) > 0) headers['content-type'] = random.below(5) > 0 ? pick(types) : noise()
  if (random.below(3) === 0) headers.accept = random.below(2) > 0 ? pick(types) : noise()
  if (random.below(10) === 0) headers['x-amzn-sagemaker-target-variant'] = random.below(2) > 0 ? 'champion' : noise()
  if (random.below(10) === 0) headers['x-amzn-sagemaker-inference-id'] = noise()
  const isZipped = random.below(50) === 0
  if (isZipped) headers['content-encoding'] = random.below(4) > 0 ? 'gzip' : noise()
  return { method: 'POST', url: pick(paths), headers, body: isZipped ? mutated(gzipSync(body), random) : body }
}

function mutated(body: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(body)
  for (let times = random.below(4); times > 0 && bytes.length > 0; times--) {
    const place = random.below(bytes.length)
    const way = random.below(4)
    if (way === 0) bytes[place] = random.below(256)
    else if (way === 1) bytes = bytes.subarray(0, place)
    else if (way === 2) bytes = Buffer.concat([bytes, bytes.subarray(place)])
    else bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1 + random.below(9))])
  }
  return bytes
}

/** Every score in an answer, wherever its format has it. */
function scoresIn(text: string): number[] {
  return [...text.matchAll(/"(?:score|pred_proba|probability)":(-?[\d.e+-]+)|^(-?[\d.e+-]+)$/gm)].map((match) =>
    Number(match[1] ?? match[2]),
  )
}

/** What is wrong with an answer; undefined where it is as it should be. */
function fault(url: string, { status, headers, body }: Answer): string | undefined {
  const text = String(body)
  if (status < 300) return scoresIn(text).every((score) => score >= 0 && score <= 1) ? undefined : `scores of ${text}`
  if (status >= 500) return `${status} ${text}`
  if (url.startsWith('/v1')) return JSON.parse(text).code && JSON.parse(text).status === status ? undefined : text
  if (url.startsWith('/v2')) return typeof JSON.parse(text).error === 'string' ? undefined : text
  if (url.startsWith('/endpoints')) return headers['x-amzn-errortype'] && JSON.parse(text).Message ? undefined : text
  return headers['content-type']?.startsWith('text/plain') && text.length > 0 ? undefined : text
}

test(`${requests} spoilt requests are answered, each in its door’s words`, { timeout: 240_000 }, async () => {
  const random = new Random(seed)
  const counts: Record<number, number> = {}
  for (let i = 0; i < requests; i++) {
    const request = spoilt(random)
    const answer = await desk.answer(desk.find(request.method, request.url)!, request)
    const found = fault(request.url, answer)
    if (found !== undefined)
      expect.fail(
        `seed ${seed}, request ${i}: ${request.url} ${JSON.stringify(request.headers)} ${request.body.toString('latin1').slice(0, 300)} → ${found}`,
      )
    counts[answer.status] = (counts[answer.status] ?? 0) + 1
    // Answers come at once: give the machine's other work its turn.
    if (i % 1000 === 0) await sleep(0)
  }
  console.log(`seed ${seed}: ${JSON.stringify(counts)}`)
  expect(counts[200]).toBeGreaterThan(1000)
  expect(await rig.stream.end(0)).toBe(0)
})

test('a gzip bomb is refused before it is unpacked whole, and what is no gzip as such', async () => {
  const send = (body: Buffer) =>
    rig.app.inject({
      method: 'POST',
      url: '/v1/detectors/card-fraud/score',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      payload: body,
    })
  const bomb = await send(gzipSync(Buffer.alloc(10_000_000, ' ')))
  expect([bomb.statusCode, bomb.json().code]).toEqual([413, 'BODY_TOO_LARGE'])
  expect((await send(Buffer.from('{}'))).json().code).toBe('CONTENT_ENCODING_WRONG')
})

describe('on the wire', () => {
  const port = async () => {
    if (!rig.app.server.listening) await rig.app.listen({ host: '127.0.0.1', port: 0 })
    return (rig.app.server.address() as AddressInfo).port
  }

  test('noise in place of HTTP is answered with 400 or cut off, and the next request is answered', async () => {
    const random = new Random(seed)
    const head =
      'POST /invocations HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\ncontent-length: 6\r\n\r\n10,DE\n'
    const to = await port()
    for (let i = 0; i < 300; i++) {
      const socket = connect(to, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume()
      socket.end(mutated(mutated(Buffer.from(head), random), random))
      await once(socket, 'close')
    }
    const answer = await rig.ask('/invocations', {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: '10,DE',
    })
    expect([answer.status, await answer.text()]).toEqual([200, '0.02\n'])
  })

  test('a client that sends its body too slowly is told so, in the door’s words, and the connection ends', async () => {
    const slow = await openWebRig({ settings: { deadlineMs: 300 } })
    await slow.app.listen({ host: '127.0.0.1', port: 0 })
    const socket = connect((slow.app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write('POST /v2/models/card-fraud/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"inputs"')
    const chunks = await socket.toArray()
    const answer = Buffer.concat(chunks).toString()
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(answer).toMatch(/\{"error":"The body has not come within 300 ms/)
    await slow.close()
  })

  test('a body over the limit is refused by its length, before it is read', async () => {
    const answer = await rig.ask('/endpoints/fraud-xgb/invocations', { method: 'POST', body: 'x'.repeat(30_000) })
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([413, 'ValidationError'])
  })

  test('while it closes, requests that are on their way are answered, and their clients told to go elsewhere', async () => {
    const closing = await openWebRig()
    await closing.app.listen({ host: '127.0.0.1', port: 0 })
    const url = `http://127.0.0.1:${(closing.app.server.address() as AddressInfo).port}/invocations`
    const ask = () => fetch(url, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: '10,DE' })
    const seen = { answered: 0, told: 0 }
    const client = async () => {
      for (;;) {
        const answer = await ask()
        expect(await answer.text()).toBe('0.02\n')
        seen.answered++
        if (answer.headers.get('connection') !== 'close') continue
        seen.told++
        return
      }
    }
    await ask()
    const clients = Array.from({ length: 4 }, client)
    await sleep(200)
    await Promise.all([closing.close(), ...clients])
    expect(seen.answered).toBeGreaterThan(10)
    expect(seen.told).toBe(4)
  })
})
