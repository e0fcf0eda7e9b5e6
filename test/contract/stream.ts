// Any stream in, its contract as tests out: what the loop and the producers rely on, whatever carries the records.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AppendRecord, Stream, StreamRecord } from '../../src/stream/stream.ts'

/** One stream's data, opened as often as wanted. */
export type StreamUnderTest = {
  /** Opens the data, with what earlier openings left in it. */
  open(): Promise<Stream>
  /** Removes the data. */
  destroy(): Promise<void>
}

export function streamContract(name: string, create: (partitions: number) => Promise<StreamUnderTest>): void {
  describe(`${name} keeps the stream contract`, () => {
    let data: StreamUnderTest
    let stream: Stream

    beforeEach(async () => {
      data = await create(4)
      stream = await data.open()
    })
    afterEach(async () => {
      await stream.close()
      await data.destroy()
    })

    test('a new stream is empty, and says how many partitions it has', async () => {
      expect(stream.partitions).toBe(4)
      expect(await read(stream, 0)).toEqual([])
    })

    test('what was appended is read as it was: key, bytes, position, time', async () => {
      const before = Date.now()
      const [at] = await stream.append([{ key: 'schlüssel-🔑', bytes: new Uint8Array([0, 255, 10, 13]) }])
      const [record] = await read(stream, at!.partition)
      expect(record).toMatchObject({ ...at, key: 'schlüssel-🔑' })
      expect([...record!.bytes]).toEqual([0, 255, 10, 13])
      expect(record!.appendedAt).toBeGreaterThanOrEqual(before)
      expect(record!.appendedAt).toBeLessThanOrEqual(Date.now())
    })

    test('a producer may choose the partition', async () => {
      const chosen = [2, 0, 2].map((partition, i) => ({ key: 'one', bytes: bytes(i), partition }))
      expect((await stream.append(chosen)).map(({ partition }) => partition)).toEqual([2, 0, 2])
      expect((await read(stream, 2)).map(text)).toEqual(['0', '2'])
    })

    test('the first position is that of the oldest record, and the end where there is none', async () => {
      expect(await stream.first(0)).toBe(await stream.end(0))
      const [at] = await stream.append([{ key: 'one', bytes: bytes(0), partition: 0 }])
      expect(await stream.first(0)).toBe(at!.position)
    })

    test('a record may have no bytes and an empty key', async () => {
      const [at] = await stream.append([{ key: '', bytes: new Uint8Array() }])
      expect((await read(stream, at!.partition)).map(({ key, bytes }) => [key, bytes.length])).toEqual([['', 0]])
    })

    test('the answers stand in the order of the records', async () => {
      const answers = await stream.append(numbered(0, 50))
      for (const [i, { partition, position }] of answers.entries()) {
        const found = (await read(stream, partition)).find((record) => record.position === position)
        expect(text(found!)).toBe(String(i))
      }
    })

    test('records of one key stay in one partition, in the order in which they were appended', async () => {
      for (let start = 0; start < 200; start += 20) await stream.append(numbered(start, 20))
      const seen = new Map<string, { partitions: Set<number>; numbers: number[] }>()
      for (const record of await readAll(stream)) {
        const of = seen.get(record.key) ?? { partitions: new Set(), numbers: [] }
        of.partitions.add(record.partition)
        of.numbers.push(Number(text(record)))
        seen.set(record.key, of)
      }
      expect(seen.size).toBe(7)
      for (const { partitions, numbers } of seen.values()) {
        expect(partitions.size).toBe(1)
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
      }
    })

    test('many keys use every partition', async () => {
      await stream.append(Array.from({ length: 100 }, (_, i) => ({ key: `card-${i}`, bytes: bytes(i) })))
      for (let partition = 0; partition < 4; partition++)
        expect((await read(stream, partition)).length).toBeGreaterThan(5)
    })

    test('positions of a partition go up, and end is the position after the last', async () => {
      await stream.append(numbered(0, 40))
      for (let partition = 0; partition < 4; partition++) {
        const positions = (await read(stream, partition)).map(({ position }) => position)
        expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
        const end = await stream.end(partition)
        if (positions.length > 0) expect(end).toBeGreaterThan(positions.at(-1)!)
      }
    })

    test('reading begins at any position, and gives exactly what is from there on', async () => {
      const answers = await stream.append(Array.from({ length: 25 }, (_, i) => ({ key: 'one', bytes: bytes(i) })))
      const { partition } = answers[0]!
      for (const [i, { position }] of answers.entries())
        expect((await read(stream, partition, position)).map(text)).toEqual(numbersFrom(i, 25))
      expect(await read(stream, partition, await stream.end(partition))).toEqual([])
    })

    test('a batch is never empty and never larger than asked for', async () => {
      await stream.append(Array.from({ length: 25 }, (_, i) => ({ key: 'one', bytes: bytes(i) })))
      const { partition } = (await stream.append([{ key: 'one', bytes: bytes(25) }]))[0]!
      const batches = await readBatches(stream, partition, 0, 10)
      expect(batches.map((batch) => batch.length)).toEqual([10, 10, 6])
    })

    test('everything is there after a reopening, and positions go on where they were', async () => {
      const before = await stream.append(numbered(0, 30))
      const records = await readAll(stream)
      await stream.close()
      stream = await data.open()
      expect(await readAll(stream)).toEqual(records)
      const after = await stream.append(numbered(30, 30))
      for (const { partition, position } of after)
        for (const old of before) if (old.partition === partition) expect(position).toBeGreaterThan(old.position)
    })

    test('many producers at once: every record is there once, each producer in its order', async () => {
      await Promise.all(
        Array.from({ length: 20 }, async (_, producer) => {
          for (let i = 0; i < 10; i++) await stream.append([{ key: `p${producer}`, bytes: bytes(i) }])
        }),
      )
      const records = await readAll(stream)
      expect(records.length).toBe(200)
      for (let producer = 0; producer < 20; producer++)
        expect(records.filter(({ key }) => key === `p${producer}`).map(text)).toEqual(numbersFrom(0, 10))
    })

    test('appends that are not waited for keep their order', async () => {
      await Promise.all(Array.from({ length: 100 }, (_, i) => stream.append([{ key: 'one', bytes: bytes(i) }])))
      expect((await readAll(stream)).map(text)).toEqual(numbersFrom(0, 100))
    })

    test('a reader that waits at the end gets what comes', async () => {
      const { partition } = (await stream.append([{ key: 'one', bytes: bytes(0) }]))[0]!
      const abort = new AbortController()
      const heard: string[] = []
      const reading = (async () => {
        for await (const batch of stream.consume(partition, 0, { maxRecords: 10, signal: abort.signal })) {
          heard.push(...batch.map(text))
          if (heard.length === 3) abort.abort()
        }
      })()
      await stream.append([{ key: 'one', bytes: bytes(1) }])
      await new Promise((resolve) => setTimeout(resolve, 20))
      await stream.append([{ key: 'one', bytes: bytes(2) }])
      await reading
      expect(heard).toEqual(['0', '1', '2'])
    })

    test('two readers of a partition get the same, each for itself', async () => {
      await stream.append(numbered(0, 30))
      const [first, second] = await Promise.all([readAll(stream), readAll(stream)])
      expect(first.length).toBe(30)
      expect(second).toEqual(first)
    })

    test('an abort ends a waiting reader, without error', async () => {
      const abort = new AbortController()
      const reading = collect(stream.consume(0, 0, { maxRecords: 10, signal: abort.signal }))
      await new Promise((resolve) => setTimeout(resolve, 5))
      abort.abort()
      expect(await reading).toEqual([])
    })

    test('an abort before the first read gives nothing', async () => {
      await stream.append(numbered(0, 10))
      expect(await collect(stream.consume(0, 0, { maxRecords: 10, signal: AbortSignal.abort() }))).toEqual([])
    })

    test('close ends a waiting reader, without error', async () => {
      const reading = collect(stream.consume(0, 0, { maxRecords: 10, signal: new AbortController().signal }))
      await new Promise((resolve) => setTimeout(resolve, 5))
      await stream.close()
      expect(await reading).toEqual([])
    })

    test('close first takes what was appended before', async () => {
      const appending = stream.append(numbered(0, 10))
      await stream.close()
      expect((await appending).length).toBe(10)
      stream = await data.open()
      expect((await readAll(stream)).length).toBe(10)
    })

    test('an append after close is refused', async () => {
      await stream.close()
      await expect(stream.append(numbered(0, 1))).rejects.toMatchObject({ code: 'STREAM_CLOSED' })
    })
  })
}

/** `count` records over seven keys; the bytes are the record's number. */
export function numbered(start: number, count: number): AppendRecord[] {
  return Array.from({ length: count }, (_, i) => ({ key: `key-${(start + i) % 7}`, bytes: bytes(start + i) }))
}

const bytes = (number: number): Uint8Array => Buffer.from(String(number))
export const text = (record: StreamRecord): string => Buffer.from(record.bytes).toString()
const numbersFrom = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => String(start + i))

/** What a partition holds from `position` to its end, in batches. */
async function readBatches(stream: Stream, partition: number, position = 0, maxRecords = 1000) {
  const end = await stream.end(partition)
  const abort = new AbortController()
  const batches: (readonly StreamRecord[])[] = []
  if (position >= end) return batches
  for await (const batch of stream.consume(partition, position, { maxRecords, signal: abort.signal })) {
    batches.push(batch)
    if (batch.at(-1)!.position + 1 >= end) abort.abort()
  }
  return batches
}

export async function read(stream: Stream, partition: number, position = 0): Promise<StreamRecord[]> {
  return (await readBatches(stream, partition, position)).flat()
}

export async function readAll(stream: Stream): Promise<StreamRecord[]> {
  const records: StreamRecord[] = []
  for (let partition = 0; partition < stream.partitions; partition++) records.push(...(await read(stream, partition)))
  return records
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
