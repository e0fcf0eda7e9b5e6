// The short way of plain requests beside Node's own server of HTTP: the same answers, and whatever is not plain is left to that server.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Random } from '../../src/core/random.ts'
import { createDoors, frontOf } from '../../src/web/doors.ts'
import type { Front } from '../../src/web/front.ts'
import { addWire } from '../../src/web/wire.ts'
import { payment } from '../rig/artifact.ts'
import { openWebRig, type WebRig } from '../rig/web.ts'

const seed = 20261129

let rig: WebRig
let front: Front
let server: Server
let wire: { close(): void }
/** Requests that Node's server has seen. */
let seen = 0
beforeAll(async () => {
  // However busy the machine is, none is to be sent away.
  rig = await openWebRig({ settings: { maxWaitMs: 60_000, deadlineMs: 2000 } })
})
afterAll(() => rig.close())
beforeEach(async () => {
  front = frontOf(createDoors(rig.services), rig.services)
  server = createServer((request, response) => {
    seen++
    if (!front.handle(request, response)) response.writeHead(404).end()
  })
  wire = addWire(server, { front, clock: rig.services.clock })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  seen = 0
})
afterEach(async () => {
  wire.close()
  front.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function open(): Socket {
  return connect((server.address() as AddressInfo).port, '127.0.0.1')
}

/** Asks again and again on one connection. */
function client() {
  const socket = open()
  let text = ''
  let told = () => {}
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    told()
  })
  socket.on('close', () => told())
  const whole = () => {
    const at = text.indexOf('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(text.slice(0, at))?.[1] ?? 0)
    return at !== -1 && Buffer.byteLength(text.slice(at + 4)) >= length
  }
  return {
    socket,
    async ask(...pieces: readonly (string | Buffer)[]): Promise<string> {
      for (const [i, piece] of pieces.entries()) {
        if (i > 0) await sleep(20)
        socket.write(piece)
      }
      while (!whole() && !socket.closed) await new Promise<void>((resolve) => (told = resolve))
      const answer = text
      text = ''
      return answer
    },
  }
}

type Request = { path: string; headers: Record<string, string>; body: string }

function bytesOf({ path, headers, body }: Request, more = ''): Buffer {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST ${path} HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n${more}\r\n`
  return Buffer.from(head + body)
}

/** Without what is another each time. */
function same(answer: string): string {
  return answer
    .replace(/\r\ndate: [^\r]*/i, '')
    .replace(/x-amzn-requestid: \S+/, '')
    .replace(/"decisionId":"[^"]*"|"eventId":"[^"]*"/g, '')
}

const csv = { 'content-type': 'text/csv' }
const json = { 'content-type': 'application/json' }
const good: Request = { path: '/invocations', headers: csv, body: '10,DE' }
const requests: readonly Request[] = [
  good,
  { path: '/endpoints/fraud-xgb/invocations', headers: csv, body: '900,FR\n10,DE\n' },
  { path: '/endpoints/fraud-xgb/invocations', headers: { ...csv, accept: 'application/json' }, body: '900,FR' },
  {
    path: '/endpoints/fraud-xgb/invocations',
    headers: { ...csv, 'x-amzn-sagemaker-custom-attributes': 'a=1' },
    body: '1,DE',
  },
  { path: '/endpoints/other/invocations', headers: csv, body: '900,FR' },
  { path: '/invocations', headers: csv, body: 'x,Köln' },
  { path: '/invocations', headers: csv, body: '' },
  { path: '/invocations', headers: { 'content-type': 'image/png' }, body: 'x' },
  { path: '/invocations', headers: { ...csv, 'content-encoding': 'gzip' }, body: 'not gzip' },
  { path: '/invocations?model=fraud_classifier', headers: json, body: '{"data":"10,FR","metadata":["x"]}' },
  { path: '/v1/detectors/card-fraud/score', headers: json, body: JSON.stringify(payment('t', 900)) },
  { path: '/v1/detectors/card-fraud/score', headers: { ...json, host: 'evil.example' }, body: '{}' },
  { path: '/v1/detectors/card-fraud/score', headers: { ...json, origin: 'http://evil.example' }, body: '{}' },
  { path: '/v1/detectors/none/score', headers: json, body: '{}' },
  {
    path: '/v2/models/card-fraud/infer',
    headers: json,
    body: '{"id":"1","inputs":[{"name":"x","shape":[1,2],"datatype":"BYTES","data":["900","FR"]}]}',
  },
  { path: '/v2/models/card-fraud/infer', headers: json, body: '{' },
]

test('a request that goes the short way gets the answer, to the byte, that it gets from Node’s server', async () => {
  const [short, long] = [client(), client()]
  for (const request of requests) {
    const answer = await short.ask(bytesOf(request))
    expect(seen).toBe(0)
    expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /)
    expect(same(answer)).toBe(same(await long.ask(bytesOf(request, 'te: trailers\r\n'))))
    expect(seen).toBe(1)
    seen = 0
  }
  short.socket.destroy()
  long.socket.destroy()
})

test('a request may come in two pieces; one that comes in crumbs goes to Node’s server, and is answered', async () => {
  const bytes = bytesOf(good)
  const { ask, socket } = client()
  for (const cut of [3, 20, bytes.length - 9, bytes.length - 2])
    expect(await ask(bytes.subarray(0, cut), bytes.subarray(cut))).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*0\.02\n$/)
  expect(seen).toBe(0)
  expect(await ask(...Array.from(bytes, (byte) => Buffer.of(byte)).slice(0, 12), bytes.subarray(12))).toMatch(/200 OK/)
  expect(seen).toBe(1)
  socket.destroy()
})

test.each([
  ['another method', 'GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n', 200],
  ['no door', 'POST /nowhere HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n', 404],
  ['no length', 'POST /invocations HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\n\r\n', 204],
  [
    'chunks',
    'POST /invocations HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n5\r\n10,DE\r\n0\r\n\r\n',
    200,
  ],
  [
    'both lengths',
    'POST /invocations HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n10,DE',
    400,
  ],
  [
    'two lengths',
    'POST /invocations HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n10,DE',
    400,
  ],
  ['a folded header', 'POST /invocations HTTP/1.1\r\nhost: localhost\r\nx: a\r\n b\r\ncontent-length: 0\r\n\r\n', 400],
  ['a blank before the colon', 'POST /invocations HTTP/1.1\r\nhost : localhost\r\ncontent-length: 0\r\n\r\n', 400],
  ['no host', 'POST /invocations HTTP/1.1\r\ncontent-length: 0\r\n\r\n', 400],
  ['HTTP/1.0', 'POST /invocations HTTP/1.0\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n', 204],
  [
    'a control character',
    'POST /invocations HTTP/1.1\r\nhost: localhost\r\nx: \u0001\r\ncontent-length: 0\r\n\r\n',
    400,
  ],
  ['no HTTP', 'hello\r\n\r\n', 400],
])('%s is left to Node’s server', async (_, text, status) => {
  const { ask, socket } = client()
  const answer = await ask(text)
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(seen).toBe(status === 400 ? 0 : 1)
  socket.destroy()
})

test('two requests at once are both answered, in their order', async () => {
  const socket = open()
  socket.end(Buffer.concat([bytesOf(good), bytesOf({ ...good, body: '900,FR' })]))
  const text = Buffer.concat(await socket.toArray()).toString()
  expect(text).toMatch(/200 OK[\s\S]*0\.02\n[\s\S]*200 OK[\s\S]*0\.98\n$/)
})

test('what follows an answered request on its connection may be anything', async () => {
  const { ask, socket } = client()
  expect(await ask(bytesOf(good))).toMatch(/0\.02\n$/)
  expect(await ask('GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n')).toMatch(/^HTTP\/1\.1 200/)
  expect(await ask(bytesOf({ ...good, body: '900,FR' }))).toMatch(/0\.98\n$/)
  expect(seen).toBe(2)
  socket.destroy()
})

test('a body that does not come is refused by its door in time', async () => {
  const { ask } = client()
  expect(await ask(bytesOf(good).subarray(0, -2))).toMatch(/^HTTP\/1\.1 408 [\s\S]*within 2000 ms/)
})

test('spoilt heads do not end it, and the next client is answered', { timeout: 60_000 }, async () => {
  const random = new Random(seed)
  for (let i = 0; i < 500; i++) {
    const bytes = bytesOf(requests[random.below(requests.length)]!)
    for (let times = 1 + random.below(3); times > 0; times--) bytes[random.below(bytes.length)] = random.below(256)
    const socket = open().on('error', () => {})
    socket.resume().end(bytes)
    await new Promise((resolve) => socket.once('close', resolve))
  }
  const { ask, socket } = client()
  expect(await ask(bytesOf(good))).toMatch(/0\.02\n$/)
  socket.destroy()
})

test('when it closes, connections that wait end, and one that is asking gets its answer', async () => {
  const waiting = open()
  const asking = client()
  expect(await asking.ask(bytesOf(good))).toMatch(/Connection: keep-alive/)
  const draining = front.drain(() => void server.close())
  expect(await asking.ask(bytesOf(good))).toMatch(/connection: close\r\n[\s\S]*0\.02\n$/)
  await draining
  wire.close()
  await new Promise((resolve) => waiting.resume().once('close', resolve))
})
