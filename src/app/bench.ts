// This machine in, how many events a second it takes out: the whole system over a model of its own, at fixed arrival rates.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { Agent, get, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { generateCards } from '../data/generate.ts'
import { writeCsv } from '../data/write.ts'
import { loadModel } from '../model/model.ts'
import { type Trained, trainDetector } from './train.ts'

export type Latency = { readonly p50: number; readonly p99: number; readonly p999: number }

/** What came of one arrival rate. Latencies in ms, from the instant at which an event was due, whenever it could be sent. */
type RateResult = {
  /** Events a second. */
  readonly rate: number
  readonly sent: number
  /** To the answer that says: it is on the disk. */
  readonly accepted: Latency
  /** To the alert in the live feed; null where nothing alerted. */
  readonly alerted: Latency | null
  /** Batches that were refused, and events. */
  readonly refused: number
  /** From the last event's due time until all were decided and stored. */
  readonly settledMs: number
  readonly keptUp: boolean
}

export type BenchResult = {
  /** A durable write of 4 kB to the folder for temporary files, ms. */
  readonly durableWriteMs: Latency
  /** One event's score, µs, on one thread. */
  readonly scoreUs: number
  readonly trees: number
  readonly rates: readonly RateResult[]
}

export type BenchOptions = {
  readonly rates: readonly number[]
  readonly secondsEach: number
  readonly signal: AbortSignal
  readonly onStep: (words: string) => void
}

const detector = 'bench'
const everyMs = 10
/** What counts as having kept up: nothing refused, and no more than this still to do when the last event has come, ms. */
const arrears = 1000
const settleLimitMs = 30_000
const bin = fileURLToPath(new URL('../../bin/tocsin.js', import.meta.url))

/** Ends after the first rate that it does not keep up with. Leaves nothing behind. Throws `BENCH_FAILED` where the system ends or does not come up. */
export async function benchMachine({ rates, secondsEach, signal, onStep }: BenchOptions): Promise<BenchResult> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
  try {
    onStep('writing to the disk')
    const durableWriteMs = await durableWrites(dir)
    onStep('training a model of generated card payments')
    const trained = await trainOn(dir, signal)
    onStep('scoring')
    const scoreUs = scoreTime(trained)
    const system = await startUp(dir, signal)
    try {
      const done: RateResult[] = []
      const source = payments()
      await runRate(system, source, { rate: rates[0]!, seconds: 1, signal })
      for (const rate of rates) {
        onStep(`${rate.toLocaleString('en')} events a second`)
        done.push(await runRate(system, source, { rate, seconds: secondsEach, signal }))
        if (!done.at(-1)!.keptUp) break
      }
      const { artifact } = trained
      const trees = artifact.algorithm === 'boostedTrees' ? artifact.trees.roots.length - 1 : 0
      return { durableWriteMs, scoreUs, trees, rates: done }
    } finally {
      await system.stop()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function durableWrites(dir: string): Promise<Latency> {
  const file = await open(join(dir, 'write'), 'w')
  const took: number[] = []
  for (let i = 0; i < 200; i++) {
    const start = performance.now()
    await file.write(Buffer.alloc(4096))
    await file.datasync()
    took.push(performance.now() - start)
  }
  await file.close()
  return latency(took)
}

const events = { id: 'transaction_id', time: 'time', label: 'is_fraud', amount: 'amount', entity: 'card_id' }

async function trainOn(dir: string, signal: AbortSignal): Promise<Trained> {
  const history = join(dir, 'history.csv')
  await writeCsv(history, generateCards({ seed: 1, days: 20 }))
  const settings = { detector, dataDir: join(dir, 'data'), events, lint: { accept: ['FUTURE_TIME'] }, web: { port: 0 } }
  await writeFile(join(dir, 'tocsin.yaml'), JSON.stringify(settings))
  return trainDetector(parseConfig(settings), history, { signal })
}

const scored = 20_000

function scoreTime({ artifact }: Trained): number {
  const model = loadModel(artifact)
  const vector = Float32Array.from(artifact.features, (_, i) => i)
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now()
    for (let i = 0; i < scored; i++) {
      vector[i % vector.length] = i
      model.score(vector)
    }
    return ((performance.now() - start) * 1000) / scored
  })
  return times.sort((a, b) => a - b)[2]!
}

type Running = {
  readonly url: string
  /** When the live feed told of the event's alert. */
  readonly alertedAt: Map<string, number>
  stop(): Promise<void>
}

/** The program as a user runs it, in a process of its own. */
async function startUp(dir: string, signal: AbortSignal): Promise<Running> {
  const child = spawn(process.execPath, [bin, 'up', '--log-level', 'error'], {
    ...{ cwd: dir, signal, killSignal: 'SIGTERM' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.on('error', () => undefined)
  const gone = new Promise<undefined>((resolve) => child.once('exit', () => resolve(undefined)))
  const url = await Promise.race([addressIn(child.stdout), gone])
  signal.throwIfAborted()
  if (url === undefined) throw failed('the system ended before it was up')
  child.stdout.resume()
  child.stderr.resume()
  const alertedAt = new Map<string, number>()
  const feed = get(`${url}/v1/live`, (answer) => {
    const lines = createInterface({ input: answer })
    // It ends when we stop.
    lines.on('error', () => undefined)
    lines.on('line', (line) => {
      const id = /^data: .*?"eventId":"([^"]+)"/.exec(line)?.[1]
      if (id !== undefined && !alertedAt.has(id)) alertedAt.set(id, performance.now())
    })
  })
  feed.on('error', () => undefined)
  return {
    ...{ url, alertedAt },
    stop: async () => {
      feed.destroy()
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function addressIn(out: NodeJS.ReadableStream): Promise<string | undefined> {
  for await (const line of createInterface({ input: out })) {
    const url = /console (http:\S+?)\/ /.exec(line)?.[1]
    if (url !== undefined) return url
  }
  return undefined
}

/** Payments of days that never end, each with an id of its own, as JSON. */
function* payments(): Generator<{ readonly id: string; readonly json: string }> {
  const some = [...generateCards({ seed: 2, days: 5 })]
  const first = Date.now()
  for (let number = 0; ; number++) {
    const { is_fraud: _, ...payment } = some[number % some.length]!
    const id = `bench-${number}`
    const time = new Date(first + number).toISOString()
    yield { id, json: JSON.stringify({ ...payment, transaction_id: id, time }) }
  }
}

type Rate = { readonly rate: number; readonly seconds: number; readonly signal: AbortSignal }

/** Sends by the clock, whatever the answers do: a late answer makes no event come later (no coordinated omission). */
async function runRate(system: Running, source: ReturnType<typeof payments>, run: Rate): Promise<RateResult> {
  const { rate, seconds, signal } = run
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const before = await storedEvents(system.url)
  const dueAt = new Map<string, number>()
  const accepted: number[] = []
  const answers: Promise<void>[] = []
  let refused = 0
  let sent = 0
  const start = performance.now()
  const batches = (seconds * 1000) / everyMs
  for (let number = 0; number < batches; number++) {
    const due = start + number * everyMs
    const waitMs = due - performance.now()
    if (waitMs > 0) await pause(waitMs, undefined, { signal })
    const count = Math.floor(((number + 1) * rate * everyMs) / 1000) - sent
    if (count === 0) continue
    const batch = Array.from({ length: count }, () => source.next().value as { id: string; json: string })
    sent += count
    for (const { id } of batch) dueAt.set(id, due)
    answers.push(
      post(system.url, `[${batch.map(({ json }) => json).join(',')}]`, agent).then((status) => {
        if (status === 202) accepted.push(performance.now() - due)
        else refused += count
      }),
    )
  }
  const last = performance.now()
  await Promise.all(answers)
  const settledMs = await settled(system.url, before + sent - refused, last, signal)
  agent.destroy()
  const alerted = [...system.alertedAt].flatMap(([id, at]) => (dueAt.has(id) ? [at - dueAt.get(id)!] : []))
  system.alertedAt.clear()
  return {
    ...{ rate, sent, refused, settledMs },
    accepted: latency(accepted),
    alerted: alerted.length > 0 ? latency(alerted) : null,
    keptUp: refused === 0 && settledMs <= arrears,
  }
}

function post(url: string, body: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const outgoing = request(`${url}/v1/events`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    outgoing.on('error', (cause) => reject(failed(`the system does not answer: ${cause.message}`)))
    outgoing.end(body)
  })
}

async function settled(url: string, events: number, from: number, signal: AbortSignal): Promise<number> {
  while ((await storedEvents(url)) < events) {
    if (performance.now() - from > settleLimitMs) break
    await pause(20, undefined, { signal })
  }
  return performance.now() - from
}

async function storedEvents(url: string): Promise<number> {
  const [answer] = (await once(get(`${url}/v1/stats`), 'response')) as [NodeJS.ReadableStream]
  const text = (await Array.fromAsync(answer as AsyncIterable<Buffer>)).map(String).join('')
  return (JSON.parse(text) as { totals: { events: number } }).totals.events
}

function latency(values: readonly number[]): Latency {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}

function failed(what: string): TocsinError {
  return new TocsinError('BENCH_FAILED', `${what}; expected it to run until it was stopped; see: tocsin doctor`)
}
