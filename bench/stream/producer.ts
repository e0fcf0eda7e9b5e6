// A running Tocsin's URL in, events to it out, in batches over HTTP: as fast as answers come, or when each is due.

import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Detector } from './detector.ts'

const inFlight = 8
const idDigits = 10
const timeDigits = 13
/** Different batches; after so many the numbers repeat, never the ids. */
const templates = 20

/** A batch of lines in which each id and time has its place. */
type Template = { readonly bytes: Buffer; readonly ids: readonly number[] }

/** What it costs stays small, or it would be measured too: a batch is a copy in which ids and times are overwritten. */
export class Producer {
  sent = 0
  refused = 0
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #url: string
  readonly #batch: number
  readonly #templates: readonly Template[]
  readonly #waiting = new Set<Promise<void>>()

  constructor(url: string, { bodies }: Detector, batch: number) {
    this.#url = `${url}/v1/events`
    this.#batch = batch
    this.#templates = Array.from({ length: templates }, (_, i) => templateOf(bodies, i * batch, batch))
  }

  /** As fast as answers come. */
  async flood(forMs: number): Promise<void> {
    for (const end = performance.now() + forMs; performance.now() < end; ) {
      this.#send(Date.now())
      if (this.#waiting.size >= inFlight) await Promise.race(this.#waiting)
    }
    await Promise.all(this.#waiting)
  }

  /** A batch each time one is due, whatever the answers do: what has to wait is counted from when it was due. */
  async pace(eventsPerSecond: number, forMs: number): Promise<void> {
    const everyMs = (this.#batch * 1000) / eventsPerSecond
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
    const { bytes, ids } = this.#templates[(this.sent / this.#batch) % templates]!
    const body = Buffer.from(bytes)
    const time = String(Math.round(due))
    for (const at of ids) {
      body.write(String(this.sent++).padStart(idDigits, '0'), at, 'latin1')
      body.write(time, at + idDigits + '","time":'.length, 'latin1')
    }
    const sending = this.#post(body)
    this.#waiting.add(sending)
    void sending.finally(() => this.#waiting.delete(sending))
  }

  #post(body: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length }
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        if (response.statusCode !== 202) this.refused += this.#batch
        response.resume().once('end', resolve)
      })
      // A server may close a connection that was idle just when it is used again: the batch is sent anew, and its ids make it one.
      const failed = (error: Error) => (sent.reusedSocket ? this.#post(body).then(resolve, reject) : reject(error))
      sent.once('error', failed).end(body)
    })
  }
}

function templateOf(bodies: readonly string[], from: number, count: number): Template {
  const lines = Array.from({ length: count }, (_, i) => {
    const body = bodies[(from + i) % bodies.length]!
    return `{"id":"e${'0'.repeat(idDigits)}","time":${'0'.repeat(timeDigits)},${body}`
  })
  const ids: number[] = []
  let at = 0
  for (const line of lines) {
    ids.push(at + '{"id":"e'.length)
    at += line.length + 1
  }
  return { bytes: Buffer.from(lines.join('\n'), 'latin1'), ids }
}
