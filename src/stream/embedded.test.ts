import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { numbered, read, readAll, text } from '../../test/contract/stream.ts'
import { ManualClock, systemClock } from '../core/clock.ts'
import { type EmbeddedStream, openEmbeddedStream } from './embedded.ts'
import { partitionOf } from './log.ts'

let dir: string
const opened: EmbeddedStream[] = []

const open = async (options: Partial<Parameters<typeof openEmbeddedStream>[0]> = {}) => {
  const stream = await openEmbeddedStream({ dir, partitions: 1, clock: systemClock, ...options })
  opened.push(stream)
  return stream
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-stream-'))
})
afterEach(async () => {
  for (const stream of opened.splice(0)) await stream.close()
  await rm(dir, { recursive: true })
})

test('positions of a partition start at 0 and go up by 1', async () => {
  const stream = await open()
  const answers = [...(await stream.append(numbered(0, 3))), ...(await stream.append(numbered(3, 2)))]
  expect(answers.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4])
})

test('a key belongs to the partition that the 32-bit FNV-1a of its UTF-8 bytes gives', () => {
  // http://www.isthe.com/chongo/src/fnv/test_fnv.c: "" 811c9dc5, "a" e40c292c, "foobar" bf9cf968.
  const partitions = 2 ** 31 - 1
  const hashes = { '': 0x811c9dc5, a: 0xe40c292c, foobar: 0xbf9cf968 }
  for (const [key, hash] of Object.entries(hashes)) expect(partitionOf(key, partitions)).toBe(hash % partitions)
  expect(partitionOf('ü', partitions)).not.toBe(partitionOf('u', partitions))
})

// Of any UTF-16 code units, lone surrogates included.
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))

test('every key has a partition, whatever its text and however many there are', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 256 }), (key, partitions) => {
      const partition = partitionOf(key, partitions)
      expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true)
      expect(partitionOf(key, partitions)).toBe(partition)
    }),
  )
})

test('appends of one turn share a commit: they carry one time', async () => {
  const clock = new ManualClock(1000)
  let now = 1000
  const stream = await open({ clock: { ...clock, now: () => now++, sleep: (...wait) => clock.sleep(...wait) } })
  await Promise.all([stream.append(numbered(0, 2)), stream.append(numbered(2, 2))])
  await stream.append(numbered(4, 1))
  expect((await read(stream, 0)).map(({ appendedAt }) => appendedAt)).toEqual([1000, 1000, 1000, 1000, 1001])
})

test('what is more than one commit takes waits its turn: the first producers hear while the last still wait', async () => {
  const stream = await open({ maxQueuedBytes: 1000 })
  const heard: number[] = []
  const producers = Array.from({ length: 30 }, async (_, i) => {
    await stream.append([{ key: 'k', bytes: new Uint8Array(300) }])
    heard.push(i)
  })
  await producers[0]
  expect(heard.length).toBeLessThan(5)
  await Promise.all(producers)
  expect(heard).toEqual(Array.from({ length: 30 }, (_, i) => i))
})

test('an append larger than a commit is taken alone, and whole', async () => {
  const stream = await open({ maxQueuedBytes: 10 })
  await stream.append(Array.from({ length: 50 }, () => ({ key: 'k', bytes: new Uint8Array(100) })))
  expect(await stream.end(0)).toBe(50)
})

test('an append that cannot be taken spoils no other of its turn, and leaves nothing behind', async () => {
  const stream = await open()
  const good = stream.append(numbered(0, 2))
  // A partition that is not there.
  const bad = stream.append([...numbered(2, 1), { ...numbered(9, 1)[0]!, partition: 9 }])
  const alsoGood = stream.append(numbered(3, 1))
  await expect(bad).rejects.toThrow()
  expect([...(await good), ...(await alsoGood)].map(({ position }) => position)).toEqual([0, 1, 2])
  expect((await read(stream, 0)).map(text)).toEqual(['0', '1', '3'])
})

test('an append wakes a waiting reader, and an abort ends it, without a moment of the clock', async () => {
  const stream = await open({ clock: new ManualClock(0) })
  const abort = new AbortController()
  const reader = stream.consume(0, 0, { maxRecords: 10, signal: abort.signal })[Symbol.asyncIterator]()
  const first = reader.next()
  await stream.append(numbered(0, 1))
  expect((await first).value.map(text)).toEqual(['0'])
  const second = reader.next()
  await new Promise((resolve) => setTimeout(resolve, 5))
  abort.abort()
  expect((await second).done).toBe(true)
})

test('two openings of one file append to one log, and each hears what the other takes', async () => {
  const [here, there] = [await open(), await open()]
  const abort = new AbortController()
  const heard: string[] = []
  const reading = (async () => {
    for await (const batch of here.consume(0, 0, { maxRecords: 10, signal: abort.signal })) {
      heard.push(...batch.map(text))
      if (heard.length === 4) abort.abort()
    }
  })()
  for (const [i, stream] of [here, there, there, here].entries()) await stream.append(numbered(i, 1))
  await reading
  expect(heard).toEqual(['0', '1', '2', '3'])
})

test('a trim forgets what lies before the position, and positions go on', async () => {
  const stream = await open({ partitions: 2 })
  const answers = await stream.append(numbered(0, 40))
  const { partition } = answers[0]!
  const other = 1 - partition
  const before = await read(stream, other)
  await stream.trim(partition, 4)
  expect((await read(stream, partition, 4))[0]?.position).toBe(4)
  expect(await read(stream, other)).toEqual(before)
  const end = await stream.end(partition)
  await stream.trim(partition, end + 100)
  expect(await stream.end(partition)).toBe(end)
  await stream.close()
  const again = await open({ partitions: 2 })
  const [next] = await again.append(numbered(0, 1))
  expect(next).toEqual({ partition, position: end })
})

test('a trim of more than one transaction deletes everything before the position', async () => {
  const stream = await open()
  await stream.append(numbered(0, 12_000))
  await stream.trim(0, 11_999)
  expect((await read(stream, 0, 11_999)).map(text)).toEqual(['11999'])
  await expect(read(stream, 0, 11_998)).rejects.toMatchObject({ code: 'STREAM_POSITION' })
})

test('retention lets go of what is stored and old, never of what is not stored or young', async () => {
  const clock = new ManualClock(1_000_000)
  const stream = await open({ clock, partitions: 2 })
  const at = (partition: number, count: number) =>
    stream.append(Array.from({ length: count }, (_, i) => ({ key: 'k', bytes: Buffer.from(String(i)), partition })))
  await at(0, 10)
  await at(1, 10)
  await clock.advance(5000)
  await at(0, 10)
  const retain = (stored: [number, number][], limits: { keepMs?: number; maxBytes?: number } = {}) =>
    stream.retain({ keepMs: 3000, maxBytes: 1e9, ...limits, stored: new Map(stored) })
  const firsts = async () => [await stream.first(0), await stream.first(1)]
  await retain([[0, 15]], { keepMs: 10_000 })
  expect(await firsts()).toEqual([0, 0])
  await retain([[0, 4]])
  expect(await firsts()).toEqual([4, 0])
  await retain([
    [0, 18],
    [1, 3],
  ])
  expect(await firsts()).toEqual([10, 3])
})

test('a log beyond its size loses stored records before their time, the oldest first, until it fits', async () => {
  const clock = new ManualClock(0)
  const stream = await open({ clock, partitions: 2 })
  const large = (partition: number) => ({ key: 'k', bytes: new Uint8Array(1000), partition })
  await stream.append(Array.from({ length: 8000 }, () => large(0)))
  await clock.advance(1000)
  await stream.append(Array.from({ length: 8000 }, () => large(1)))
  const stored = new Map([0, 1].map((partition) => [partition, 8000]))
  await stream.retain({ keepMs: 1e9, maxBytes: 12_000_000, stored })
  expect([await stream.first(0), await stream.first(1)]).toEqual([5000, 0])
  await stream.retain({ keepMs: 1e9, maxBytes: 1, stored: new Map([[0, 6000]]) })
  expect([await stream.first(0), await stream.first(1)]).toEqual([6000, 0])
})

test('reading from a position that was trimmed, or that never was, is an error that names both', async () => {
  const stream = await open()
  await stream.append(numbered(0, 10))
  await stream.trim(0, 5)
  const from = (position: number) =>
    stream.consume(0, position, { maxRecords: 10, signal: new AbortController().signal })[Symbol.asyncIterator]().next()
  await expect(from(3)).rejects.toThrow(/position 3, and holds 5 to 10.*trimmed/)
  await expect(from(11)).rejects.toThrow(/position 11, and holds 5 to 10.*do not belong together/)
})

test('large records come in batches that fit into memory', async () => {
  const stream = await open()
  const large = Array.from({ length: 12 }, () => ({ key: 'k', bytes: new Uint8Array(2 * 1024 * 1024) }))
  await stream.append(large)
  const batches: number[] = []
  const abort = new AbortController()
  for await (const batch of stream.consume(0, 0, { maxRecords: 1000, signal: abort.signal })) {
    batches.push(batch.length)
    if (batch.at(-1)!.position === 11) abort.abort()
  }
  expect(batches).toEqual([4, 4, 4])
})

test('another number of partitions than the file has is refused, with what to do', async () => {
  await (await open({ partitions: 2 })).close()
  await expect(open({ partitions: 3 })).rejects.toThrow(
    /has 2 partitions; the configuration says 3.*stream\.partitions to 2/,
  )
  expect((await readAll(await open({ partitions: 2 }))).length).toBe(0)
})
