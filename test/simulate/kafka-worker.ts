// A broker, a topic and a data folder in, a worker of the group out: decides what it is assigned until SIGTERM; prints its partitions.

import { alertsOf } from '../../src/alert/alert.ts'
import { runPartitions } from '../../src/app/partitions.ts'
import { systemClock } from '../../src/core/clock.ts'
import { runPartition } from '../../src/loop.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { openKafkaStream } from '../../src/stream/kafka.ts'
import { detector, simulatedScorer } from './detector.ts'

const [broker, topic, dir] = process.argv.slice(2) as [string, string, string]
const clock = systemClock
const stopping = new AbortController()
process.once('SIGTERM', () => stopping.abort())

const store = await openEmbeddedStore({ dir, clock })
const group = { group: topic, partitions: 6, replicas: 1, sessionTimeoutMs: 3000 }
const stream = await openKafkaStream({ brokers: [broker], topic, ...group, clock })

async function* assigned(signal: AbortSignal) {
  for await (const mine of stream.assigned(signal)) {
    process.stdout.write(`${JSON.stringify(mine)}\n`)
    yield mine
  }
}

await runPartitions({
  stream: { partitions: stream.partitions, assigned },
  signal: stopping.signal,
  run: (partition, signal) =>
    runPartition({
      ...{ detector, partition, stream, store, clock, signal, timeZone: 'UTC', allowedLatenessMs: 0, maxRecords: 20 },
      scorer: async () => simulatedScorer(),
      alertsOf,
      onBatch: ({ next }) => stream.reached(partition, next),
    }),
})
await stream.close()
await store.close()
