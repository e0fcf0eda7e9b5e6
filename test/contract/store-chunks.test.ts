// SQLite's chunks of decisions against a plain list of them: by id, by time, by number, and after some were forgotten; and a file of before them.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { Decision } from '../../src/core/decision.ts'
import { Random } from '../../src/core/random.ts'
import { Sqlite } from '../../src/core/sqlite.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { schemaSteps } from '../../src/store/schema.ts'
import { batch, collect, decision, detector, start } from './store-samples.ts'

async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-chunks-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

/** Mostly in order; some late by hours, some known, of two versions, with vectors of their own. */
function decisionsOf(random: Random, from: number, count: number): Decision[] {
  const known = () => random.below(from + count)
  return Array.from({ length: count }, (_, i) => {
    const late = random.uniform() < 0.02 ? 86_400_000 * random.uniform() : 60_000 * random.uniform()
    const id = `e${random.uniform() < 0.05 ? known() : from + i}`
    const version = random.uniform() < 0.01 ? 2 : 1
    const event = { id, time: Math.floor(start + (from + i) * 5_000 - late), fields: { amount: from + i } }
    const vector = new Float32Array(version === 1 ? [from + i, Number.NaN] : [from + i])
    return decision(id, { event, vector, modelVersion: version, score: random.uniform() })
  })
}

test.each([1, 2, 3])('decisions are found and forgotten as those of a plain list, seed %i', async (seed) => {
  const store = await openEmbeddedStore({ dir: await tempDir(), clock: systemClock })
  onTestFinished(() => store.close())
  const random = new Random(seed)
  let held: Decision[] = []
  const idsOf = (some: readonly Decision[]) => some.map(({ event }) => event.id)
  const inOrder = () => held.toSorted((a, b) => a.event.time - b.event.time)
  const timesOf = (some: readonly Decision[]) => some.map(({ event }) => event.time)
  for (let position = 0; position < 4000; ) {
    const some = decisionsOf(random, position, 1 + random.below(700))
    expect(await store.commit(batch(position, some))).toBe(true)
    position += some.length
    const ids = new Set(idsOf(held))
    for (const one of some) {
      if (!ids.has(one.event.id)) held.push(one)
      ids.add(one.event.id)
    }
    if (random.uniform() < 0.4) {
      const before = start + (position - 500) * 5_000
      const limit = 1 + random.below(900)
      const old = held.filter(({ event }) => event.time < before).length
      expect(await store.forgetDecisions(detector, before, limit)).toBe(Math.min(limit, old))
      const left = new Set((await collect(store.decisions(detector, 0, Infinity))).map(({ eventId }) => eventId))
      expect(held.length - left.size).toBe(Math.min(limit, old))
      expect(held.filter(({ event }) => event.time >= before).every(({ event }) => left.has(event.id))).toBe(true)
      held = held.filter(({ event }) => left.has(event.id))
    }
  }

  const [from, to] = [start + 1_000_000, start + 12_000_000]
  const within = inOrder().filter(({ event }) => event.time >= from && event.time < to)
  expect((await collect(store.decisions(detector, from, to))).map(({ eventTime }) => eventTime)).toEqual(
    timesOf(within),
  )
  expect((await collect(store.scores(detector, from, to))).map(({ eventTime }) => eventTime)).toEqual(
    timesOf(within).reverse(),
  )
  expect(await store.seen(detector, idsOf(held))).toEqual(new Set(idsOf(held)))
  const log = await store.decisionLog(detector, 0, 1_000_000)
  expect(log.map(({ eventId }) => eventId)).toEqual(idsOf(held))
  const later = await store.decisionLog(detector, log[100]!.number, 150)
  expect(later.map(({ eventId }) => eventId)).toEqual(idsOf(held.slice(101, 251)))
  for (const { event, score, vector, modelVersion } of held.filter((_, i) => i % 37 === 0))
    expect(await store.decision(detector, event.id)).toMatchObject({
      ...{ eventTime: event.time, fields: event.fields, score, vector, modelVersion },
    })
})

test('a file with a row for each decision is brought up, and says the same', async () => {
  const dir = await tempDir()
  const before = new Sqlite(join(dir, 'store.db'), { name: 'store', steps: [schemaSteps[0]!('sqlite')] })
  const insert = before.query(`
    insert into decision (number, detector, event_id, event_time, entity, amount, score, threshold, outcome, model_version,
      is_late, partition, position, vector, fields, reasons)
    values (?, '${detector}', ?, ?, 'card-1', ?, ?, 0.9, 'pass', 1, 0, 0, ?, ?, '{"amount": 1.50}', '[]')`)
  const scores = [0.1 + 0.2, 1 / 3, 5e-324]
  for (const [i, score] of scores.entries())
    insert.run(
      i + 1,
      `e${i}`,
      start + i,
      i === 0 ? null : 812.4,
      score,
      i,
      new Uint8Array(Float32Array.of(i, Number.NaN).buffer),
    )
  before.close()
  const store = await openEmbeddedStore({ dir, clock: systemClock })
  onTestFinished(() => store.close())
  const found = await collect(store.decisions(detector, 0, Infinity))
  expect(found).toEqual(
    scores.map((score, i) => ({
      ...{
        eventId: `e${i}`,
        eventTime: start + i,
        entity: 'card-1',
        amount: i === 0 ? null : 812.4,
        score,
        threshold: 0.9,
      },
      ...{
        outcome: 'pass',
        modelVersion: 1,
        vector: Float32Array.of(i, Number.NaN),
        fields: { amount: 1.5 },
        reasons: [],
      },
      isLate: false,
    })),
  )
  await store.commit(batch(0, [decision('e1'), decision('new')]))
  expect((await store.decisionLog(detector, 0, 10)).map(({ eventId }) => eventId)).toEqual(['e0', 'e1', 'e2', 'new'])
})
