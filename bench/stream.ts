// How many events a second come in over HTTP, are scored and stored, with their alerts in the outbox; how late alerts are at half of that; how workers over Kafka and PostgreSQL compare.
//
// npm run bench:stream [-- --quick]                 everything, in some five minutes
// npm run bench:stream -- --only embedded           or cluster
// npm run bench:stream -- --soak 30m [--rate N]     at a fixed rate (half of the last capacity), memory each minute
//
// Arrivals follow a clock, not the answers: what has to wait is counted from when it was due.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { durationMs } from '../src/core/duration.ts'
import { type Figure, measure, publish, type Result, summarise } from './harness.ts'
import { openCluster } from './stream/cluster.ts'
import { type Detector, makeDetector } from './stream/detector.ts'
import { Producer } from './stream/producer.ts'
import { timesByPart } from './stream/profile.ts'
import { type Running, startTocsin } from './stream/running.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    batch: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string' },
    soak: { type: 'string' },
    rate: { type: 'string' },
  },
})
const isQuick = values.quick
const batchSize = Number(values.batch)
const seconds = isQuick ? 2 : Number(values.seconds)
const warmSeconds = isQuick ? 1 : 3
const runs = isQuick ? 1 : Number(values.runs)
const clusterEvents = isQuick ? 20_000 : 200_000
const capacityMetric = 'accepted to alert in outbox'

async function decided(running: Running, producer: Producer): Promise<void> {
  const expected = producer.sent - producer.refused
  while (running.told().decided < expected) await sleep(5)
  const { decided: found, deadLetters } = running.told()
  if (found !== expected || deadLetters > 0)
    throw new TypeError(`${expected} events were accepted, ${found} decided, ${deadLetters} are dead letters`)
}

/** Starts both, warms them up, and lets the work measure. */
async function withBoth<T>(
  detector: Detector,
  work: (running: Running, producer: Producer) => Promise<T>,
  profileDir?: string,
): Promise<T> {
  const running = await startTocsin(detector, profileDir)
  const producer = new Producer(running.url, detector, batchSize)
  await producer.flood(warmSeconds * 1000)
  await decided(running, producer)
  const result = await work(running, producer)
  producer.close()
  await running.stop()
  return result
}

/** From the first byte until everything that was accepted is decided. */
function capacity(detector: Detector): Promise<Figure[]> {
  return withBoth(detector, async (running, producer) => {
    const before = running.told()
    const start = performance.now()
    await producer.flood(seconds * 1000)
    const acceptedMs = performance.now() - start
    const accepted = producer.sent - producer.refused - before.decided
    await decided(running, producer)
    const ms = performance.now() - start
    const { cpuUs, rssMb } = running.told()
    return [
      { metric: capacityMetric, unit: 'events/s', value: (accepted / ms) * 1000 },
      { metric: 'accepted, meanwhile', unit: 'events/s', value: (accepted / acceptedMs) * 1000 },
      { metric: 'processor of Tocsin', unit: 'µs/event', value: (cpuUs - before.cpuUs) / accepted },
      { metric: 'memory', unit: 'MB', value: rssMb },
    ]
  })
}

function lateness(detector: Detector, eventsPerSecond: number): Promise<Figure[]> {
  return withBoth(detector, async (running, producer) => {
    await producer.pace(eventsPerSecond, warmSeconds * 1000)
    await decided(running, producer)
    await sleep(200)
    running.latencies.length = 0
    await producer.pace(eventsPerSecond, seconds * 1000)
    await decided(running, producer)
    await sleep(200)
    return [
      { metric: 'offered', unit: 'events/s', value: eventsPerSecond },
      ...quantiles(running.latencies),
      { metric: 'refused', unit: 'events', value: producer.refused },
    ]
  })
}

function quantiles(latencies: readonly number[]): Figure[] {
  const sorted = latencies.toSorted((a, b) => a - b)
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]!
  const ms = (name: string, q: number): Figure => ({ metric: `event to alert ${name}`, unit: 'ms', value: quantile(q) })
  return [ms('p50', 0.5), ms('p99', 0.99), ms('p99.9', 0.999)]
}

/** Where the processor time of Tocsin goes, in a run of its own: measuring costs some. */
async function profile(detector: Detector): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-profile-'))
  const flood = async (running: Running, producer: Producer) => {
    const before = running.told()
    await producer.flood(seconds * 1000)
    await decided(running, producer)
    const after = running.told()
    return (after.cpuUs - before.cpuUs) / (after.decided - before.decided)
  }
  const cpuUs = await withBoth(detector, flood, dir)
  const parts = await timesByPart(dir)
  await rm(dir, { recursive: true })
  // Samples are of the wall's time, which a busy machine stretches: their shares, of the processor's time.
  const all = [...parts.values()].reduce((sum, us) => sum + us, 0)
  return [...parts]
    .sort(([, a], [, b]) => b - a)
    .map(([part, us]) => ({ metric: part, unit: 'µs/event', value: (cpuUs * us) / all }))
}

async function embedded(detector: Detector): Promise<Result[]> {
  const case_ = (name: string, run: () => Promise<readonly Figure[]>, times: number) =>
    measure({ name, runs: times, isWarm: true, subjects: [{ name: 'tocsin, embedded', run }] })
  const fastest = summarise(await case_(`batches of ${batchSize}`, () => capacity(detector), runs))
  const half = Math.round(fastest.find(({ metric }) => metric === capacityMetric)!.median / 2 / 1000) * 1000
  const late = await case_('at half of that rate', () => lateness(detector, half), runs)
  const parts = await case_('where the time goes', () => profile(detector), 1)
  return [...fastest, ...summarise([...late, ...parts])]
}

async function cluster(detector: Detector, notes: string[]): Promise<Result[]> {
  const opened = await openCluster(detector, clusterEvents)
  if (typeof opened === 'string') {
    notes.push(`Kafka and PostgreSQL: ${opened}.`)
    return []
  }
  const python = async () => {
    const figures = await opened.python()
    if (!figures) notes.push('The Python consumer could not be had.')
    return figures ?? []
  }
  const subjects = [1, 2, 4].map((count) => ({
    name: `tocsin, ${count} ${count === 1 ? 'worker' : 'workers'}`,
    run: () => opened.workers(count),
  }))
  const name = `${clusterEvents.toLocaleString('en')} events over Kafka and PostgreSQL`
  const figures = await measure({
    name,
    runs: 1,
    isWarm: true,
    subjects: [...subjects, { name: 'Python consumer', run: python }],
  })
  await opened.close()
  return summarise(figures)
}

/** One rate for as long as asked; memory each minute, and how late alerts were. */
async function soak(detector: Detector, forMs: number, eventsPerSecond: number): Promise<void> {
  const everyMs = Math.min(60_000, forMs / 4)
  await withBoth(detector, async (running, producer) => {
    const before = running.told()
    running.latencies.length = 0
    const memory: { minute: number; rssMb: number; heapMb: number }[] = []
    const start = performance.now()
    const watching = setInterval(() => {
      const { rssMb, heapMb } = running.told()
      memory.push({ minute: (performance.now() - start) / 60_000, rssMb, heapMb })
      console.error(
        `${memory.at(-1)!.minute.toFixed(1)} min: ${rssMb.toFixed(0)} MB, of them heap ${heapMb.toFixed(0)} MB`,
      )
    }, everyMs)
    await producer.pace(eventsPerSecond, forMs)
    clearInterval(watching)
    await decided(running, producer)
    const figures = [
      { metric: 'offered', unit: 'events/s', value: eventsPerSecond },
      { metric: 'decided', unit: 'events', value: running.told().decided - before.decided },
      ...quantiles(running.latencies),
      ...memory.flatMap(({ minute, rssMb, heapMb }) => [
        { metric: `memory after ${minute.toFixed(1)} min`, unit: 'MB', value: rssMb },
        { metric: `heap after ${minute.toFixed(1)} min`, unit: 'MB', value: heapMb },
      ]),
    ]
    const name = `${values.soak} at ${eventsPerSecond.toLocaleString('en')} events/s`
    const results = summarise(
      figures.map((figure) => ({ subject: 'tocsin, embedded', case: name, round: 0, ...figure })),
    )
    const notes = [
      'Memory of the whole process, each minute. Latencies depend on what else the machine does meanwhile.',
    ]
    await publish({ bench: 'stream-soak', runs: 1, results, ratios: [], notes }, { isQuick })
  })
}

/** Half of what the last full run could. */
async function halfOfLast(): Promise<number> {
  const text = await readFile(new URL('./results/stream.json', import.meta.url), 'utf8')
  const { results } = JSON.parse(text) as { readonly results: readonly Result[] }
  return Math.round(results.find(({ metric }) => metric === capacityMetric)!.median / 2 / 1000) * 1000
}

const detector = await makeDetector()
if (values.soak !== undefined)
  await soak(detector, durationMs(values.soak), values.rate ? Number(values.rate) : await halfOfLast())
else {
  const notes = [
    'Events of 30 numbers, an id, a time and an entity; 100 trees of depth 6; one event in a thousand alerts. All roles in one process, the producer in another on the same machine, over HTTP, JSON lines.',
    'Everything durable: a batch is answered when the log has it on the disk; an alert counts when it is in the store, committed with its decision, and the other thread has heard of it. Targets: 100,000 events/s; p99 50 ms and p99.9 150 ms at half of that rate.',
    'Kafka and PostgreSQL: a topic of 4 partitions that is full before the workers start; measured over the second half of it, when code is compiled; one run; broker, database and workers on the same machine. The Python consumer (confluent-kafka, xgboost, psycopg; one process, batches of 1,000, COPY) stores the event, its score and its alerts; it has no dead letters, reasons, counters, late arrivals, or positions in the transaction.',
  ]
  const results = [
    ...(values.only === 'cluster' ? [] : await embedded(detector)),
    ...(values.only === 'embedded' ? [] : await cluster(detector, notes)),
  ]
  await publish(
    { bench: values.only ? `stream-${values.only}` : 'stream', runs, results, ratios: [], notes },
    { isQuick },
  )
}
