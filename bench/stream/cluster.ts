// A detector in, how fast events of Kafka come to lie decided in PostgreSQL out: by so many workers, each a process of its own, or by a Python consumer in their place.

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { exportXgboostJson } from '../../src/model/model.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { openPostgresStore } from '../../src/store/postgres.ts'
import { openKafkaStream } from '../../src/stream/kafka.ts'
import { findKafka, startKafka } from '../../test/rig/servers/kafka.ts'
import { findPostgres, startPostgres } from '../../test/rig/servers/postgres.ts'
import type { Figure } from '../harness.ts'
import { startPython } from '../rivals.ts'
import { cpuOf } from './cpu.ts'
import { type Detector, detector } from './detector.ts'

const partitions = 4
const appendAtOnce = 1000
/** Of the events, while code that is new to each process is still being compiled: not measured. */
const warmShare = 0.5
/** Until a group has shared out its partitions. */
const settleMs = 4000

export type Cluster = {
  /** Events a second while the second half of them comes to lie in the database, and the workers' processor time. */
  workers(count: number): Promise<Figure[]>
  /** Null where Python or its packages cannot be had. */
  python(): Promise<Figure[] | null>
  close(): Promise<void>
}

/** Why there is none, as a sentence, where a server is missing. */
export async function openCluster(given: Detector, events: number): Promise<Cluster | string> {
  const [kafka, postgres] = [findKafka(), await findPostgres()]
  if ('missing' in kafka) return kafka.missing
  if ('missing' in postgres) return postgres.missing
  const broker = await startKafka()
  const database = await startPostgres({ ...postgres, isDurable: true })
  let runs = 0
  const fill = async () => {
    const name = `bench_${runs++}`
    const shape = { topic: name, group: name, partitions, replicas: 1, sessionTimeoutMs: 10_000 }
    const stream = await openKafkaStream({ brokers: [broker.broker], ...shape, clock: systemClock })
    for (let from = 0; from < events; from += appendAtOnce)
      await stream.append(
        Array.from({ length: Math.min(appendAtOnce, events - from) }, (_, i) => recordOf(given, from + i)),
      )
    await stream.close()
    return name
  }
  return {
    workers: async (count) =>
      measureWorkers({ count, events, given, name: await fill(), broker: broker.broker, url: database.url }),
    python: async () => {
      const topic = await fill()
      return measurePython({ events, given, topic, broker: broker.broker, url: database.url })
    },
    close: async () => {
      await database.destroy()
      await broker.destroy()
    },
  }
}

function recordOf({ bodies }: Detector, i: number) {
  const bytes = Buffer.from(`{"id":"e${String(i).padStart(10, '0')}","time":${Date.now()},${bodies[i % bodies.length]}`)
  return { key: `c${i % 2000}`, bytes }
}

type Run = { readonly events: number; readonly given: Detector; readonly broker: string; readonly url: string }

async function measureWorkers({
  count,
  events,
  given,
  name,
  broker,
  url,
}: Run & { count: number; name: string }): Promise<Figure[]> {
  const store = await openPostgresStore({ url, schema: name, clock: systemClock, random: new Random(1) })
  const registry = openRegistry({ store, detector })
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
  const file = join(dir, 'tocsin.yaml')
  const config = {
    ...{ detector, dataDir: dir, store: { kind: 'postgres', url, schema: name } },
    stream: { kind: 'kafka', brokers: [broker], topic: name, group: name, partitions, replicas: 1 },
    events: { id: 'id', time: { column: 'time', unit: 'ms' }, entity: 'card', label: 'y' },
    web: { publicUrl: 'http://127.0.0.1:4380' },
  }
  await writeFile(file, JSON.stringify(config))
  const bin = fileURLToPath(new URL('../../bin/tocsin.js', import.meta.url))
  const processes = Array.from({ length: count }, () =>
    fork(bin, ['worker', '--config', file, '--log-level', 'error'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }),
  )
  // Workers keep what comes before there is a model: starting, and sharing out the partitions, is not what is measured.
  await Promise.all(processes.map(isUp))
  await sleep(settleMs)
  const { version } = await registry.register(given.artifact, Date.now())
  await registry.promote(version, 'champion', 'bench')
  const decided = async () => (await store.totals(detector)).events
  const cpu = async () => sum(await Promise.all(processes.map(({ pid }) => cpuOf(pid!))))
  let first = 0
  while (first < events * warmShare) {
    await sleep(5)
    first = await decided()
  }
  const [start, cpuBefore] = [performance.now(), await cpu()]
  while ((await decided()) < events) await sleep(5)
  const [ms, cpuUs] = [performance.now() - start, (await cpu()) - cpuBefore]
  await Promise.all(
    processes.map((child) => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      return ended
    }),
  )
  await store.close()
  await rm(dir, { recursive: true })
  return [
    { metric: 'Kafka to decided in PostgreSQL', unit: 'events/s', value: ((events - first) / ms) * 1000 },
    { metric: 'processor of the workers', unit: 'µs/event', value: cpuUs / (events - first) },
  ]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0)
}

async function isUp({ stdout }: ChildProcess): Promise<void> {
  for await (const chunk of stdout!) if (String(chunk).includes('is up')) return
  throw new TypeError('a worker has ended')
}

async function measurePython({ events, given, topic, broker, url }: Run & { topic: string }): Promise<Figure[] | null> {
  const { artifact } = given
  if (!('trees' in artifact)) throw new TypeError('the bench trains trees')
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
  await writeFile(join(dir, 'model.json'), exportXgboostJson(artifact))
  const python = await startPython(fileURLToPath(new URL('./consumer.py', import.meta.url)), dir, {
    imports: 'import numpy, xgboost, confluent_kafka, psycopg',
    packages: ['numpy', 'xgboost', 'confluent-kafka', 'psycopg[binary]'],
  })
  if (!python) return null
  const features = artifact.features.map(({ name }) => name)
  const answer = await python.ask({
    broker,
    topic,
    url,
    events,
    features,
    threshold: artifact.operatingPoint.threshold,
  })
  python.close()
  await rm(dir, { recursive: true })
  return [{ metric: 'Kafka to decided in PostgreSQL', unit: 'events/s', value: answer.perSecond! }]
}
