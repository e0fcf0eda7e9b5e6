// NATS JetStream, a real server, through the stream contract; and a server that falls.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { openNatsStream } from '../../src/stream/nats.ts'
import { findNats, type NatsServer, startNats } from '../rig/servers/nats.ts'
import { numbered, readAll, streamContract, text } from './stream.ts'

const found = findNats()

describe.skipIf('missing' in found)('missing' in found ? found.missing : 'NATS', () => {
  let server: NatsServer
  let names = 0

  beforeAll(async () => {
    server = await startNats()
  })
  afterAll(() => server.destroy())

  const open = (name: string, partitions: number) =>
    openNatsStream({ servers: [server.server], name, partitions, replicas: 1, clock: systemClock })

  streamContract('the NATS stream', async (partitions) => {
    const name = `events-${names++}`
    return { open: () => open(name, partitions), destroy: async () => {} }
  })

  test('a reader goes on where it was when its server falls and comes back', async () => {
    const stream = await open('restarted', 1)
    const heard: string[] = []
    const abort = new AbortController()
    const reading = (async () => {
      for await (const batch of stream.consume(0, 0, { maxRecords: 10, signal: abort.signal })) {
        heard.push(...batch.map(text))
        if (heard.length >= 40) abort.abort()
      }
    })()
    await stream.append(numbered(0, 20))
    await server.stop('SIGTERM')
    await sleep(300)
    await server.start()
    await stream.append(numbered(20, 20))
    await reading
    expect(heard).toEqual(Array.from({ length: 40 }, (_, i) => String(i)))
    await stream.close()
  })

  test('fewer partitions than there are would take keys from their order, and are refused', async () => {
    await (await open('narrowed', 3)).close()
    await expect(open('narrowed', 2)).rejects.toMatchObject({ code: 'STREAM_PARTITIONS' })
    expect(await readAll(await open('narrowed', 3))).toEqual([])
  })
})
