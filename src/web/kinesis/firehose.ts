// Firehose's operations: records of one or many lines in, each line an event of the stream out.

import { randomUUID } from 'node:crypto'
import { TocsinError } from '../../core/error.ts'
import type { AppendRecord, Stream } from '../../stream/stream.ts'
import { Lines } from '../body.ts'
import { keyOf, readEvents } from '../intake.ts'
import type { Input } from './input.ts'
import { arnOf, type StreamNames } from './names.ts'
import type { Operation } from './operations.ts'

export type FirehoseParts = {
  readonly append: Stream['append']
  readonly names: StreamNames
  /** Columns that keep their order: Firehose has no partition key. */
  readonly keyColumns: readonly string[]
}

const maxRecordBytes = 1_024_000
const maxRequestBytes = 4 * 1_048_576

export function firehoseOperations(parts: FirehoseParts): Readonly<Record<string, Operation>> {
  return {
    putRecord: async (input) => {
      nameOf(input, parts)
      await put([input.structure('Record')], parts)
      return { RecordId: recordId(), Encrypted: false }
    },
    putRecordBatch: async (input) => {
      nameOf(input, parts)
      const records = input.list('Records', { max: 500 })
      await put(records, parts)
      const RequestResponses = records.map(() => ({ RecordId: recordId() }))
      return { FailedPutCount: 0, Encrypted: false, RequestResponses }
    },
    describeDeliveryStream: async (input) => {
      const name = nameOf(input, parts)
      return {
        DeliveryStreamDescription: {
          ...{ DeliveryStreamName: name, DeliveryStreamARN: arnOf('firehose', name), DeliveryStreamStatus: 'ACTIVE' },
          ...{ DeliveryStreamType: 'DirectPut', VersionId: '1', Destinations: [], HasMoreDestinations: false },
        },
      }
    },
    listDeliveryStreams: async () => ({ DeliveryStreamNames: parts.names.all(), HasMoreDeliveryStreams: false }),
  }
}

function nameOf(input: Input, { names }: FirehoseParts): string {
  const name = input.string('DeliveryStreamName', { min: 1, max: 64, pattern: /^[a-zA-Z0-9_.-]+$/ })
  names.check(name)
  return name
}

// Firehose joins records without anything between them, so producers end their lines themselves, and may send many in one record.
async function put(inputs: readonly Input[], { append, keyColumns }: FirehoseParts): Promise<void> {
  const blobs = inputs.map((input) => input.blob('Data', maxRecordBytes))
  if (blobs.reduce((sum, { length }) => sum + length, 0) > maxRequestBytes)
    throw new TocsinError('AWS_INVALID_ARGUMENT', `Records size exceeds ${maxRequestBytes / 1_048_576} MB limit`)
  await append(blobs.flatMap((bytes) => recordsOf(bytes, keyColumns)))
}

function recordsOf(bytes: Uint8Array, keyColumns: readonly string[]): AppendRecord[] {
  return readEvents(new Lines(bytes), undefined, 0).map((event) => ({
    key: keyOf(event, keyColumns),
    bytes: event.bytes,
  }))
}

function recordId(): string {
  return randomUUID().replaceAll('-', '').repeat(4)
}
