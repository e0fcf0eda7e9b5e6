// Models with other features that take turns, over a real store: each remembers what was decided while it was not in use.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { batch, decision, detector } from '../../test/contract/store-samples.ts'
import { rememberingArtifact } from '../../test/rig/remembering.ts'
import { Random } from '../core/random.ts'
import type { Artifact, Derived } from '../model/model.ts'
import { openRegistry } from '../registry/registry.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import type { Store } from '../store/store.ts'
import { FeatureMemory } from './featureMemory.ts'
import { compareVectors } from './parity.ts'

type Remembering = Artifact & { readonly derived: Derived }
const start = Date.parse('2026-01-01T12:00:00Z')
const day = 86_400_000
const first = rememberingArtifact('1h')
const memories = first.derived.memories.map((spec) => ({ ...spec, called: 'other' }))
const second: Remembering = { ...first, derived: { ...first.derived, memories } }
let dir: string
let store: Store
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-turns-'))
  store = await openEmbeddedStore({ dir, clock: { now: () => start, sleep: async () => {} } })
})
afterEach(async () => {
  await store.close()
  await rm(dir, { recursive: true })
})

/** Decides payments of three partitions in turn, each batch by the model that it is given. */
class Stream {
  readonly #next = [0, 0, 0]
  readonly #random = new Random(11)
  #sent = 0

  async decide(batches: number, version: number, memory: FeatureMemory | undefined): Promise<void> {
    for (let i = 0; i < batches; i++) while (!(await this.#decideBatch(i % 3, version, memory)));
  }

  async #decideBatch(partition: number, modelVersion: number, memory: FeatureMemory | undefined): Promise<boolean> {
    const position = this.#next[partition]!
    const events = Array.from({ length: 3 }, (_, i) => {
      const id = `t${this.#sent + i}`
      const fields = { card: `c${this.#random.below(4)}`, country: 'DE', amount: this.#random.below(90) }
      return { id, time: start + (this.#sent + i) * (day / 7), entity: null, amount: fields.amount, fields }
    })
    await memory?.load(events)
    const vectors = memory?.vectors(events)
    const decisions = events.map((event, i) => {
      const vector = vectors?.slice(i * memory!.live.width, (i + 1) * memory!.live.width) ?? new Float32Array(1)
      return decision(event.id, { event, vector, modelVersion, partition, position: position + i })
    })
    const committed = await store.commit(
      batch(position, decisions, { partition, ...(memory ? { featureChanges: memory.changes() } : {}) }),
    )
    memory?.settle(committed)
    if (!committed) return false
    this.#next[partition]! += events.length
    this.#sent += events.length
    return true
  }
}

const newMemory = (artifact: Remembering) => new FeatureMemory({ ...artifact, detector, store })

test('whichever model decides, the other’s vectors are those of the whole log when its turn comes', async () => {
  const registry = openRegistry({ store, detector })
  const versions = [await registry.register(first, 0), await registry.register(second, 1)].map(({ version }) => version)
  const stream = new Stream()
  const [one, two] = [newMemory(first), newMemory(second)]
  await two.begin(Number.NEGATIVE_INFINITY)
  await stream.decide(7, versions[0]!, one)
  await stream.decide(5, versions[1]!, two)
  // A model that remembers nothing.
  await stream.decide(4, 99, undefined)
  await stream.decide(4, versions[1]!, two)
  // It still holds what it remembered when its turn was over.
  await stream.decide(5, versions[0]!, one)
  const parity = await compareVectors({ store, detector, from: 0, to: start + 400 * day, replay: async () => [] })
  expect(parity).toEqual({ vectors: 63, differences: [] })
  expect(two.set).not.toBe(one.set)
})

test('of two that catch up at once each stretch is learned once', async () => {
  const stream = new Stream()
  await newMemory(first).begin(Number.NEGATIVE_INFINITY)
  await newMemory(second).begin(Number.NEGATIVE_INFINITY)
  await stream.decide(9, 1, newMemory(first))
  const event = {
    id: 'x',
    time: start + 6 * day,
    entity: null,
    amount: 5,
    fields: { card: 'c1', country: 'DE', amount: 5 },
  }
  const memories = [newMemory(second), newMemory(second), newMemory(first)]
  const [a, b, expected] = await Promise.all(memories.map((memory) => memory.peek([event])))
  expect([a, b]).toEqual([expected, expected])
  expect(await newMemory(second).peek([event])).toEqual(expected)
  expect((await store.unlearned(detector, memories[0]!.set)).stretches).toEqual([])
})
