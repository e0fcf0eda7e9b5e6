import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { smallArtifact } from '../../test/rig/artifact.ts'
import { systemClock } from '../core/clock.ts'
import { encodeArtifact } from '../model/model.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import type { Store } from '../store/store.ts'
import { openRegistry, type Registry } from './registry.ts'

const detector = 'card-fraud'
const other = { ...smallArtifact, hyperparameters: { maxDepth: 2 } }

let dir: string
let store: Store
let registry: Registry

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-registry-'))
  store = await openEmbeddedStore({ dir, clock: systemClock })
  registry = openRegistry({ store, detector })
})
afterEach(async () => {
  await store.close()
  await rm(dir, { recursive: true })
})

test('each artifact gets a version of its own, and the same content keeps its version', async () => {
  const first = await registry.register(smallArtifact, 1)
  const second = await registry.register(other, 2)
  expect([first.version, second.version]).toEqual([1, 2])
  expect(await registry.register({ ...smallArtifact }, 3)).toEqual(first)
})

test('the list shows versions with their aliases and evaluations, oldest first', async () => {
  await registry.register(smallArtifact, 1)
  const { digest } = await registry.register(other, 2)
  await registry.promote(2, 'champion', 'better')
  await registry.promote(2, 'challenger', 'also')
  const [first, second] = await registry.list()
  expect(first).toMatchObject({ version: 1, createdAt: 1, aliases: [] })
  expect(second).toMatchObject({ version: 2, digest, aliases: ['challenger', 'champion'] })
  expect(JSON.parse(second!.evaluation)).toEqual(other.evaluation)
})

test('an alias that was never given names nothing', async () => {
  await registry.register(smallArtifact, 1)
  expect(await registry.current('champion')).toBeUndefined()
})

test('current gives the artifact and a model that scores, made once for a version', async () => {
  await registry.register(smallArtifact, 1)
  await registry.promote(1, 'champion', 'first')
  const current = await registry.current('champion')
  expect(current).toMatchObject({ version: 1, artifact: smallArtifact })
  const [low, high] = [10, 900].map((amount) => current!.model.score(new Float32Array([amount, Number.NaN])))
  expect(high).toBeGreaterThan(low!)
  expect(await registry.current('champion')).toBe(current)
})

test('a promotion by another process is what current gives next', async () => {
  await registry.register(smallArtifact, 1)
  await registry.register(other, 2)
  await registry.promote(1, 'champion', 'first')
  await registry.current('champion')
  const elsewhere = await openEmbeddedStore({ dir, clock: systemClock })
  await openRegistry({ store: elsewhere, detector }).promote(2, 'champion', 'better')
  await elsewhere.close()
  expect(await registry.current('champion')).toMatchObject({ version: 2, artifact: other })
})

test('champion and challenger are loaded side by side', async () => {
  await registry.register(smallArtifact, 1)
  await registry.register(other, 2)
  await registry.promote(1, 'champion', '')
  await registry.promote(2, 'challenger', '')
  const versions = [await registry.current('champion'), await registry.current('challenger')]
  expect(versions.map((loaded) => loaded?.version)).toEqual([1, 2])
  expect(await registry.current('champion')).toBe(versions[0])
})

test('a version that there is not cannot be promoted, and loads as nothing', async () => {
  await expect(registry.promote(1, 'champion', '')).rejects.toThrow(/no model version 1; it has none yet: train one/)
  await registry.register(smallArtifact, 1)
  await expect(registry.promote(7, 'champion', '')).rejects.toThrow(/no model version 7; expected one of 1/)
  expect(await registry.load(7)).toBeUndefined()
  expect((await registry.load(1))?.artifact).toEqual(smallArtifact)
})

test('an artifact that is not as it was stored is an error, not a model', async () => {
  const whole = encodeArtifact(smallArtifact)
  const bytes = whole.with(whole.length - 9, 0)
  const version = await store.putModel({ detector, digest: 'd', createdAt: 1, evaluation: '{}' }, bytes)
  await registry.promote(version, 'champion', '')
  await expect(registry.current('champion')).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
})

test('roll back makes the champion before champion again, step by step, and stops at the first', async () => {
  for (const maxDepth of [1, 2, 3]) {
    const { version } = await registry.register({ ...smallArtifact, hyperparameters: { maxDepth } }, 1)
    await registry.promote(version, 'champion', 'newer')
  }
  expect(await registry.rollBack('worse')).toBe(2)
  expect(await registry.rollBack('worse still')).toBe(1)
  expect((await registry.current('champion'))?.version).toBe(1)
  await expect(registry.rollBack('and again')).rejects.toMatchObject({ code: 'MODEL_FIRST' })
  expect((await registry.current('champion'))?.version).toBe(1)
})

test('after a roll back and another promotion the step back is to the one that was good', async () => {
  for (const maxDepth of [1, 2, 3]) await registry.register({ ...smallArtifact, hyperparameters: { maxDepth } }, 1)
  await registry.promote(1, 'champion', 'first')
  await registry.promote(2, 'champion', 'newer')
  await registry.rollBack('worse')
  await registry.promote(3, 'champion', 'newer')
  expect(await registry.rollBack('worse')).toBe(1)
})

test('a threshold that a person chose holds at the next call, also for another opening, and the version keeps its model', async () => {
  await registry.register(smallArtifact, 1)
  await registry.promote(1, 'champion', 'first')
  const before = (await registry.current('champion'))!
  expect(before.isMoved).toBe(false)
  await registry.moveThreshold(1, { threshold: 0.75, by: 'ann', reason: 'fewer reviews' })
  const after = (await registry.current('champion'))!
  expect(after.artifact.operatingPoint).toEqual({ ...smallArtifact.operatingPoint, threshold: 0.75 })
  expect([after.isMoved, after.model]).toEqual([true, before.model])
  expect(await registry.current('champion')).toBe(after)
  const elsewhere = openRegistry({ store, detector })
  expect((await elsewhere.load(1))?.artifact.operatingPoint.threshold).toBe(0.75)
})

test('only a version that there is has a threshold to move', async () => {
  const change = { threshold: 0.75, by: 'ann', reason: 'why' }
  await expect(registry.moveThreshold(7, change)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' })
})
