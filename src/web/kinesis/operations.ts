// Kinesis's operations: checked input in, the answer's members out; the stream of the app behind them.

import type { Clock } from '../../core/clock.ts'
import { TocsinError } from '../../core/error.ts'
import type { Stream, StreamRecord } from '../../stream/stream.ts'
import type { Input } from './input.ts'
import { account, arnOf, nameOf, type StreamNames } from './names.ts'
import {
  type createIterators,
  hashRange,
  type Place,
  partitionOfKey,
  partitionOfShard,
  positionOfSequence,
  sequenceNumber,
  shardId,
} from './shards.ts'

export type KinesisParts = {
  readonly append: Stream['append']
  readonly reading: Pick<Stream, 'partitions' | 'consume' | 'first' | 'end'>
  readonly names: StreamNames
  readonly iterators: ReturnType<typeof createIterators>
  readonly clock: Clock
}

/** Under its name, in camel case. An empty answer has no body. */
export type Operation = (input: Input) => Promise<object | undefined>

const maxRecordBytes = 1_048_576
const maxRequestBytes = 10 * 1_048_576
const maxReadBytes = 10 * 1_048_576
const iteratorLifeMs = 300_000
/** Until when a reader waits for records that are there; longer is a fault of the stream. */
const readTimeoutMs = 5_000

export function kinesisOperations(parts: KinesisParts): Readonly<Record<string, Operation>> {
  return {
    createStream: async (input) => {
      const name = nameOf(input)
      input.optionalNumber('ShardCount', { min: 1, max: 100_000 })
      parts.names.create(name)
      return undefined
    },
    deleteStream: async (input) => {
      parts.names.delete(nameOf(input))
      return undefined
    },
    describeStream: async (input) => ({ StreamDescription: describe(input, parts) }),
    describeStreamSummary: async (input) => {
      const { Shards: _, HasMoreShards: __, ...rest } = describe(input, parts)
      return { StreamDescriptionSummary: { ...rest, OpenShardCount: parts.reading.partitions, ConsumerCount: 0 } }
    },
    listStreams: async (input) => listStreams(input, parts),
    listShards: async (input) => {
      const after = input.optionalString('ExclusiveStartShardId', { min: 1, max: 128 })
      const max = input.optionalNumber('MaxResults', { min: 1, max: 10_000 }) ?? 1000
      // All fit into one answer: there is no next token to come with.
      if (input.optionalString('NextToken') !== undefined)
        throw new TocsinError(
          'AWS_EXPIRED_NEXT_TOKEN',
          'The NextToken is not one of this server; begin again without it.',
        )
      parts.names.check(nameOf(input))
      return { Shards: shardsAfter(after, parts).slice(0, max) }
    },
    putRecord: async (input) => {
      parts.names.check(nameOf(input))
      const [answer] = await put([input], parts)
      return { ...answer, EncryptionType: 'NONE' }
    },
    putRecords: async (input) => {
      parts.names.check(nameOf(input))
      const Records = await put(input.list('Records', { max: 500 }), parts)
      return { EncryptionType: 'NONE', FailedRecordCount: 0, Records }
    },
    getShardIterator: async (input) => getShardIterator(input, parts),
    getRecords: async (input) => getRecords(input, parts),
  }
}

async function put(inputs: readonly Input[], { append, reading }: KinesisParts) {
  let size = 0
  const records = inputs.map((input) => {
    const key = input.string('PartitionKey', { min: 1, max: 256 })
    const hash = input.optionalString('ExplicitHashKey', { pattern: /^(0|[1-9]\d{0,38})$/ })
    const bytes = input.blob('Data', maxRecordBytes)
    size += bytes.length + key.length
    return { key, bytes, partition: partitionOfKey(key, hash, reading.partitions) }
  })
  if (size > maxRequestBytes)
    throw new TocsinError('AWS_INVALID_ARGUMENT', `Records size exceeds ${maxRequestBytes / 1_048_576} MB limit`)
  const places = await append(records)
  return places.map(({ partition, position }) => ({
    SequenceNumber: sequenceNumber(partition, position),
    ShardId: shardId(partition),
  }))
}

function describe(input: Input, parts: KinesisParts) {
  const name = nameOf(input)
  parts.names.check(name)
  const limit = input.optionalNumber('Limit', { min: 1, max: 10_000 }) ?? 100
  const after = input.optionalString('ExclusiveStartShardId', { min: 1, max: 128 })
  const shards = shardsAfter(after, parts)
  return {
    ...summary(input, name),
    EncryptionType: 'NONE',
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    HasMoreShards: shards.length > limit,
    RetentionPeriodHours: 24,
    Shards: shards.slice(0, limit),
  }
}

/** Records are older than the name that AWS's clients know them by; any instant before them will do. */
const createdAt = Date.UTC(2020, 0, 1)

function summary({ wire }: Input, name: string) {
  return {
    StreamName: name,
    StreamARN: arnOf('kinesis', name),
    StreamStatus: 'ACTIVE',
    StreamModeDetails: { StreamMode: 'PROVISIONED' },
    StreamCreationTimestamp: wire.writeTime(createdAt),
  }
}

function listStreams(input: Input, { names }: KinesisParts) {
  const limit = input.optionalNumber('Limit', { min: 1, max: 10_000 }) ?? 100
  const after = input.optionalString('NextToken') ?? input.optionalString('ExclusiveStartStreamName') ?? ''
  const later = names.all().filter((name) => name > after)
  const StreamNames = later.slice(0, limit)
  const HasMoreStreams = later.length > limit
  return {
    StreamNames,
    HasMoreStreams,
    StreamSummaries: StreamNames.map((name) => summary(input, name)),
    ...(HasMoreStreams && { NextToken: StreamNames.at(-1) }),
  }
}

function shardsAfter(after: string | undefined, { reading: { partitions } }: KinesisParts) {
  return Array.from({ length: partitions }, (_, partition) => ({
    ShardId: shardId(partition),
    HashKeyRange: hashRange(partition, partitions),
    SequenceNumberRange: { StartingSequenceNumber: sequenceNumber(partition, -1) },
  })).filter(({ ShardId }) => after === undefined || ShardId > after)
}

const iteratorTypes = ['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_TIMESTAMP', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']

async function getShardIterator(input: Input, parts: KinesisParts) {
  const stream = nameOf(input)
  parts.names.check(stream)
  const id = input.string('ShardId', { min: 1, max: 128, pattern: /^[a-zA-Z0-9_.-]+$/ })
  const partition = partitionOfShard(id, parts.reading.partitions)
  if (partition === undefined) {
    const message = `Shard ${id} in stream ${stream} under account ${account} does not exist`
    throw new TocsinError('AWS_RESOURCE_NOT_FOUND', message)
  }
  const position = await startOf(input, { id, stream, partition }, parts)
  return { ShardIterator: parts.iterators.write({ stream, partition, position, issuedAt: parts.clock.now() }) }
}

type Shard = { readonly id: string; readonly stream: string; readonly partition: number }

async function startOf(input: Input, shard: Shard, { reading, clock }: KinesisParts): Promise<number> {
  const type = input.string('ShardIteratorType', { oneOf: iteratorTypes })
  if (type === 'TRIM_HORIZON') return reading.first(shard.partition)
  if (type === 'LATEST') return reading.end(shard.partition)
  if (type === 'AT_TIMESTAMP') {
    const time = input.optionalTime('Timestamp')
    if (time === undefined || time > clock.now())
      throw new TocsinError(
        'AWS_INVALID_ARGUMENT',
        'The timestampInMillis parameter is missing or greater than the currentTimestampInMillis.',
      )
    return firstSince(time, shard.partition, reading)
  }
  const position = sequenceOf(input, type, shard)
  return type === 'AT_SEQUENCE_NUMBER' ? Math.max(position, 0) : position + 1
}

function sequenceOf(input: Input, type: string, { id, stream, partition }: Shard): number {
  const sequence = input.optionalString('StartingSequenceNumber')
  if (sequence === undefined) {
    const rule =
      'Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber.'
    throw new TocsinError('AWS_INVALID_ARGUMENT', `${rule} Request specified ${type} and no StartingSequenceNumber.`)
  }
  const position = positionOfSequence(partition, sequence)
  if (position !== undefined) return position
  const place = `on shard ${id} in stream ${stream} under account ${account}`
  throw new TocsinError(
    'AWS_INVALID_ARGUMENT',
    `StartingSequenceNumber ${sequence} used in GetShardIterator ${place} is invalid.`,
  )
}

// Records are in the order of their arrival: halving finds the first of an instant.
async function firstSince(time: number, partition: number, reading: KinesisParts['reading']): Promise<number> {
  let [low, high] = [await reading.first(partition), await reading.end(partition)]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [record] = await readOnce(reading, { partition, position: middle }, 1)
    if (record && record.appendedAt < time) low = record.position + 1
    else high = middle
  }
  return low
}

async function getRecords(input: Input, { reading, names, iterators, clock }: KinesisParts) {
  const limit = input.optionalNumber('Limit', { min: 1, max: 10_000 }) ?? 10_000
  const place = iterators.read(input.string('ShardIterator', { min: 1, max: 512 }))
  if (!place) throw new TocsinError('AWS_INVALID_ARGUMENT', 'Invalid ShardIterator.')
  const now = clock.now()
  if (now - place.issuedAt > iteratorLifeMs) throw expired(place.issuedAt, now)
  names.check(place.stream)
  const records = await readOnce(reading, place, limit)
  const last = records.at(-1)
  const position = last ? last.position + 1 : place.position
  const isBehind = last !== undefined && position < (await reading.end(place.partition))
  return {
    Records: records.map((record) => answerOf(record, input)),
    NextShardIterator: iterators.write({ ...place, position, issuedAt: now }),
    MillisBehindLatest: isBehind ? Math.max(0, now - last.appendedAt) : 0,
  }
}

function answerOf({ partition, position, key, bytes, appendedAt }: StreamRecord, { wire }: Input) {
  return {
    SequenceNumber: sequenceNumber(partition, position),
    ApproximateArrivalTimestamp: wire.writeTime(appendedAt),
    Data: wire.writeBlob(bytes),
    PartitionKey: key,
    EncryptionType: 'NONE',
  }
}

/** What is there from the place on, without waiting for more. A place whose records were let go since moves on to what is held. */
async function readOnce(
  reading: KinesisParts['reading'],
  { partition, position }: Pick<Place, 'partition' | 'position'>,
  maxRecords: number,
): Promise<readonly StreamRecord[]> {
  const start = Math.max(position, await reading.first(partition))
  if (start >= (await reading.end(partition))) return []
  const signal = AbortSignal.timeout(readTimeoutMs)
  for await (const batch of reading.consume(partition, start, { maxRecords, signal }))
    return within(batch, maxReadBytes)
  throw new TocsinError('AWS_INTERNAL_FAILURE', 'The stream did not answer in time; ask again later.')
}

function within(records: readonly StreamRecord[], maxBytes: number): readonly StreamRecord[] {
  let size = 0
  const end = records.findIndex(({ bytes }, i) => {
    size += bytes.length
    return i > 0 && size > maxBytes
  })
  return end === -1 ? records : records.slice(0, end)
}

function expired(issuedAt: number, now: number): TocsinError {
  const [then, here] = [issuedAt, now].map((ms) => new Date(ms).toUTCString())
  const message = `Iterator expired. The iterator was created at time ${then} while right now it is ${here} which is further in the future than the tolerated delay of ${iteratorLifeMs} milliseconds.`
  return new TocsinError('AWS_EXPIRED_ITERATOR', message)
}
