// Workers of one group on a real broker: whoever joins, leaves or is killed, and when the broker falls, every event is decided once.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import type { Store } from '../../src/store/store.ts'
import { type KafkaStream, openKafkaStream } from '../../src/stream/kafka.ts'
import { findKafka, type KafkaServer, startKafka } from '../rig/servers/kafka.ts'
import { stopProcess } from '../rig/servers/server.ts'
import { alertsFrom, bytesOf, detector, type SimulatedEvent } from './detector.ts'

const found = findKafka()
const partitions = 6
const seed = Number(process.env.TOCSIN_SEED ?? 20261122)
const script = join(import.meta.dirname, 'kafka-worker.ts')

describe.skipIf('missing' in found)('missing' in found ? found.missing : 'Kafka', () => {
  let server: KafkaServer
  let dir: string
  let store: Store
  let producer: KafkaStream
  let topics = 0
  const random = new Random(seed)
  let topic: string
  const workers: Worker[] = []

  beforeAll(async () => {
    server = await startKafka()
  }, 60_000)
  afterAll(() => server.destroy())
  beforeEach(async () => {
    topic = `events-${topics++}`
    dir = await mkdtemp(join(tmpdir(), 'tocsin-kafka-'))
    store = await openEmbeddedStore({ dir, clock: systemClock })
    const options = { brokers: [server.broker], topic, group: topic, partitions, replicas: 1, sessionTimeoutMs: 3000 }
    producer = await openKafkaStream({ ...options, clock: systemClock })
  })
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.end('SIGKILL')
    await producer.close()
    await store.close()
    await rm(dir, { recursive: true })
  })

  const start = () => {
    const worker = startWorker([server.broker, topic, dir])
    workers.push(worker)
    return worker
  }
  const decided = async () => (await store.totals(detector)).events

  test('workers join, leave and are killed under load: every event is decided once, every alert exists once', async () => {
    const producing = produce(producer, 6000)
    const first = start()
    await until('one worker has all partitions', () => first.mine().length === partitions)
    const second = start()
    await until('two share them', () => first.mine().length === 3 && second.mine().length === 3)
    const third = start()
    await until('three share them', () => [first, second, third].every(({ mine }) => mine().length === 2))
    await sleep(random.below(500))
    await second.end('SIGTERM')
    await until('who left has left them to the others', () => first.mine().length + third.mine().length === partitions)
    await sleep(random.below(500))
    await first.end('SIGKILL')
    await until('who was killed loses them', () => third.mine().length === partitions)
    const sent = await producing
    await until('everything is decided', async () => (await decided()) >= sent.length)
    await expectOnce(store, sent)
    console.log(`seed ${seed}: 1 kills, ${sent.length} events`)
  }, 90_000)

  test('a broker that is killed and comes back loses nothing that it acknowledged, and the workers go on', async () => {
    start()
    const producing = produce(producer, 2000)
    const begun = 100 + random.below(500)
    await until('the work has begun', async () => (await decided()) > begun)
    await server.stop('SIGKILL')
    await sleep(random.below(1000))
    await server.start()
    const sent = await producing
    await until('everything is decided', async () => (await decided()) >= sent.length)
    await expectOnce(store, sent)
    console.log(`seed ${seed}: 1 kills, ${sent.length} events`)
  }, 90_000)
})

type Worker = { mine(): readonly number[]; end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> }

function startWorker(args: readonly string[]): Worker {
  const child: ChildProcess = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout!.on('data', (chunk) => {
    printed += chunk
  })
  return {
    mine: () => JSON.parse(printed.split('\n').at(-2) ?? '[]'),
    end: (signal) => stopProcess(child, signal),
  }
}

/** Appends in small batches over some seconds; what the broker did not acknowledge is sent again, as a careful producer would. */
async function produce(stream: KafkaStream, count: number): Promise<SimulatedEvent[]> {
  const events = Array.from({ length: count }, (_, i) => ({
    ...{ id: `e${i}`, time: Date.now(), card: `c${i % 40}`, amount: i % 200 },
  }))
  for (let start = 0; start < count; start += 10) {
    const records = events.slice(start, start + 10).map((event) => ({ key: event.card, bytes: bytesOf(event) }))
    await untilTaken(() => stream.append(records))
    await sleep(10)
  }
  return events
}

async function untilTaken(append: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await append()
      return
    } catch (error) {
      if (attempt === 40) throw error
      await sleep(250)
    }
  }
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endsAt = Date.now() + 40_000
  while (!(await isSo())) {
    if (Date.now() > endsAt) throw new Error(`it did not come about that ${what}`)
    await sleep(50)
  }
}

async function expectOnce(store: Store, sent: readonly SimulatedEvent[]): Promise<void> {
  const stored = (await Array.fromAsync(store.decisions(detector, 0, Date.now() + 1))).map(({ eventId }) => eventId)
  expect(stored.sort()).toEqual(sent.map(({ id }) => id).sort())
  const alerting = sent.filter(({ amount }) => amount >= alertsFrom)
  expect((await store.totals(detector)).alerts).toBe(alerting.length)
}
