// A Kinesis data stream in, a partitioned stream out: shards as partitions, parents before their children, positions as the store has them.

import type { KinesisClient, _Record as KinesisRecord, Shard, ShardIteratorType } from '@aws-sdk/client-kinesis'
import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import { http1Handler } from './http1.ts'
import { busy, explainedKinesis } from './kinesisError.ts'
import { partitionOfShard, positionOf, sequenceAt } from './kinesisShard.ts'
import { Latest } from './latest.ts'
import { patiently } from './patience.ts'
import { type AppendGroups, AppendQueue, regroup } from './queue.ts'
import type { Appended, AppendRecord, Stream, StreamRecord } from './stream.ts'

type Sdk = typeof import('@aws-sdk/client-kinesis')

export type KinesisOptions = {
  readonly name: string
  readonly region: string
  /** Where the stream does not exist, it is made with so many shards. */
  readonly partitions: number
  /** Another endpoint than AWS's own. */
  readonly endpoint?: string | undefined
  /** 1.1 for endpoints that know no HTTP/2. */
  readonly http: 1 | 2
  /** Where absent, as AWS's tools find them: environment, files, roles. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
  /** How often an idle shard is asked for more, ms: AWS allows five requests a second and shard, of all readers together. */
  readonly pollMs: number
  readonly clock: Clock
  /** Before each wait for a service that does not answer, or that says it is too much. */
  readonly onWait?: ((error: TocsinError, delayMs: number) => void) | undefined
}

export type KinesisStream = Stream & Required<Pick<Stream, 'assigned'>>

/** Limits of one PutRecords; 5 MiB is what every version of the service takes. */
const maxPutRecords = 500
const maxPutBytes = 4_500_000
const maxGetRecords = 10_000
/** How often to look for shards that were split or merged. */
const reshardPollMs = 10_000
/** Kinesis has no empty key. */
const emptyKey = '\u0000'

/**
 * Opens the stream, or makes it. Partition 12 is shard 12; shards that come by resharding are new partitions, read once their parents
 * are read to the end. A record that the service takes late, because its shard was busy, may come after younger ones of its key.
 * Throws `STREAM_UNREACHABLE`, `STREAM_REFUSED`.
 */
export async function openKinesisStream(options: KinesisOptions): Promise<KinesisStream> {
  const sdk = await import('@aws-sdk/client-kinesis')
  const { region, endpoint, credentials, http } = options
  const client = new sdk.KinesisClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
    ...(http === 1 && { requestHandler: http1Handler() }),
  })
  const stream = new Kinesis(sdk, client, options)
  try {
    await stream.open()
    return stream
  } catch (error) {
    await stream.close()
    throw error
  }
}

class Kinesis implements KinesisStream {
  readonly #sdk: Sdk
  readonly #client: KinesisClient
  readonly #options: KinesisOptions
  readonly #queue: AppendQueue
  readonly #closing = new AbortController()
  #shards = new Map<number, Shard>()
  /** Partitions that were read to the end of a closed shard. */
  readonly #finished = new Set<number>()
  readonly #onFinished = new Set<() => void>()
  /** The newest record of each partition that this process has seen. */
  readonly #last = new Map<number, { readonly next: number; readonly sequence: string }>()

  constructor(sdk: Sdk, client: KinesisClient, options: KinesisOptions) {
    this.#sdk = sdk
    this.#client = client
    this.#options = options
    this.#queue = new AppendQueue({
      commit: (groups) => this.#putAll(groups),
      maxCommitBytes: maxPutBytes,
      isAtomic: false,
    })
  }

  get partitions(): number {
    return Math.max(...this.#shards.keys()) + 1
  }

  async open(): Promise<void> {
    const { name, partitions } = this.#options
    const { CreateStreamCommand, waitUntilStreamExists, DescribeStreamSummaryCommand } = this.#sdk
    const isThere = await this.#explained(async () => {
      try {
        await this.#client.send(new DescribeStreamSummaryCommand({ StreamName: name }))
        return true
      } catch (error) {
        if (error instanceof this.#sdk.ResourceNotFoundException) return false
        throw error
      }
    })
    if (!isThere)
      await this.#explained(() =>
        this.#client.send(new CreateStreamCommand({ StreamName: name, ShardCount: partitions })),
      )
    const wait = { client: this.#client, minDelay: 1, maxDelay: 5, maxWaitTime: 120 }
    await this.#explained(() => waitUntilStreamExists(wait, { StreamName: name }))
    await this.#explained(() => this.#listShards())
  }

  append(records: readonly AppendRecord[]): Promise<readonly Appended[]> {
    return this.#queue.append(records)
  }

  async *consume(
    partition: number,
    position: number,
    { maxRecords, signal }: { readonly maxRecords: number; readonly signal: AbortSignal },
  ): AsyncGenerator<readonly StreamRecord[]> {
    const ended = AbortSignal.any([signal, this.#closing.signal])
    let iterator: string | undefined
    for (let next = position; !ended.aborted; ) {
      const step = await this.#patiently(async () => {
        iterator ??= await this.#iterator(partition, next)
        return await this.#get(iterator, { partition, position: next }, maxRecords)
      }, ended)
      if (step === undefined) return
      // Too old to be used: what is asked for next is begun anew from the place that was reached.
      iterator = step === 'expired' ? undefined : step.iterator
      if (step === 'expired') continue
      if (step.records.length > 0) {
        next = step.records.at(-1)!.position + 1
        yield step.records
      }
      if (iterator === undefined) return this.#finish(partition)
      if (!step.isBehind) await this.#options.clock.sleep(this.#options.pollMs, ended)
    }
  }

  async first(partition: number): Promise<number> {
    const found = await this.#scan(partition, 0, 1)
    return found.first ?? this.end(partition)
  }

  /** Kinesis does not say; found by reading on from what is known. */
  async end(partition: number): Promise<number> {
    return (await this.#scan(partition, this.#last.get(partition)?.next ?? 0, Number.POSITIVE_INFINITY)).next
  }

  async *assigned(signal: AbortSignal): AsyncGenerator<readonly number[]> {
    const ended = AbortSignal.any([signal, this.#closing.signal])
    const changes = new Latest<readonly number[]>(ended)
    const tell = () => changes.put(this.#readable())
    this.#onFinished.add(tell)
    tell()
    void this.#watchShards(tell, ended)
    yield* changes
    this.#onFinished.delete(tell)
  }

  async close(): Promise<void> {
    await this.#queue.close()
    this.#closing.abort()
    this.#client.destroy()
  }

  /** Shards whose parents are read to the end, or gone. */
  #readable(): number[] {
    const isDone = (parent: string | undefined) => {
      const partition = parent === undefined ? undefined : partitionOfShard(parent)
      return partition === undefined || !this.#shards.has(partition) || this.#finished.has(partition)
    }
    return [...this.#shards]
      .filter(([, { ParentShardId, AdjacentParentShardId }]) => isDone(ParentShardId) && isDone(AdjacentParentShardId))
      .map(([partition]) => partition)
  }

  #finish(partition: number): void {
    this.#finished.add(partition)
    for (const tell of this.#onFinished) tell()
  }

  async #watchShards(tell: () => void, ended: AbortSignal): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      await clock.sleep(reshardPollMs, ended)
      const count = this.#shards.size
      await this.#patiently(() => this.#listShards(), ended)
      if (ended.aborted) return
      if (this.#shards.size !== count) tell()
    }
  }

  async #listShards(): Promise<void> {
    const { ListShardsCommand } = this.#sdk
    const shards = new Map<number, Shard>()
    let NextToken: string | undefined
    do {
      const from = NextToken === undefined ? { StreamName: this.#options.name } : { NextToken }
      const answer = await this.#client.send(new ListShardsCommand(from))
      for (const shard of answer.Shards ?? []) shards.set(partitionOfShard(shard.ShardId!), shard)
      NextToken = answer.NextToken
    } while (NextToken !== undefined)
    this.#shards = shards
  }

  async #putAll(groups: AppendGroups): Promise<readonly (readonly Appended[])[]> {
    const answers: Appended[] = []
    for (const piece of inPieces(groups.flat())) answers.push(...(await this.#put(piece)))
    return regroup(groups, answers)
  }

  // What a busy shard did not take is sent again, until everything is taken.
  async #put(records: readonly AppendRecord[]): Promise<Appended[]> {
    const answers = new Array<Appended>(records.length)
    let missing = [...records.keys()]
    const send = async () => {
      const Records = missing.map((i) => this.#entry(records[i]!))
      const command = new this.#sdk.PutRecordsCommand({ StreamName: this.#options.name, Records })
      const sent = (await this.#client.send(command)).Records ?? []
      for (const [n, { SequenceNumber, ShardId }] of sent.entries())
        if (SequenceNumber !== undefined) answers[missing[n]!] = placeOf(ShardId!, SequenceNumber)
      for (const { SequenceNumber, ShardId } of sent)
        if (SequenceNumber !== undefined) this.#know(partitionOfShard(ShardId!), SequenceNumber)
      missing = missing.filter((i) => answers[i] === undefined)
      if (missing.length > 0) throw busy(sent.find(({ ErrorMessage }) => ErrorMessage)?.ErrorMessage)
    }
    const giveUp = AbortSignal.timeout(putTimeoutMs)
    await this.#patiently(send, giveUp)
    if (missing.length > 0) throw busy(`${missing.length} of ${records.length} records after ${putTimeoutMs} ms`)
    return answers
  }

  #entry({ key, bytes, partition }: AppendRecord) {
    const range = partition === undefined ? undefined : this.#shards.get(partition)?.HashKeyRange
    const chosen = range?.StartingHashKey === undefined ? {} : { ExplicitHashKey: range.StartingHashKey }
    return { PartitionKey: key === '' ? emptyKey : key, Data: bytes, ...chosen }
  }

  /** Exactly there where this process knows the record before; else by the number that the position would have; where the service knows
   *  only numbers that it gave, from the oldest record, and what lies before is left out by the reader. */
  async #iterator(partition: number, position: number): Promise<string | undefined> {
    const { ShardId, SequenceNumberRange } = this.#shards.get(partition) ?? unknownShard(partition)
    const ask = async (ShardIteratorType: ShardIteratorType, sequence?: string) => {
      const from = { ShardIteratorType, ...(sequence !== undefined && { StartingSequenceNumber: sequence }) }
      const command = new this.#sdk.GetShardIteratorCommand({ StreamName: this.#options.name, ShardId, ...from })
      return (await this.#client.send(command)).ShardIterator
    }
    const last = this.#last.get(partition)
    if (last?.next === position) return ask('AFTER_SEQUENCE_NUMBER', last.sequence)
    if (position === 0) return ask('TRIM_HORIZON')
    const { ResourceNotFoundException, InvalidArgumentException } = this.#sdk
    return ask('AT_SEQUENCE_NUMBER', sequenceAt(SequenceNumberRange!.StartingSequenceNumber!, position)).catch(
      (error) => {
        if (error instanceof ResourceNotFoundException || error instanceof InvalidArgumentException)
          return ask('TRIM_HORIZON')
        throw error
      },
    )
  }

  async #get(iterator: string | undefined, { partition, position }: Place, limit: number): Promise<Step | 'expired'> {
    const Limit = Math.min(limit, maxGetRecords)
    try {
      const command = new this.#sdk.GetRecordsCommand({ ShardIterator: iterator, Limit })
      const { Records = [], NextShardIterator, MillisBehindLatest = 0 } = await this.#client.send(command)
      const records = Records.map((record) => recordOf(record, partition)).filter(
        (record) => record.position >= position,
      )
      const last = Records.at(-1)?.SequenceNumber
      if (last !== undefined) this.#know(partition, last)
      const isBehind = MillisBehindLatest > 0 || Records.length === Limit
      return { records, iterator: NextShardIterator ?? undefined, isBehind }
    } catch (error) {
      if (error instanceof this.#sdk.ExpiredIteratorException) return 'expired'
      throw error
    }
  }

  /** The first record from the position on, and the position after the last, or after so many. */
  async #scan(
    partition: number,
    position: number,
    maxRecords: number,
  ): Promise<{ first: number | undefined; next: number }> {
    let first: number | undefined
    let next = position
    let count = 0
    let iterator = await this.#explained(() => this.#iterator(partition, position))
    while (iterator !== undefined && count < maxRecords) {
      const from: string = iterator
      const step = await this.#explained(() =>
        this.#get(from, { partition, position }, Math.min(maxRecords, maxGetRecords)),
      )
      if (step === 'expired') throw busy('the iterator expired while it was used')
      first ??= step.records[0]?.position
      next = (step.records.at(-1)?.position ?? next - 1) + 1
      count += step.records.length
      iterator = step.isBehind ? step.iterator : undefined
    }
    return { first, next }
  }

  #know(partition: number, sequence: string): void {
    const next = positionOf(sequence) + 1
    if (next > (this.#last.get(partition)?.next ?? 0)) this.#last.set(partition, { next, sequence })
  }

  #patiently<T>(work: () => Promise<T>, ended: AbortSignal): Promise<T | undefined> {
    const { clock, onWait } = this.#options
    return patiently(() => this.#explained(work), { clock, onWait, ended })
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw explainedKinesis(error, this.#options)
    }
  }
}

type Place = { readonly partition: number; readonly position: number }

type Step = {
  readonly records: readonly StreamRecord[]
  /** Undefined at the end of a closed shard. */
  readonly iterator: string | undefined
  readonly isBehind: boolean
}

const putTimeoutMs = 30_000

function recordOf(
  { SequenceNumber, PartitionKey, Data, ApproximateArrivalTimestamp }: KinesisRecord,
  partition: number,
) {
  return {
    ...{ partition, position: positionOf(SequenceNumber!), bytes: Data ?? new Uint8Array() },
    key: PartitionKey === emptyKey ? '' : PartitionKey!,
    appendedAt: ApproximateArrivalTimestamp!.getTime(),
  }
}

function placeOf(shardId: string, sequence: string): Appended {
  return { partition: partitionOfShard(shardId), position: positionOf(sequence) }
}

function* inPieces(records: readonly AppendRecord[]): Generator<AppendRecord[]> {
  let piece: AppendRecord[] = []
  let size = 0
  for (const record of records) {
    const bytes = record.bytes.length + 4 * record.key.length
    if (piece.length === maxPutRecords || (piece.length > 0 && size + bytes > maxPutBytes)) {
      yield piece
      piece = []
      size = 0
    }
    piece.push(record)
    size += bytes
  }
  if (piece.length > 0) yield piece
}

function unknownShard(partition: number): never {
  throw new TocsinError(
    'STREAM_POSITION',
    `Kinesis has no shard ${partition} any more; its records are past their retention.`,
  )
}
