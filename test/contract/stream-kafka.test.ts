// Kafka, a real broker, through the stream contract.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { openKafkaStream } from '../../src/stream/kafka.ts'
import { findKafka, type KafkaServer, startKafka } from '../rig/servers/kafka.ts'
import { read, streamContract, text } from './stream.ts'

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

  test('dead letters are told in a topic of their own, as they came, with where from and why', async () => {
    const options = { brokers: [server.broker], partitions: 1, replicas: 1, sessionTimeoutMs: 6000, clock: systemClock }
    const stream = await openKafkaStream({ ...options, topic: 'told', group: 'told', deadLetterTopic: 'graves' })
    const bytes = Buffer.from('{"broken')
    await stream.bury!([{ partition: 0, position: 7, bytes, code: 'EVENT_NOT_JSON', reason: 'it ends too early' }])
    const graves = await openKafkaStream({ ...options, topic: 'graves', group: 'graves' })
    expect((await read(graves, 0)).map((record) => [record.key, text(record)])).toEqual([['0-7', '{"broken']])
    await Promise.all([stream.close(), graves.close()])
  })
})
