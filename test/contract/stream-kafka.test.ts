// Kafka, a real broker, through the stream contract.

import { afterAll, beforeAll, describe } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { openKafkaStream } from '../../src/stream/kafka.ts'
import { findKafka, type KafkaServer, startKafka } from '../rig/servers/kafka.ts'
import { streamContract } from './stream.ts'

const found = findKafka()

describe.skipIf('missing' in found)('missing' in found ? found.missing : 'Kafka', () => {
  let server: KafkaServer
  let topics = 0

  beforeAll(async () => {
    server = await startKafka()
  }, 60_000)
  afterAll(() => server.destroy())

  streamContract('the Kafka stream', async (partitions) => {
    const topic = `events-${topics++}`
    const options = { brokers: [server.broker], topic, partitions, replicas: 1, group: topic, clock: systemClock }
    return {
      open: () => openKafkaStream({ ...options, sessionTimeoutMs: 6000 }),
      destroy: async () => {},
    }
  })
})
