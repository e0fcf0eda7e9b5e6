// Entities that come and go, over a real store: how many pasts are kept, and what a worker that held one does.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { batch, decision, detector } from '../../test/contract/store-samples.ts'
import { rememberingArtifact } from '../../test/rig/remembering.ts'
import type { Clock } from '../core/clock.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import type { Store } from '../store/store.ts'
import { FeatureMemory } from './featureMemory.ts'
import { keepForgetting, noteForgetting, removeForgotten } from './forgetIdle.ts'

const dayMs = 86_400_000
const start = Date.parse('2026-01-01T12:00:00Z')
const clock: Clock = { now: () => start, sleep: async () => {} }
// Its longest window has 30 days.
const artifact = rememberingArtifact('1h')
const config = { detector }
let dir: string
let store: Store
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-forget-'))
  store = await openEmbeddedStore({ dir, clock })
})
afterEach(async () => {
  await store.close()
  await rm(dir, { recursive: true })
})

const newWorker = () => new FeatureMemory({ ...artifact, detector, store })
const worker = { next: 0, payments: 0 }
beforeEach(() => Object.assign(worker, { next: 0, payments: 0 }))

/** Payments of cards on one day, in one batch; false where it was refused. */
async function pay(memory: FeatureMemory, day: number, ...cards: string[]): Promise<boolean> {
  const events = cards.map((card, i) => {
    const fields = { transaction_id: `t${worker.payments + i}`, time: '', card, country: 'DE', amount: 5 }
    return { id: fields.transaction_id, time: start + day * dayMs + i, entity: card, amount: 5, fields }
  })
  await memory.load(events)
  memory.vectors(events)
  const decisions = events.map((event) => decision(event.id, { event }))
  const committed = await store.commit(
    batch(worker.next, decisions, { watermark: events[0]!.time, featureChanges: memory.changes() }),
  )
  memory.settle(committed)
  if (!committed) return false
  worker.next += cards.length
  worker.payments += cards.length
  return true
}

async function forget(): Promise<number> {
  const base = await noteForgetting(artifact.derived, { config, store, clock })
  return removeForgotten(artifact.derived, base!, { config, store, clock })
}

async function keys(): Promise<string[]> {
  const heads = await store.featureHeads({ detector, set: newWorker().set, after: '', limit: 1000 }, 1)
  return heads.map(({ key }) => key)
}

test('cards that come and go leave as many pasts as were busy within the longest window, with its margins', async () => {
  const memory = newWorker()
  for (let day = 0; day < 100; day++) {
    expect(await pay(memory, day, `c${day}`, `c${day + 1}`)).toBe(true)
    await forget()
    // The worker is refused once, for it does not know yet, and then reads anew.
    if (day < 99 && !(await pay(memory, day, 'steady'))) expect(await pay(memory, day, 'steady')).toBe(true)
  }
  const kept = await keys()
  const busy = Array.from({ length: 33 }, (_, i) => `0/c${100 - i}`)
  expect(kept).toEqual(expect.arrayContaining(['0/steady', '1/DE', 'labels', ...busy]))
  expect(kept.length).toBeLessThan(busy.length + 7)
})

test('a worker that holds a past which was removed and has begun again meanwhile is refused', async () => {
  const [first, second] = [newWorker(), newWorker()]
  await pay(first, 0, 'idle')
  await pay(second, 1, 'idle', 'other')
  await pay(second, 60, 'other')
  await forget()
  expect(await keys()).not.toContain('0/idle')
  expect(await pay(second, 61, 'idle')).toBe(false)
  expect(await pay(second, 61, 'idle')).toBe(true)
  // The first one’s is of before: it has seen the payment of the first day alone.
  expect(await pay(first, 61, 'idle')).toBe(false)
  expect(await pay(first, 61, 'idle')).toBe(true)
  const peeked = await newWorker().peek([
    {
      id: 'x',
      time: start + 62 * dayMs,
      entity: 'idle',
      amount: 5,
      fields: { card: 'idle', country: 'DE', amount: 5 },
    },
  ])
  const place = artifact.features.findIndex(({ name }) => name === 'card_count_30d')
  expect(peeked[place]).toBe(3)
})

test('a label of an event whose entity is forgotten brings no past back', async () => {
  await pay(newWorker(), 0, 'idle')
  await pay(newWorker(), 60, 'other')
  expect(await forget()).toBe(1)
  await store.label({ detector, eventId: 't0', label: 'anomaly', labelledAt: start, by: 'ann', note: null })
  expect(await pay(newWorker(), 61, 'other')).toBe(true)
  expect(await keys()).not.toContain('0/idle')
})

test('goes on by itself, once for each day of event time, for the champion’s features', async () => {
  await pay(newWorker(), 0, 'idle')
  await pay(newWorker(), 60, 'other')
  const stop = new AbortController()
  let looks = 0
  const ticking: Clock = {
    now: () => start,
    sleep: async () => {
      if (++looks > 5) stop.abort()
    },
  }
  const registry = { current: async () => ({ artifact }) as never }
  await keepForgetting({ config, store, registry, clock: ticking }, stop.signal)
  expect(await keys()).not.toContain('0/idle')
  expect(await store.forgettings(detector, newWorker().set)).toHaveLength(1)
})
