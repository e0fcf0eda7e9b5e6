import { request as requestHttp1 } from 'node:http'
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  type ShardIteratorType,
} from '@aws-sdk/client-kinesis'
import { decode, encode } from 'cborg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWebRig, type WebRig } from '../../../test/rig/web.ts'
import { hashRange, partitionOfKey, positionOfSequence, sequenceNumber, shardId } from './shards.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret of an example' }
const StreamName = 'transactions'
const ShardId = shardId(0)

let rig: WebRig
let endpoint: string
let client: KinesisClient

beforeAll(async () => {
  rig = await openWebRig({ awsCredentials: [credentials] })
  endpoint = await rig.app.listen({ host: '127.0.0.1', port: 0 })
  client = new KinesisClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 })
})
afterAll(async () => {
  client.destroy()
  await rig.close()
})

const put = (...texts: string[]) =>
  client.send(
    new PutRecordsCommand({
      StreamName,
      Records: texts.map((text) => ({ PartitionKey: text, Data: new TextEncoder().encode(text) })),
    }),
  )
const iterator = async (type: ShardIteratorType, more: { StartingSequenceNumber?: string; Timestamp?: Date } = {}) =>
  (await client.send(new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: type, ...more })))
    .ShardIterator
const read = async (ShardIterator: string | undefined) => {
  const {
    Records = [],
    NextShardIterator,
    MillisBehindLatest,
  } = await client.send(new GetRecordsCommand({ ShardIterator }))
  return { texts: Records.map(({ Data }) => Buffer.from(Data!).toString()), NextShardIterator, MillisBehindLatest }
}
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => 'no error',
    (error: Error) => `${error.name}: ${error.message}`,
  )

describe("AWS's JavaScript client, as it is: HTTP/2 without TLS, JSON", () => {
  test('what is put is got again, in order, from each kind of iterator', async () => {
    const latest = await iterator('LATEST')
    const { Records: placed = [], FailedRecordCount } = await put('one', 'two', 'three')
    expect(FailedRecordCount).toBe(0)
    expect(placed.every((record) => record.ShardId === ShardId)).toBe(true)
    const second = placed[1]!.SequenceNumber!
    const whole = await read(await iterator('TRIM_HORIZON'))
    expect(whole).toMatchObject({ texts: ['one', 'two', 'three'], MillisBehindLatest: 0 })
    expect((await read(latest)).texts).toEqual(['one', 'two', 'three'])
    expect((await read(await iterator('AT_SEQUENCE_NUMBER', { StartingSequenceNumber: second }))).texts).toEqual([
      'two',
      'three',
    ])
    expect((await read(await iterator('AFTER_SEQUENCE_NUMBER', { StartingSequenceNumber: second }))).texts).toEqual([
      'three',
    ])
    expect((await read(await iterator('AT_TIMESTAMP', { Timestamp: new Date(0) }))).texts).toEqual([
      'one',
      'two',
      'three',
    ])
    expect((await read(await iterator('AT_TIMESTAMP', { Timestamp: new Date() }))).texts).toEqual([])
    expect((await read(whole.NextShardIterator)).texts).toEqual([])
    await put('four')
    expect((await read(whole.NextShardIterator)).texts).toEqual(['four'])
  })

  test('a single record is put, its key and time come with it', async () => {
    const before = Date.now() - 1
    const at = await iterator('LATEST')
    const Data = new Uint8Array([0, 255, 10])
    const { SequenceNumber } = await client.send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data }))
    const { Records } = await client.send(new GetRecordsCommand({ ShardIterator: at }))
    expect(Records).toMatchObject([{ SequenceNumber, PartitionKey: 'k' }])
    expect([...Records![0]!.Data!]).toEqual([...Data])
    expect(Records![0]!.ApproximateArrivalTimestamp!.getTime()).toBeGreaterThanOrEqual(before)
  })

  test('a stream is made, described, listed and deleted', async () => {
    await client.send(new CreateStreamCommand({ StreamName: 'made', ShardCount: 1 }))
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: 'made' }))
    expect(StreamDescription).toMatchObject({ StreamName: 'made', StreamStatus: 'ACTIVE', HasMoreShards: false })
    expect(StreamDescription!.Shards).toMatchObject([{ ShardId, HashKeyRange: hashRange(0, 1) }])
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: 'made' }))
    expect(StreamDescriptionSummary).toMatchObject({ OpenShardCount: 1, StreamARN: StreamDescription!.StreamARN })
    expect((await client.send(new ListStreamsCommand({}))).StreamNames).toContain('made')
    expect((await client.send(new ListShardsCommand({ StreamName: 'made' }))).Shards).toHaveLength(1)
    expect(await refusal(client.send(new CreateStreamCommand({ StreamName: 'made', ShardCount: 1 })))).toBe(
      'ResourceInUseException: Stream made under account 000000000000 already exists.',
    )
    await client.send(new DeleteStreamCommand({ StreamName: 'made' }))
    expect(await refusal(client.send(new DescribeStreamCommand({ StreamName: 'made' })))).toBe(
      'ResourceNotFoundException: Stream made under account 000000000000 not found.',
    )
  })

  test('what is wrong is refused with the error that the client knows', async () => {
    const Data = new Uint8Array(1)
    const sent: Promise<unknown>[] = [
      client.send(new PutRecordCommand({ StreamName, PartitionKey: '', Data })),
      client.send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data, ExplicitHashKey: String(1n << 128n) })),
      client.send(new PutRecordsCommand({ StreamName, Records: [] })),
      client.send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: new Uint8Array(1_048_577) })),
      client.send(new GetRecordsCommand({ ShardIterator: 'none' })),
      iterator('AT_SEQUENCE_NUMBER'),
      iterator('AT_SEQUENCE_NUMBER', { StartingSequenceNumber: '12' }),
      client.send(new GetShardIteratorCommand({ StreamName, ShardId: shardId(7), ShardIteratorType: 'LATEST' })),
    ]
    expect((await Promise.all(sent.map(refusal))).map((text) => text.slice(0, 72))).toEqual([
      "ValidationException: 1 validation error detected: Value '' at 'partition",
      'InvalidArgumentException: Invalid ExplicitHashKey. ExplicitHashKey must ',
      "ValidationException: 1 validation error detected: Value '[…]' at 'record",
      'ValidationException: 1 validation error detected: Value of 1048577 bytes',
      'InvalidArgumentException: Invalid ShardIterator.',
      'InvalidArgumentException: Must either specify (1) AT_SEQUENCE_NUMBER or ',
      'InvalidArgumentException: StartingSequenceNumber 12 used in GetShardIter',
      'ResourceNotFoundException: Shard shardId-000000000007 in stream transact',
    ])
  })

  test('a wrong secret and an unknown key are refused', async () => {
    for (const [wrong, name] of [
      [{ ...credentials, secretAccessKey: 'another' }, 'InvalidSignatureException'],
      [{ ...credentials, accessKeyId: 'AKIDNOBODY' }, 'UnrecognizedClientException'],
    ] as const) {
      const other = new KinesisClient({ endpoint, region: 'eu-west-1', credentials: wrong, maxAttempts: 1 })
      expect(await refusal(other.send(new ListStreamsCommand({})))).toMatch(name)
      other.destroy()
    }
  })
})

describe('without a signature to make', () => {
  let open: WebRig
  let url: string
  beforeAll(async () => {
    open = await openWebRig()
    url = await open.app.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(() => open.close())

  const ask = (target: string, contentType: string, body: Uint8Array) =>
    new Promise<{ status: number | undefined; type: string | undefined; body: Buffer }>((resolve, reject) => {
      const headers = { 'x-amz-target': target, 'content-type': contentType }
      const request = requestHttp1(url, { method: 'POST', headers }, async (response) => {
        const { statusCode: status, headers } = response
        resolve({ status, type: headers['content-type'], body: Buffer.concat(await response.toArray()) })
      })
      request.once('error', reject).end(body)
    })
  const cborType = 'application/x-amz-cbor-1.1'

  test('CBOR over HTTP/1.1, as the Java clients speak: bytes as bytes, times in tagged milliseconds', async () => {
    const Records = [{ PartitionKey: 'k', Data: new Uint8Array([1, 0, 255]) }]
    const answer = await ask('Kinesis_20131202.PutRecords', cborType, encode({ StreamName, Records }))
    expect([answer.status, answer.type]).toEqual([200, cborType])
    expect(decode(answer.body)).toMatchObject({ FailedRecordCount: 0, Records: [{ ShardId }] })
    const asked = encode({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
    const found = decode((await ask('Kinesis_20131202.GetShardIterator', cborType, asked)).body)
    const got = await ask('Kinesis_20131202.GetRecords', cborType, encode(found))
    const tags = { 1: (content: () => unknown) => new Date(Number(content())) }
    const [record] = decode(got.body, { tags }).Records
    expect([...record.Data]).toEqual([1, 0, 255])
    expect(Math.abs(Date.now() - record.ApproximateArrivalTimestamp.getTime())).toBeLessThan(60_000)
    const refused = await ask('Kinesis_20131202.PutRecords', cborType, encode({ StreamName }))
    expect([refused.status, decode(refused.body).__type]).toEqual([400, 'ValidationException'])
  })

  test.each([
    [
      'a body that is no JSON',
      'Kinesis_20131202.PutRecord',
      'application/x-amz-json-1.1',
      '{',
      'SerializationException',
    ],
    [
      'a member of a wrong type',
      'Kinesis_20131202.PutRecord',
      'application/x-amz-json-1.1',
      '{"StreamName":1}',
      'SerializationException',
    ],
    [
      'data that is no base64',
      'Kinesis_20131202.PutRecord',
      'application/x-amz-json-1.1',
      '{"StreamName":"a","PartitionKey":"k","Data":"!"}',
      'SerializationException',
    ],
    [
      'an operation that is none',
      'Kinesis_20131202.Guess',
      'application/x-amz-json-1.1',
      '{}',
      'UnknownOperationException',
    ],
    ['another content type', 'Kinesis_20131202.PutRecord', 'text/plain', '{}', 'UnknownOperationException'],
    ['no body', 'Kinesis_20131202.PutRecord', 'application/x-amz-json-1.1', '', 'SerializationException'],
  ])('%s is refused', async (_, target, contentType, body, expected) => {
    const answer = await ask(target, contentType, Buffer.from(body))
    expect([answer.status, JSON.parse(answer.body.toString()).__type]).toEqual([400, expected])
  })

  test('a record of Firehose may hold many lines: each is an event, in the order of its card', async () => {
    const lines = (...ids: string[]) => ids.map((id) => `{"transaction_id":"${id}","card":"c"}\n`).join('')
    const record = (text: string) => ({ Data: Buffer.from(text).toString('base64') })
    const body = { DeliveryStreamName: 'delivery', Records: [record(lines('a', 'b')), record(lines('c'))] }
    const before = await open.stream.end(0)
    const answer = await ask(
      'Firehose_20150804.PutRecordBatch',
      'application/x-amz-json-1.1',
      Buffer.from(JSON.stringify(body)),
    )
    expect(JSON.parse(answer.body.toString())).toMatchObject({ FailedPutCount: 0, RequestResponses: [{}, {}] })
    expect(await open.stream.end(0)).toBe(before + 3)
  })

  test('the rest of the server answers on the same port, before and after', async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })
})

test('where there is a token and no key to sign with, the door is closed', async () => {
  const guarded = await openWebRig({ token: 'a token of some length' })
  const url = await guarded.app.listen({ host: '127.0.0.1', port: 0 })
  const headers = { 'x-amz-target': 'Kinesis_20131202.ListStreams', 'content-type': 'application/x-amz-json-1.1' }
  const answer = await fetch(url, { method: 'POST', headers, body: '{}' })
  expect([answer.status, await answer.json()]).toMatchObject([400, { __type: 'UnrecognizedClientException' }])
  await guarded.close()
})

describe('shards and sequence numbers', () => {
  test('the ranges of the shards cover every hash once, and a key lies in the range of its shard', () => {
    for (const partitions of [1, 3, 7, 256]) {
      const ranges = Array.from({ length: partitions }, (_, partition) => hashRange(partition, partitions))
      expect(ranges[0]!.StartingHashKey).toBe('0')
      expect(BigInt(ranges.at(-1)!.EndingHashKey)).toBe((1n << 128n) - 1n)
      for (let i = 1; i < partitions; i++)
        expect(BigInt(ranges[i]!.StartingHashKey)).toBe(BigInt(ranges[i - 1]!.EndingHashKey) + 1n)
      for (const [i, { StartingHashKey, EndingHashKey }] of ranges.entries()) {
        expect(partitionOfKey('k', StartingHashKey, partitions)).toBe(i)
        expect(partitionOfKey('k', EndingHashKey, partitions)).toBe(i)
      }
    }
    // md5("a") = 0cc175b9…, md5("b") = 92eb5ffe…
    expect([partitionOfKey('a', undefined, 2), partitionOfKey('b', undefined, 2)]).toEqual([0, 1])
  })

  test('a sequence number names its shard and position, and goes up with them', () => {
    const numbers = [-1, 0, 1, 5, 1e6, 2 ** 52].map((position) => sequenceNumber(3, position))
    expect(numbers.map((number) => positionOfSequence(3, number))).toEqual([-1, 0, 1, 5, 1e6, 2 ** 52])
    const values = numbers.map(BigInt)
    expect(values.every((value, i) => i === 0 || value > values[i - 1]!)).toBe(true)
    expect(positionOfSequence(2, numbers[1]!)).toBeUndefined()
    expect(positionOfSequence(3, `${numbers[1]!}0`)).toBeUndefined()
  })
})
