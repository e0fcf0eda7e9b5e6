// What was sent, accepted, stored and heard in, what of it is lost or doubled out: the one check that every run ends with.

import { isDeepStrictEqual } from 'node:util'
import type { Delivery } from '../../src/core/alert.ts'
import type { Store } from '../../src/store/store.ts'
import type { Stream, StreamRecord } from '../../src/stream/stream.ts'
import { carefulReader } from '../simulate/careful-reader.ts'
import { detector } from '../simulate/detector.ts'
import { storedOutcome } from '../simulate/stored-outcome.ts'

export type Verdict = { readonly lost: number; readonly doubled: number; readonly problems: readonly string[] }

export type Evidence = {
  readonly stream: Stream
  readonly store: Store
  /** Ids of the events whose append was answered. */
  readonly accepted: ReadonlySet<string>
  /** Every message as the receiver heard it, in order. */
  readonly heard: readonly Pick<Delivery, 'id' | 'message'>[]
}

/** Every event stored once, every alert once, every message heard under its own key with one content, every position at its end. */
export async function judge({ stream, store, accepted, heard }: Evidence): Promise<Verdict> {
  const partitions = Array.from({ length: stream.partitions }, (_, i) => i)
  const records = await Promise.all(partitions.map((partition) => recordsOf(stream, partition)))
  const [expected, found] = [carefulReader(records), await storedOutcome(store, stream.partitions)]
  const alerts = await Array.fromAsync(store.eachAlert({ detector }))
  const deliveries = await store.deliveries({ detector, limit: 1000 })
  const keys = new Set(heard.map(({ id }) => id))
  const contents = new Set(heard.map(({ id, message }) => `${id} ${JSON.stringify(message)}`))
  const ids = found.decisions.map((line) => line.split(' ')[0]!)
  const stored = new Set(ids)

  const problems: string[] = []
  for (const part of ['decisions', 'deadLetters', 'alerts', 'duplicates', 'watermarks'] as const)
    if (!isDeepStrictEqual(found[part], expected[part]))
      problems.push(`${part}: expected ${JSON.stringify(expected[part])}; found ${JSON.stringify(found[part])}`)
  for (const partition of partitions) {
    const [{ next }, end] = [await store.partition(detector, partition), await stream.end(partition)]
    if (next !== end) problems.push(`partition ${partition} stands at ${next}; its end is ${end}`)
  }
  const lost = [
    ...[...accepted].filter((id) => !stored.has(id)),
    ...expected.alerts.filter((id) => !found.alerts.includes(id)),
    ...alerts.filter((alert) => alert.deliveries.length === 0).map(({ id }) => `message of ${id}`),
    ...deliveries.filter(({ id, state }) => state !== 'sent' || !keys.has(id)).map(({ id }) => id),
  ]
  const doubled = [
    ...repeated(ids),
    ...repeated(alerts.map(({ eventId }) => eventId)),
    ...alerts.filter((alert) => alert.deliveries.length > 1).map(({ id }) => `message of ${id}`),
    // Heard under a key that is not in the outbox, or under one key with another content: the receiver would take it for a second one.
    ...[...keys].filter((key) => !deliveries.some(({ id }) => id === key)),
    ...repeated([...contents].map((content) => content.split(' ')[0]!)),
  ]
  if (lost.length > 0) problems.push(`lost: ${lost.join(' ')}`)
  if (doubled.length > 0) problems.push(`doubled: ${doubled.join(' ')}`)
  return { lost: lost.length, doubled: doubled.length, problems }
}

function repeated(ids: readonly string[]): string[] {
  return ids.filter((id, i) => ids.indexOf(id) !== i)
}

async function recordsOf(stream: Stream, partition: number): Promise<StreamRecord[]> {
  const [position, end] = [await stream.first(partition), await stream.end(partition)]
  const records: StreamRecord[] = []
  if (position >= end) return records
  const enough = new AbortController()
  for await (const batch of stream.consume(partition, position, { maxRecords: 1000, signal: enough.signal })) {
    records.push(...batch)
    if (batch.at(-1)!.position + 1 >= end) break
  }
  enough.abort()
  return records
}
