// Kinesis through the stream contract: both emulators, and Tocsin's own door; and what resharding, old iterators and busy shards do.

import { KinesisClient, MergeShardsCommand, SplitShardCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runPartitions } from '../../src/app/partitions.ts'
import { systemClock } from '../../src/core/clock.ts'
import { TocsinError } from '../../src/core/error.ts'
import { http1Handler } from '../../src/stream/http1.ts'
import { openKinesisStream } from '../../src/stream/kinesis.ts'
import type { AppendRecord } from '../../src/stream/stream.ts'
import { type KinesisEmulator, startKinesalite, startKinesisLocal } from '../rig/servers/kinesis.ts'
import { openWebRig } from '../rig/web.ts'
import { numbered, streamContract, text } from './stream.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret of an example' }
const region = 'us-east-1'
let names = 0

const open = (endpoint: string, name: string, partitions: number) =>
  openKinesisStream({ ...{ name, region, partitions, endpoint, credentials }, http: 1, pollMs: 20, clock: systemClock })

/** Splits shard 0, then merges its second child with shard 1. */
async function reshard(endpoint: string, StreamName: string): Promise<void> {
  const client = new KinesisClient({ endpoint, region, credentials, requestHandler: http1Handler() })
  const active = () => waitUntilStreamExists({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 10 }, { StreamName })
  const NewStartingHashKey = String(1n << 126n)
  await client.send(new SplitShardCommand({ StreamName, ShardToSplit: 'shardId-000000000000', NewStartingHashKey }))
  await active()
  const [ShardToMerge, AdjacentShardToMerge] = ['shardId-000000000003', 'shardId-000000000001']
  await client.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }))
  await active()
  client.destroy()
}

describe.each([
  ['kinesalite', startKinesalite],
  ['kinesis-local', startKinesisLocal],
])('%s', (emulatorName, start) => {
  let emulator: KinesisEmulator
  beforeAll(async () => {
    emulator = await start()
  }, 30_000)
  afterAll(() => emulator.destroy())

  streamContract(`the Kinesis stream over ${emulatorName}`, async (partitions) => {
    const name = `events-${names++}`
    return { open: () => open(emulator.endpoint, name, partitions), destroy: async () => {} }
  })

  test('shards that are split and merged are read after their parents, and nothing is left out', async () => {
    const name = `resharded-${names++}`
    const stream = await open(emulator.endpoint, name, 2)
    await stream.append(numbered(0, 40))
    await reshard(emulator.endpoint, name)
    await stream.append(numbered(40, 40))
    const again = await open(emulator.endpoint, name, 2)
    const heard: number[] = []
    const seen: (readonly number[])[] = []
    const done = new AbortController()
    const run = async (partition: number, signal: AbortSignal) => {
      for await (const batch of again.consume(partition, 0, { maxRecords: 10, signal })) {
        heard.push(...batch.map((record) => Number(text(record))))
        if (heard.length === 80) done.abort()
      }
    }
    const assigned = async function* (signal: AbortSignal) {
      for await (const mine of again.assigned(signal)) {
        seen.push(mine)
        yield mine
      }
    }
    await runPartitions({ stream: { partitions: 2, assigned }, run, signal: done.signal })
    expect(heard.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, i) => i))
    // Shard 0 was split into 2 and 3; 3 and 1 were merged into 4.
    expect(seen[0]).toEqual([0, 1])
    expect(again.partitions).toBe(5)
    for (const key of new Set(numbered(0, 80).map((record) => record.key))) {
      const numbers = heard.filter((number) => `key-${number % 7}` === key)
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
    await stream.close()
    await again.close()
  })
})

describe("Tocsin's own door, over HTTP/2", () => {
  const over = (endpoint: string) =>
    openKinesisStream({
      ...{ name: 'events', region, partitions: 1, endpoint, credentials },
      ...{ http: 2, pollMs: 10, clock: systemClock },
    })

  test('a reader whose iterator has grown too old goes on where it was', async () => {
    let skewMs = 0
    const rig = await openWebRig({ clock: { ...systemClock, now: () => Date.now() + skewMs } })
    const stream = await over(await rig.app.listen({ host: '127.0.0.1', port: 0 }))
    const done = new AbortController()
    const heard: string[] = []
    await stream.append(numbered(0, 3))
    for await (const batch of stream.consume(0, 0, { maxRecords: 10, signal: done.signal })) {
      heard.push(...batch.map(text))
      if (heard.length === 6) done.abort()
      if (heard.length !== 3) continue
      await stream.append(numbered(3, 3))
      skewMs += 6 * 60_000
    }
    expect(heard).toEqual(['0', '1', '2', '3', '4', '5'])
    await stream.close()
    await rig.close()
  })

  test('what a busy shard does not take is sent again until it is taken, once', async () => {
    let refusals = 3
    const taken: number[] = []
    const append = async (records: readonly AppendRecord[]) => {
      if (refusals-- > 0) throw new TocsinError('QUEUE_FULL', 'full')
      taken.push(records.length)
      return records.map((_, position) => ({ partition: 0, position }))
    }
    const rig = await openWebRig({ stream: { append } })
    const stream = await over(await rig.app.listen({ host: '127.0.0.1', port: 0 }))
    expect(await stream.append(numbered(0, 5))).toHaveLength(5)
    expect([refusals, taken]).toEqual([-1, [5]])
    await stream.close()
    await rig.close()
  })
})
