// How many records a second the Kinesis door takes through PutRecords, signed and durable, beside kinesalite: `npm run bench:frontdoor [-- --quick]`.
//
// The requests are those of AWS's SDK, recorded once and sent again and again: what is measured is the server, not the client.

import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateStreamCommand, KinesisClient, PutRecordsCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis'
import { http1Handler } from '../src/stream/http1.ts'
import { startKinesalite } from '../test/rig/servers/kinesis.ts'
import { type Figure, measure, publish, ratios, summarise } from './harness.ts'
import { credential, makeDetector } from './stream/detector.ts'
import { startTocsin } from './stream/running.ts'

const isQuick = process.argv.includes('--quick')
const seconds = isQuick ? 3 : 10
const inFlight = 8
const StreamName = 'payments'
const recordBytes = 200

type Recorded = { readonly headers: Record<string, string>; readonly body: Buffer }

/** What the SDK sends for requests of 500 records. */
async function record(count: number): Promise<Recorded[]> {
  const recorded: Recorded[] = []
  const server = createServer(async (incoming, response) => {
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
    recorded.push({ headers, body: Buffer.concat(await incoming.toArray()) })
    response.end('{"FailedRecordCount":0,"Records":[]}')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new KinesisClient({
    endpoint,
    region: 'us-east-1',
    credentials: credential,
    requestHandler: http1Handler(),
  })
  for (let i = 0; i < count; i++) {
    const Records = Array.from({ length: 500 }, (_, n) => ({
      PartitionKey: `card-${(i * 500 + n) % 5000}`,
      Data: Buffer.from(JSON.stringify({ id: `${i}-${n}` }).padEnd(recordBytes)),
    }))
    await client.send(new PutRecordsCommand({ StreamName, Records }))
  }
  client.destroy()
  server.close()
  return recorded
}

async function flood(url: string, requests: readonly Recorded[]): Promise<Figure> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  let taken = 0
  const send = ({ headers, body }: Recorded) =>
    new Promise<void>((resolve, reject) => {
      const sent = request(url, { method: 'POST', agent, headers }, async (response) => {
        const answer = JSON.parse(Buffer.concat(await response.toArray()).toString())
        if (response.statusCode !== 200) return reject(new Error(answer.message))
        taken += 500 - answer.FailedRecordCount
        resolve()
      })
      sent.once('error', reject).end(body)
    })
  const start = performance.now()
  const until = start + seconds * 1000
  await Promise.all(
    Array.from({ length: inFlight }, async (_, lane) => {
      for (let i = lane; performance.now() < until; i++) await send(requests[i % requests.length]!)
    }),
  )
  agent.destroy()
  return { metric: 'PutRecords', unit: 'records/s', value: (taken / (performance.now() - start)) * 1000 }
}

const detector = await makeDetector()
const tocsin = {
  name: 'tocsin',
  run: async () => {
    const running = await startTocsin(detector)
    const figure = await flood(running.url, await record(40))
    await running.stop()
    return [figure]
  },
}
const kinesalite = {
  name: 'kinesalite',
  run: async () => {
    const emulator = await startKinesalite()
    const client = new KinesisClient({
      endpoint: emulator.endpoint,
      region: 'us-east-1',
      credentials: credential,
      requestHandler: http1Handler(),
    })
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
    await waitUntilStreamExists({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 20 }, { StreamName })
    const figure = await flood(emulator.endpoint, await record(40))
    client.destroy()
    await emulator.destroy()
    return [figure]
  },
}
const runs = isQuick ? 1 : 3
const measured = await measure({ name: `500 records of ${recordBytes} bytes`, runs, subjects: [tocsin, kinesalite] })
await publish(
  {
    bench: 'frontdoor',
    runs,
    results: summarise(measured),
    ratios: ratios(measured, [
      { of: 'tocsin', to: 'kinesalite', metric: 'PutRecords', target: '>= 1; and 20,000 records/s' },
    ]),
    notes: [
      'Tocsin verifies each signature, answers when the records are on the disk, and meanwhile decides them; kinesalite does none of this and keeps them in memory. Client and server share the machine.',
    ],
  },
  { isQuick },
)
