// How many events a second come in over HTTP, are scored and stored, with their alerts in the outbox; and how late alerts are at half of that.
//
// npm run bench:stream [-- --quick]. Arrivals follow a clock, not the answers: what has to wait is counted from when it was due.

import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Figure, measure, publish, type Subject, summarise } from './harness.ts'
import { type Detector, makeDetector } from './stream/detector.ts'
import { sharesOf } from './stream/profile.ts'
import { type Running, startTocsin } from './stream/running.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    batch: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
  },
})
const isQuick = values.quick
const batchSize = Number(values.batch)
const seconds = isQuick ? 3 : Number(values.seconds)
const inFlight = 8

/** Sends batches of JSON lines; `due`: when the next batch is due, ms; undefined: as soon as there is room. */
class Producer {
  sent = 0
  refused = 0
  readonly #agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  readonly #url: string
  readonly #bodies: readonly string[]
  readonly #waiting = new Set<Promise<void>>()

  constructor(url: string, { bodies }: Detector) {
    this.#url = `${url}/v1/events`
    this.#bodies = bodies
  }

  /** As fast as answers come. */
  async flood(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      this.#send(Date.now())
      if (this.#waiting.size >= inFlight) await Promise.race(this.#waiting)
    }
    await Promise.all(this.#waiting)
  }

  /** A batch each time one is due, whatever the answers do. */
  async pace(eventsPerSecond: number, forMs: number): Promise<void> {
    const everyMs = (batchSize * 1000) / eventsPerSecond
    const start = performance.now()
    for (let at = 0; at < forMs; at += everyMs) {
      const wait = start + at - performance.now()
      if (wait > 0) await sleep(wait)
      this.#send(performance.timeOrigin + start + at)
    }
    await Promise.all(this.#waiting)
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(due: number): void {
    const lines: string[] = []
    const time = Math.round(due)
    for (let i = 0; i < batchSize; i++) {
      const id = this.sent++
      lines.push(`{"id":"e${id}","time":${time},${this.#bodies[id % this.#bodies.length]}`)
    }
    const sending = this.#post(Buffer.from(lines.join('\n')))
    this.#waiting.add(sending)
    void sending.finally(() => this.#waiting.delete(sending))
  }

  #post(body: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length }
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        if (response.statusCode !== 202) this.refused += batchSize
        response.resume().once('end', resolve)
      })
      sent.once('error', reject).end(body)
    })
  }
}

async function decided(running: Running, count: number): Promise<void> {
  while (running.told().decided < count) await sleep(5)
}

/** Where the time of Tocsin's process goes, in a run of its own: measuring costs some. */
async function profile(detector: Detector): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-profile-'))
  const running = await startTocsin(detector, dir)
  const producer = new Producer(running.url, detector)
  await producer.flood(performance.now() + seconds * 1000)
  await decided(running, producer.sent - producer.refused)
  producer.close()
  await running.stop()
  const shares = await sharesOf(dir)
  await rm(dir, { recursive: true })
  return [...shares].sort(([, a], [, b]) => b - a).map(([part, value]) => ({ metric: part, unit: '%', value }))
}

/** From the first byte until everything that was accepted is decided. */
async function capacity(detector: Detector): Promise<Figure[]> {
  const running = await startTocsin(detector)
  const producer = new Producer(running.url, detector)
  await producer.flood(performance.now() + 1500)
  await decided(running, producer.sent - producer.refused)
  const before = { ...running.told() }
  const start = performance.now()
  await producer.flood(start + seconds * 1000)
  await decided(running, producer.sent - producer.refused)
  const ms = performance.now() - start
  const events = running.told().decided - before.decided
  const cpuUs = running.told().cpuUs - before.cpuUs
  const { rssMb } = running.told()
  producer.close()
  await running.stop()
  return [
    { metric: 'accepted to alert in outbox', unit: 'events/s', value: (events / ms) * 1000 },
    { metric: 'CPU of Tocsin', unit: 'µs/event', value: cpuUs / events },
    { metric: 'memory', unit: 'MB', value: rssMb },
  ]
}

async function lateness(detector: Detector, eventsPerSecond: number): Promise<Figure[]> {
  const running = await startTocsin(detector)
  const producer = new Producer(running.url, detector)
  await producer.pace(eventsPerSecond, 3000)
  await decided(running, producer.sent - producer.refused)
  await sleep(100)
  running.latencies.length = 0
  await producer.pace(eventsPerSecond, seconds * 1000)
  await decided(running, producer.sent - producer.refused)
  await sleep(100)
  const sorted = running.latencies.toSorted((a, b) => a - b)
  const refused = producer.refused
  producer.close()
  await running.stop()
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]!
  const ms = (metric: string, q: number): Figure => ({ metric, unit: 'ms', value: quantile(q) })
  return [
    { metric: 'offered', unit: 'events/s', value: eventsPerSecond },
    ...[ms('event to alert p50', 0.5), ms('event to alert p99', 0.99), ms('event to alert p99.9', 0.999)],
    { metric: 'refused', unit: 'events', value: refused },
  ]
}

const detector = await makeDetector()
let fastest = 0
const embedded: Subject = {
  name: 'tocsin, embedded',
  run: async () => {
    const figures = await capacity(detector)
    fastest = Math.max(fastest, figures[0]!.value)
    return figures
  },
}
const runs = isQuick ? 1 : Number(values.runs)
const measured = await measure({ name: `batches of ${batchSize}`, runs, subjects: [embedded] })
const half = Math.round(fastest / 2 / 1000) * 1000
const paced: Subject = { name: 'tocsin, embedded', run: () => lateness(detector, half) }
const late = await measure({ name: 'at half of that rate', runs: isQuick ? 1 : runs, subjects: [paced] })

const profiled: Subject = { name: 'tocsin, embedded', run: () => profile(detector) }
const whereItGoes = await measure({ name: 'where the time goes', runs: 1, subjects: [profiled] })

await publish(
  {
    bench: 'stream',
    runs,
    results: summarise([...measured, ...late, ...whereItGoes]),
    ratios: [],
    notes: [
      'Events of 30 numbers, an id, a time and an entity; 100 trees of depth 6; one event in a thousand alerts. All roles in one process, the producer in another on the same machine, over HTTP, JSON lines.',
      'Everything durable: a batch is answered when the log has it on the disk; an alert counts when it is in the outbox, committed with its decision. Targets: 100,000 events/s; p99 50 ms and p99.9 150 ms at half of that rate.',
    ],
  },
  { isQuick },
)
