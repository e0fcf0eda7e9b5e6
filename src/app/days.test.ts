import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseConfig } from '../config.ts'
import { ManualClock } from '../core/clock.ts'
import { openRegistry } from '../registry/registry.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import type { Store } from '../store/store.ts'
import { createDays } from './days.ts'

const detector = 'quiet'
const minute = 60_000
const start = Date.parse('2026-03-03T10:00:00Z')
const config = parseConfig({ detector, report: { allowedLatenessMinutes: 5, closeIdleAfterMinutes: 2 } })

let dir: string
let clock: ManualClock
let store: Store
const ends = new Map<number, number>()
let stop: () => Promise<void>

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-days-'))
  clock = new ManualClock(start)
  store = await openEmbeddedStore({ dir, clock })
  ends.clear()
  const registry = openRegistry({ store, detector })
  const end = async (partition: number) => ends.get(partition)
  const days = createDays({ config, store, registry, clock, end, url: () => '', onClosed: () => {} })
  const stopping = new AbortController()
  const running = days.run(stopping.signal)
  stop = async () => {
    stopping.abort()
    await running
  }
})
afterEach(async () => {
  await stop()
  await store.close()
  await rm(dir, { recursive: true })
})

/** A batch of the partition that brings its event time to `watermark`; `waiting` records lie behind it in the stream. */
async function commit(partition: number, next: number, watermark: number, waiting = 0): Promise<void> {
  const nothing = { decisions: [], deadLetters: [], alerts: [], deliveries: [], duplicates: 0 }
  await store.commit({ detector, partition, expected: next - 1, next, watermark, ...nothing })
  ends.set(partition, next + waiting)
}

test('a partition that has fallen silent goes along with those that have not', async () => {
  await commit(0, 1, start - 5 * minute)
  await commit(1, 1, start - 5 * minute)
  for (let i = 1; i <= 4; i++) {
    await clock.advance(minute)
    await commit(1, 1 + i, start + (i - 5) * minute)
  }
  await clock.advance(2000)
  expect(await store.watermark(detector)).toBe(start - minute)
})

test('a partition that is read slowly is not silent: what waits may be of any time', async () => {
  await commit(0, 1, start, 3)
  await commit(1, 1, start)
  for (let i = 1; i <= 4; i++) {
    await clock.advance(minute)
    await commit(1, 1 + i, start + i * minute)
  }
  await clock.advance(2000)
  expect(await store.watermark(detector)).toBe(start)
})

test('where all are silent, event time goes on with the wall clock', async () => {
  await commit(0, 1, start - 60 * minute)
  await commit(1, 1, start)
  await clock.advance(4 * minute)
  expect(await store.watermark(detector)).toBe(start - minute)
})
