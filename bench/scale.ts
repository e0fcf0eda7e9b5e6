// What an event costs a worker, its database and its broker in processor time and bytes, out: what docs/scale.md reckons with. `npm run bench:scale [-- --quick]`.
//
// Processor time, not the wall's: it hardly changes when the machine is busy, and it adds up over machines.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { alertsOf } from '../src/alert/alert.ts'
import { systemClock } from '../src/core/clock.ts'
import { Random } from '../src/core/random.ts'
import { runPartition } from '../src/loop.ts'
import { loadModel } from '../src/model/model.ts'
import { createScorer } from '../src/score/score.ts'
import { openEmbeddedStore } from '../src/store/embedded.ts'
import { openPostgresStore } from '../src/store/postgres.ts'
import type { Store } from '../src/store/store.ts'
import { openEmbeddedStream } from '../src/stream/embedded.ts'
import { openKafkaStream } from '../src/stream/kafka.ts'
import type { Stream } from '../src/stream/stream.ts'
import { findKafka, startKafka } from '../test/rig/servers/kafka.ts'
import { findPostgres, startPostgres } from '../test/rig/servers/postgres.ts'
import { type Figure, measure, publish, type Subject, summarise } from './harness.ts'
import { cpuOf } from './stream/cpu.ts'
import { detector, makeDetector } from './stream/detector.ts'

const isQuick = process.argv.includes('--quick')
const events = isQuick ? 10_000 : 100_000
const partitions = 4
/** As `tocsin worker` reads. */
const maxRecords = 1000
const runs = isQuick ? 1 : 3

const { artifact, bodies } = await makeDetector()
const scorer = createScorer({
  ...{ artifact, model: loadModel(artifact), modelVersion: 1 },
  ...{ labelInStream: 'refuse', unknownFields: 'refuse' },
})

const total = async (pids: readonly number[]) => (await Promise.all(pids.map(cpuOf))).reduce((sum, us) => sum + us, 0)

/** The broker: the child of this process that runs Kafka. */
async function brokerPids(): Promise<number[]> {
  const pids: number[] = []
  for (const name of await readdir('/proc')) {
    const [stat, command] = await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    )
    const parent = Number(stat!.slice(stat!.lastIndexOf(')')).split(' ')[2])
    if (parent === process.pid && command!.includes('kafka.Kafka')) pids.push(Number(name))
  }
  return pids
}

type System = {
  readonly stream: Stream
  readonly store: Store
  /** Processor time of those who serve it, µs, by name. */
  serversUs(): Promise<Readonly<Record<string, number>>>
  /** Bytes that the store takes of the disk, and those that it has written ahead, which is also what its replicas are sent. */
  bytes(): Promise<Readonly<Record<string, number>>>
  close(): Promise<void>
}

async function run(open: () => Promise<System>): Promise<Figure[]> {
  const { stream, store, serversUs, bytes, close } = await open()
  const perEvent = (value: number) => value / events
  const start = process.cpuUsage()
  await fill(stream)
  const filled = process.cpuUsage(start)
  const [before, bytesBefore] = [await serversUs(), await bytes()]
  const began = process.cpuUsage()
  await decideAll(stream, store)
  const { user, system } = process.cpuUsage(began)
  const after = await serversUs()
  const bytesAfter = await bytes()
  await close()
  return [
    { metric: 'append, processor of the producer', unit: 'µs/event', value: perEvent(filled.user + filled.system) },
    { metric: 'read, decide, store: processor of the worker', unit: 'µs/event', value: perEvent(user + system) },
    ...Object.entries(after).map(([name, us]) => ({
      ...{ metric: `meanwhile, processor of ${name}`, unit: 'µs/event', value: perEvent(us - before[name]!) },
    })),
    ...Object.entries(bytesAfter).map(([metric, value]) => ({
      ...{ metric, unit: 'bytes/event', value: perEvent(value - bytesBefore[metric]!) },
    })),
  ]
}

const eventOf = (i: number) => Buffer.from(`{"id":"e${i}","time":${1.7e12 + i},${bodies[i % bodies.length]}`)

async function fill(stream: Stream): Promise<void> {
  for (let from = 0; from < events; from += 1000)
    await stream.append(
      Array.from({ length: 1000 }, (_, i) => ({ key: `c${(from + i) % 2000}`, bytes: eventOf(from + i) })),
    )
}

async function decideAll(stream: Stream, store: Store): Promise<void> {
  const done = new AbortController()
  let decided = 0
  const onBatch = ({ decisions }: { readonly decisions: readonly unknown[] }) => {
    decided += decisions.length
    if (decided === events) done.abort()
  }
  const given = { detector, stream, store, alertsOf, maxRecords, onBatch, clock: systemClock, signal: done.signal }
  const rest = { scorer: async () => scorer, allowedLatenessMs: 3_600_000, timeZone: 'UTC' }
  await Promise.all(
    Array.from({ length: partitions }, (_, partition) => runPartition({ ...given, ...rest, partition })),
  )
}

async function embedded(): Promise<System> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
  const stream = await openEmbeddedStream({ dir, partitions, clock: systemClock })
  const store = await openEmbeddedStore({ dir, clock: systemClock })
  const sizes = async () => Promise.all(['store.db', 'store.db-wal'].map((name) => readFile(join(dir, name))))
  return {
    ...{ stream, store, serversUs: async () => ({}) },
    bytes: async () => ({ 'the store grows by': (await sizes()).reduce((sum, { length }) => sum + length, 0) }),
    close: async () => {
      await stream.close()
      await store.close()
      await rm(dir, { recursive: true })
    },
  }
}

const [kafkaFound, postgresFound] = [findKafka(), await findPostgres()]
const missing = [kafkaFound, postgresFound].flatMap((found) => ('missing' in found ? [found.missing] : []))
const broker = missing.length === 0 ? await startKafka() : undefined
const database =
  broker && 'path' in postgresFound ? await startPostgres({ ...postgresFound, isDurable: true }) : undefined
let names = 0

async function cluster(): Promise<System> {
  const name = `bench_${names++}`
  const clock = systemClock
  const shape = { partitions, replicas: 1, sessionTimeoutMs: 10_000 }
  const stream = await openKafkaStream({ brokers: [broker!.broker], topic: name, group: name, ...shape, clock })
  const store = await openPostgresStore({ url: database!.url, schema: name, clock, random: new Random(1) })
  const client = new pg.Client(database!.url)
  await client.connect()
  const ask = async (sql: string) => (await client.query<{ value: string }>(sql)).rows.map(({ value }) => Number(value))
  return {
    ...{ stream, store },
    serversUs: async () => ({
      PostgreSQL: await total(await ask('select pid as value from pg_stat_activity')),
      Kafka: await total(await brokerPids()),
    }),
    bytes: async () => {
      const [size, log] = await ask(
        "select pg_database_size(current_database()) as value union all select pg_current_wal_lsn() - '0/0'",
      )
      return { 'the store grows by': size!, 'written ahead': log! }
    },
    close: async () => {
      await client.end()
      await stream.close()
      await store.close()
    },
  }
}

const subjects: Subject[] = [
  { name: 'embedded log and file', run: () => run(embedded) },
  ...(database ? [{ name: 'Kafka and PostgreSQL', run: () => run(cluster) }] : []),
]
const name = `${events.toLocaleString('en')} events of 30 numbers, 100 trees of depth 6, ${partitions} partitions`
const figures = await measure({ name, runs, subjects })
await publish(
  {
    ...{ bench: 'scale', runs, results: summarise(figures), ratios: [] },
    notes: [
      `An event has ${eventOf(0).length} bytes of JSON; one in a thousand alerts; batches of at most ${maxRecords}. Every commit waits for the disk.`,
      'One worker process at work on a stream that is filled; all on one machine. Processor time of PostgreSQL is that of all its processes that live from begin to end; a checkpoint may lie in it or not.',
      'Left out: HTTP, the router, the notifier, and the copies that replicas keep.',
      ...missing,
    ],
  },
  { isQuick },
)
await database?.destroy()
await broker?.destroy()
