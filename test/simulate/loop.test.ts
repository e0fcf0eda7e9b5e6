// The loop among duplicates, disorder, bad records, crashes and rivals: whatever happens, the outcome is that of one careful reader.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { alertsOf } from '../../src/alert/alert.ts'
import { type Clock, systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { runPartition } from '../../src/loop.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { openPostgresStore } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'
import type { Stream } from '../../src/stream/stream.ts'
import { read } from '../contract/stream.ts'
import { findPostgres, startPostgres } from '../rig/servers/postgres.ts'
import {
  allowedLatenessMs,
  carefulReader,
  deadLetterLine,
  decisionLine,
  type Outcome,
  timeZone,
} from './careful-reader.ts'
import { bytesOf, detector, simulatedScorer } from './detector.ts'
import { Crash, type Fault, Faults, faultyStore, faultyStream } from './faults.ts'
import { type LoopStore, MemoryStore } from './memory-store.ts'
import { MemoryLog, openMemoryStream } from './memory-stream.ts'
import { storedOutcome } from './stored-outcome.ts'
import { append, now, type Sent, worlds } from './world.ts'

const clock: Clock = { now: () => now, sleep: () => new Promise((resolve) => setImmediate(resolve)) }

function outcomeOf(store: MemoryStore, partitions: number): Outcome {
  const last = (partition: number) => store.commits.filter((batch) => batch.partition === partition).at(-1)
  return {
    decisions: [...store.decisions.values()]
      .map(({ event, outcome, isLate }) => decisionLine(event.id, outcome === 'alert', isLate))
      .sort(),
    deadLetters: store.deadLetters
      .map(({ partition, position, code }) => deadLetterLine(partition, position, code))
      .sort(),
    alerts: store.alertsStored.map(({ id }) => id).sort(),
    duplicates: store.duplicates,
    watermarks: Array.from({ length: partitions }, (_, i) => last(i)?.watermark ?? Number.NEGATIVE_INFINITY),
  }
}

// — the run —

type Run = {
  readonly stream: Stream
  readonly store: LoopStore
  readonly faultOf?: (call: number) => Fault | undefined
  readonly seed?: number
  readonly workers?: number
}

/** Workers on every partition, each started again when it has crashed, until every record has been committed. */
async function runToTheEnd({ stream, store, faultOf = () => undefined, seed = 1, workers = 1 }: Run): Promise<Faults> {
  const random = new Random(seed)
  const faults = new Faults(faultOf, random)
  const done = new AbortController()
  const watched = faultyStore(endingStore(store, stream, done), faults)
  const work = (partition: number) =>
    runPartition({
      detector,
      partition,
      stream: faultyStream(stream, faults, random),
      store: watched,
      scorer: () => faults.step(async () => simulatedScorer()),
      alertsOf,
      allowedLatenessMs,
      timeZone,
      maxRecords: 5,
      clock,
      signal: done.signal,
    })
  const all = Array.from({ length: stream.partitions * workers }, (_, i) =>
    survive(() => work(i % stream.partitions), done.signal),
  )
  await Promise.all(all)
  return faults
}

/** The store, which ends the run with the commit of the last record. */
function endingStore(store: LoopStore, stream: Stream, done: AbortController): LoopStore {
  const isAtEnd = async (partition: number) =>
    (await store.partition(detector, partition)).next >= (await stream.end(partition))
  return {
    partition: (...given) => store.partition(...given),
    seen: (...given) => store.seen(...given),
    raiseWatermark: (...given) => store.raiseWatermark(...given),
    commit: async (batch) => {
      const committed = await store.commit(batch)
      const atEnd = await Promise.all(Array.from({ length: stream.partitions }, (_, i) => isAtEnd(i)))
      if (atEnd.every(Boolean)) done.abort()
      return committed
    },
  }
}

async function survive(work: () => Promise<void>, done: AbortSignal): Promise<void> {
  while (!done.aborted)
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
}

async function inMemory(world: readonly Sent[], partitions: number) {
  const log = new MemoryLog(partitions)
  const stream = openMemoryStream(log, clock)
  await append(stream, world)
  return { stream, store: new MemoryStore(), expected: carefulReader(log.partitions) }
}

/** Positions of each partition go up from commit to commit, each where the one before ended. */
function expectMonotone(store: MemoryStore, partitions: number): void {
  for (let partition = 0; partition < partitions; partition++) {
    const commits = store.commits.filter((batch) => batch.partition === partition)
    expect(commits.map(({ expected }) => expected)).toEqual([0, ...commits.map(({ next }) => next)].slice(0, -1))
    expect(commits.every(({ expected, next }) => next > expected)).toBe(true)
  }
}

const storyOf = fc.record({
  world: worlds,
  partitions: fc.constantFrom(1, 3),
  workers: fc.constantFrom(1, 2, 3),
  seed: fc.nat(),
  faults: fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.constantFrom<Fault[]>('before', 'after', 'full')), {
    maxLength: 40,
    size: 'max',
  }),
})

describe('with stream and store in memory', () => {
  test('crashes, a full disk, repeated batches and rivals at seeded moments change nothing', async () => {
    let crashes = 0
    await fc.assert(
      fc.asyncProperty(storyOf, async ({ world, partitions, workers, seed, faults }) => {
        const { stream, store, expected } = await inMemory(world, partitions)
        const plan = new Map(faults)
        const run = await runToTheEnd({ stream, store, seed, workers, faultOf: (call) => plan.get(call) })
        crashes += run.crashes
        expect(outcomeOf(store, partitions)).toEqual(expected)
        expectMonotone(store, partitions)
      }),
      { numRuns: 300 },
    )
    // A simulation without faults would show nothing.
    expect(crashes).toBeGreaterThan(300)
  })

  test('a crash at each single call of the loop, before and after its effect, changes nothing', async () => {
    const [world] = fc.sample(
      worlds.filter((sent) => sent.length > 30),
      { numRuns: 1, seed: 7 },
    )
    const { stream, store, expected } = await inMemory(world!, 1)
    const { calls } = await runToTheEnd({ stream, store })
    expect(outcomeOf(store, 1)).toEqual(expected)
    expect(calls).toBeGreaterThan(50)
    for (const fault of ['before', 'after'] as const)
      for (let at = 1; at <= calls; at++) {
        const again = await inMemory(world!, 1)
        const run = await runToTheEnd({ ...again, faultOf: (call) => (call === at ? fault : undefined) })
        expect(run.crashes).toBe(1)
        expect(outcomeOf(again.store, 1)).toEqual(expected)
      }
  })

  test('an id that comes through two partitions is decided once and counted once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(5), fc.nat(9)), { minLength: 1, maxLength: 40 }),
        fc.nat(),
        async (sent, seed) => {
          const log = new MemoryLog(3)
          const stream = openMemoryStream(log, clock)
          const events = sent.map(([id, key]) => ({
            key: `k${key}`,
            bytes: bytesOf({ id: `e${id}`, time: now, card: 'c', amount: 500 }),
          }))
          await stream.append(events)
          const store = new MemoryStore()
          await runToTheEnd({ stream, store, seed, workers: 2 })
          const ids = [...new Set(sent.map(([id]) => `e${id}`))].sort()
          expect([...store.decisions.keys()].sort()).toEqual(ids)
          expect(store.alertsStored.map(({ eventId }) => eventId).sort()).toEqual(ids)
          expect(store.duplicates).toBe(sent.length - ids.length)
        },
      ),
    )
  })
})

/** Worlds played over real stores, each with its own data; crashes before and after calls, rivals at the same partition. */
async function playOver(openStore: (dir: string) => Promise<Store>, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(storyOf, async ({ world, partitions, workers, seed, faults }) => {
      const dir = await mkdtemp(join(tmpdir(), 'tocsin-simulate-'))
      const stream = await openEmbeddedStream({ dir, partitions, clock })
      const store = await openStore(dir)
      try {
        await append(stream, world)
        const plan = new Map(faults)
        await runToTheEnd({ stream, store, seed, workers, faultOf: (call) => plan.get(call) })
        const records = await Promise.all(Array.from({ length: partitions }, (_, i) => read(stream, i)))
        expect(await storedOutcome(store, partitions)).toEqual(carefulReader(records))
      } finally {
        await stream.close()
        await store.close()
        await rm(dir, { recursive: true })
      }
    }),
    { numRuns },
  )
}

describe('with the embedded stream and store', () => {
  test('the outcome is that of the careful reader, too', () => playOver((dir) => openEmbeddedStore({ dir, clock }), 15))
})

describe('with PostgreSQL', () => {
  test('the outcome is that of the careful reader, whoever believes to own a partition', async ({ skip }) => {
    const found = await findPostgres()
    if ('missing' in found) return skip(found.missing)
    const server = await startPostgres(found)
    onTestFinished(() => server.destroy())
    let schemas = 0
    const open = () =>
      openPostgresStore({
        ...{ url: server.url, schema: `world_${schemas++}` },
        ...{ clock: { ...systemClock, now: () => clock.now() }, random: new Random(1) },
      })
    await playOver(open, 8)
  }, 60_000)
})
