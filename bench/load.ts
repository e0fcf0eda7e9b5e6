// A rate and bodies in, latencies out: requests leave at their appointed times whatever the answers do, and a latency counts from the appointed time.
//
// A process of its own (started by load in endpoint.ts): a file of settings as its argument, JSON figures on standard output. Raw sockets with
// prepared bytes, so that the generator is not what is measured.

import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

type Settings = {
  readonly port: number
  readonly path: string
  readonly contentType: string
  readonly bodies: readonly string[]
  /** Requests a second; 0: as fast as answers come (closed loop). */
  readonly rate: number
  readonly seconds: number
  readonly connections: number
  /** Ends with the answers of so many, however long they take; closed loop only. */
  readonly requests?: number
}

const settings = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Settings
const requests = settings.bodies.map((body) =>
  Buffer.from(
    `POST ${settings.path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${settings.contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  ),
)
const latencies: number[] = []
const statuses: Record<string, number> = {}
/** Appointed times that wait for a free connection: those from `served` on. */
const waiting: number[] = []
let served = 0
const idle: Socket[] = []
let sent = 0
let answers = 0
let errors = 0
const start = performance.now()
const most = settings.requests ?? Number.POSITIVE_INFINITY
const end = settings.requests ? Number.POSITIVE_INFINITY : start + settings.seconds * 1000

function send(socket: Socket, at: number): void {
  due.set(socket, at)
  socket.write(requests[sent++ % requests.length]!)
}

const due = new Map<Socket, number>()
const partial = new Map<Socket, Buffer>()

function answered(socket: Socket, status: string): void {
  const now = performance.now()
  statuses[status] = (statuses[status] ?? 0) + 1
  if (status === '200') latencies.push(now - due.get(socket)!)
  answers++
  if (answers === most) tell()
  if (now >= end || sent >= most) return
  if (settings.rate === 0) send(socket, now)
  else if (served < waiting.length) send(socket, waiting[served++]!)
  else idle.push(socket)
}

function read(socket: Socket, chunk: Buffer): void {
  const bytes = partial.has(socket) ? Buffer.concat([partial.get(socket)!, chunk]) : chunk
  const head = bytes.indexOf('\r\n\r\n')
  const length = head === -1 ? undefined : /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1]
  if (length === undefined || bytes.length < head + 4 + Number(length)) {
    partial.set(socket, bytes)
    return
  }
  partial.delete(socket)
  answered(socket, bytes.toString('latin1', 9, 12))
}

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: settings.port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.on('data', (chunk: Buffer) => read(socket, chunk))
    socket.on('error', (error) => {
      errors++
      reject(error)
    })
  })
}

const sockets = await Promise.all(Array.from({ length: settings.connections }, open))
if (settings.rate === 0) for (const socket of sockets) send(socket, performance.now())
else {
  idle.push(...sockets)
  let appointed = 0
  const begin = performance.now()
  const tick = () => {
    const now = performance.now()
    for (const until = Math.min(now, end); begin + (appointed / settings.rate) * 1000 <= until; appointed++) {
      const at = begin + (appointed / settings.rate) * 1000
      const socket = idle.pop()
      if (socket) send(socket, at)
      else waiting.push(at)
    }
    if (now < end) setImmediate(tick)
  }
  tick()
}
if (!settings.requests) setTimeout(tell, settings.seconds * 1000 + 500)

function tell(): void {
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? null
  const seconds = Math.min(end - start, performance.now() - start) / 1000
  const figures = { perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99), p999: at(0.999) }
  console.log(JSON.stringify({ ...figures, seconds, answers, statuses, errors, unsent: waiting.length - served }))
  process.exit(0)
}
