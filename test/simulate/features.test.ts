// Features that remember, among crashes, rivals, repeats and disorder: every stored vector is what the log gives, and what is remembered in the end is that of a quiet run.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FeatureMemory } from '../../src/app/featureMemory.ts'
import { noteForgetting, removeForgotten } from '../../src/app/forgetIdle.ts'
import { compareVectors } from '../../src/app/parity.ts'
import type { Clock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { runPartition } from '../../src/loop.ts'
import { loadModel } from '../../src/model/model.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { createScorer } from '../../src/score/score.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import type { Store } from '../../src/store/store.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'
import { rememberingArtifact } from '../rig/remembering.ts'
import { Crash, type Fault, Faults } from './faults.ts'

const detector = 'card-fraud'
const now = Date.parse('2026-11-22T12:00:00Z')
const clock: Clock = { now: () => now, sleep: () => new Promise((resolve) => setImmediate(resolve)) }
const start = Date.parse('2026-10-01T00:00:00Z')
const hour = 3_600_000
// So long that nothing is too late: then what is remembered in the end depends on the events alone.
const lasting = rememberingArtifact('365d')
const forgetful = rememberingArtifact('1h')
const partitions = 3

type Payment = {
  readonly time: number
  readonly card: number
  readonly country: string | null
  readonly amount: number
}
type Story = {
  readonly payments: readonly Payment[]
  readonly again: readonly number[]
  readonly faults: readonly (readonly [number, Fault])[]
  readonly workers: number
  readonly seed: number
  /** Idle entities are let go meanwhile. */
  readonly forgets?: boolean
}

const stories: fc.Arbitrary<Story> = fc.record({
  payments: fc
    .array(
      fc.record({
        step: fc.oneof(fc.nat(60_000), fc.nat(6 * hour)),
        late: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(12 * hour)),
        card: fc.nat(4),
        country: fc.constantFrom('DE', 'FR', null),
        amount: fc.constantFrom(1, 4.5, 20.25, 600, 812.4),
      }),
      { minLength: 5, maxLength: 60, size: 'max' },
    )
    .map((plans) => {
      let time = start
      return plans.map(({ step, late, ...rest }): Payment => {
        time += step
        return { ...rest, time: time - late }
      })
    }),
  again: fc.array(fc.nat(59), { maxLength: 10 }),
  faults: fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom<Fault[]>('before', 'after')), {
    maxLength: 25,
  }),
  workers: fc.constantFrom(1, 2),
  seed: fc.nat(),
})

// Entities are idle for months, and some payments come months late: then it shows what was forgotten when.
const longStories: fc.Arbitrary<Story> = stories.map((story) => {
  let time = Date.parse('2025-06-01T00:00:00Z')
  const payments = story.payments.map((payment, i): Payment => {
    time += ((payment.time % 97) / 97) * 20 * 24 * hour
    return { ...payment, time: Math.floor(i % 7 === 5 ? time - 90 * 24 * hour : time) }
  })
  return { ...story, payments: payments.filter(({ time }) => time < now), forgets: true }
})

const quiet = { faults: [], workers: 1, again: [] }

/** Streams the story to its end, then answers for `look` what lies in the store. */
async function live<T>(story: Story, look: (store: Store, crashes: number, removed: number) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-features-'))
  const stream = await openEmbeddedStream({ dir, partitions, clock })
  const store = await openEmbeddedStore({ dir, clock })
  try {
    const registry = openRegistry({ store, detector })
    const { version } = await registry.register(story.forgets ? forgetful : lasting, 0)
    const sent = [
      ...story.payments.entries(),
      ...story.again.flatMap((i) => (story.payments[i] ? [[i, story.payments[i]] as const] : [])),
    ]
    await stream.append(
      sent.map(([i, { time, card, country, amount }]) => {
        const fields = {
          transaction_id: `t${i}`,
          time: new Date(time).toISOString(),
          card: `c${card}`,
          amount,
          country,
        }
        return { key: `c${card}`, bytes: new TextEncoder().encode(JSON.stringify(fields)) }
      }),
    )
    const { crashes, removed } = await work(story, store, stream, version)
    return await look(store, crashes, removed)
  } finally {
    await stream.close()
    await store.close()
    await rm(dir, { recursive: true })
  }
}

async function work(
  { faults, workers, seed, forgets }: Story,
  store: Store,
  stream: Awaited<ReturnType<typeof openEmbeddedStream>>,
  modelVersion: number,
): Promise<{ readonly crashes: number; readonly removed: number }> {
  const artifact = forgets ? forgetful : lasting
  const plan = new Map(faults)
  const random = new Random(seed)
  const chance = new Faults((call) => plan.get(call), random)
  const done = new AbortController()
  const faulty = {
    partition: (...given: Parameters<Store['partition']>) => chance.step(() => store.partition(...given)),
    seen: (...given: Parameters<Store['seen']>) => chance.step(() => store.seen(...given)),
    featureStates: (...given: Parameters<Store['featureStates']>) => chance.step(() => store.featureStates(...given)),
    putFeatureSet: (...given: Parameters<Store['putFeatureSet']>) => chance.step(() => store.putFeatureSet(...given)),
    commit: async (...given: Parameters<Store['commit']>) => {
      const committed = await chance.step(() => store.commit(...given))
      if (await isOver(store, stream)) done.abort()
      return committed
    },
  }
  const scorer = createScorer({
    ...{ artifact, model: loadModel(artifact), modelVersion, labelInStream: 'refuse', unknownFields: 'refuse' },
  })
  // Those of one worker share what they hold, as in a process; a crash takes it all.
  const worker = async () => {
    while (!done.signal.aborted) {
      const memory = new FeatureMemory({ ...artifact, detector, store: { ...store, ...faulty } })
      const stop = new AbortController()
      const signal = AbortSignal.any([done.signal, stop.signal])
      const runs = Array.from({ length: partitions }, (_, partition) =>
        runPartition({
          ...{ detector, partition, stream, clock, signal, maxRecords: 1 + random.below(6), timeZone: 'UTC' },
          store: faulty,
          scorer: async () => ({ ...scorer, memory }),
          alertsOf: () => [],
          allowedLatenessMs: hour,
        }).catch((error: unknown) => {
          stop.abort()
          if (!(error instanceof Crash)) throw error
        }),
      )
      await Promise.all(runs)
    }
  }
  let removed = 0
  const forgetter = async () => {
    const parts = { config: { detector }, store, clock }
    while (forgets && !done.signal.aborted) {
      const base = await noteForgetting(artifact.derived, parts)
      if (base !== undefined) removed += await removeForgotten(artifact.derived, base, parts)
      await clock.sleep(1)
    }
  }
  await Promise.all([forgetter(), ...Array.from({ length: workers }, worker)])
  return { crashes: chance.crashes, removed }
}

async function isOver(store: Store, stream: { end(partition: number): Promise<number> }): Promise<boolean> {
  for (let partition = 0; partition < partitions; partition++)
    if ((await store.partition(detector, partition)).next < (await stream.end(partition))) return false
  return true
}

const keys = [...[0, 1, 2, 3, 4].map((card) => `0/c${card}`), ...['DE', 'FR'].map((country) => `1/${country}`)]

async function remembered(store: Store): Promise<string[]> {
  const { set } = new FeatureMemory({ ...lasting, detector, store })
  const states = await store.featureStates(detector, set, keys)
  return states.map(({ key, bytes }) => `${key} ${bytes}`).sort()
}

const dayLong = { from: start - 30 * 24 * hour, to: now, replay: async () => [] }

describe('features that remember', () => {
  test('give every event the vector that the log gives it, and remember in the end what a quiet run remembers', {
    timeout: 300_000,
  }, async () => {
    let crashes = 0
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        const expected = await live({ ...story, ...quiet }, remembered)
        await live(story, async (store, crashed) => {
          crashes += crashed
          expect(await remembered(store)).toEqual(expected)
          const parity = await compareVectors({ store, detector, ...dayLong })
          expect(parity.differences).toEqual([])
          expect(parity.vectors).toBe(story.payments.length)
        })
      }),
      { numRuns: 12 },
    )
    expect(crashes).toBeGreaterThan(5)
  })

  test('give every event the vector that the log gives it, while pasts of idle entities are removed', {
    timeout: 300_000,
  }, async () => {
    let [crashes, removed] = [0, 0]
    await fc.assert(
      fc.asyncProperty(longStories, async (story) => {
        await live(story, async (store, crashed, gone) => {
          crashes += crashed
          removed += gone
          const parity = await compareVectors({ store, detector, from: 0, to: now, replay: async () => [] })
          expect(parity.differences).toEqual([])
          expect(parity.vectors).toBe(story.payments.length)
        })
      }),
      { numRuns: 12 },
    )
    expect(crashes).toBeGreaterThan(5)
    expect(removed).toBeGreaterThan(20)
  })

  test('are made again from the log where they are lost, with the labels that came', async () => {
    const [story] = fc.sample(stories, { numRuns: 1, seed: 5 })
    await live({ ...story!, ...quiet }, async (store) => {
      for await (const { eventId, eventTime } of store.decisions(detector, dayLong.from, dayLong.to))
        if (Number(eventId.slice(1)) % 2 === 0)
          await store.label({
            detector,
            eventId,
            label: 'anomaly',
            labelledAt: eventTime + 60 * hour,
            by: 'ann',
            note: null,
          })
      const lost = {
        ...lasting,
        derived: {
          ...lasting.derived,
          memories: lasting.derived.memories.map((spec) => ({ ...spec, called: 'other' })),
        },
      }
      const again = new FeatureMemory({ ...lost, detector, store })
      const kept = new FeatureMemory({ ...lasting, detector, store })
      const later = { id: 'x', time: now, entity: 'c1', amount: 5, fields: { card: 'c1', country: 'DE', amount: 5 } }
      expect(await again.peek([later])).toEqual(await kept.peek([later]))
      expect(again.set).not.toBe(kept.set)
    })
  })
})
