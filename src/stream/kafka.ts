// A topic of Kafka in, a partitioned stream out: the broker's partitions, group and replication, positions as the store has them.

import type { Consumer, Producer, RecordsBatch } from '@platformatic/kafka'
import type { Clock } from '../core/clock.ts'
import type { TocsinError } from '../core/error.ts'
import { explainedKafka, isNamed } from './kafkaError.ts'
import { Latest } from './latest.ts'
import { patiently } from './patience.ts'
import { type AppendGroups, AppendQueue, regroup } from './queue.ts'
import type { Appended, AppendRecord, BuriedRecord, Stream, StreamRecord } from './stream.ts'

type Sdk = typeof import('@platformatic/kafka')

export type KafkaOptions = {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[]
  readonly topic: string
  /** Where the topic does not exist, it is made with so many partitions and copies. */
  readonly partitions: number
  readonly replicas: number
  /** Workers of one group share the partitions. */
  readonly group: string
  readonly tls?: Tls | undefined
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly user: string; readonly password: string } | undefined
  /** Where dead letters are told as well; made with one partition where it does not exist. */
  readonly deadLetterTopic?: string | undefined
  /** A worker that is silent for so long has its partitions given to others, ms. */
  readonly sessionTimeoutMs: number
  readonly clock: Clock
  /** Before each wait for a broker that does not answer. */
  readonly onWait?: ((error: TocsinError, delayMs: number) => void) | undefined
}

/** PEM; `{}`: what the system trusts. */
type Tls = {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}
type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

export type KafkaStream = Stream & Required<Pick<Stream, 'assigned' | 'reached'>>

/** Bytes of one produce request: brokers refuse batches over 1 MB unless they are told otherwise (`message.max.bytes`). */
const maxProduceBytes = 900_000
/** Bytes that one fetch brings into memory at most (one record may be larger). */
const maxFetchBytes = 8 * 1024 * 1024
/** How long a broker holds a fetch that has nothing to answer. */
const fetchWaitMs = 250
/** How often what is stored is told to the broker, for its own displays. */
const reportEveryMs = 2_000

/**
 * Opens the topic, or makes it. `partitions` of the answer is the topic's own number.
 * Producing is idempotent, acknowledged by all replicas in sync; keys go where Kafka's own clients would put them.
 * Throws `STREAM_UNREACHABLE`, `STREAM_REFUSED`.
 */
export async function openKafkaStream(options: KafkaOptions): Promise<KafkaStream> {
  const sdk = await import('@platformatic/kafka')
  const client = clientOptions(options)
  const admin = new sdk.Admin(client)
  try {
    const partitions = await explainedKafka(options, () => ensureTopic(admin, options))
    const { deadLetterTopic: topic, replicas } = options
    if (topic !== undefined) await explainedKafka(options, () => ensureTopic(admin, { topic, partitions: 1, replicas }))
    return new Kafka(sdk, client, partitions, options)
  } finally {
    await admin.close()
  }
}

type ClientOptions = ReturnType<typeof clientOptions>

function clientOptions({ brokers, tls, sasl }: KafkaOptions) {
  return {
    clientId: 'tocsin',
    bootstrapBrokers: [...brokers],
    timeout: 10_000,
    retries: 3,
    retryDelay: 300,
    ...(tls && { tls: defined(tls) }),
    ...(sasl && { sasl: { mechanism: sasl.mechanism, username: sasl.user, password: sasl.password } }),
  }
}

function defined({ ca, cert, key }: Tls) {
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

async function ensureTopic(
  admin: InstanceType<Sdk['Admin']>,
  { topic, partitions, replicas }: Pick<KafkaOptions, 'topic' | 'partitions' | 'replicas'>,
): Promise<number> {
  const topics = await admin.listTopics()
  if (!topics.includes(topic))
    await admin.createTopics({ topics: [topic], partitions, replicas }).catch((error: unknown) => {
      // Another worker may have been faster.
      if (!isNamed(error, 'TOPIC_ALREADY_EXISTS')) throw error
    })
  for (let attempt = 0; ; attempt++) {
    try {
      const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
      return metadata.topics.get(topic)!.partitionsCount
    } catch (error) {
      // A new topic shows a moment later.
      if (attempt === 20 || !isNamed(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

class Kafka implements KafkaStream {
  readonly hasGroup = true
  readonly partitions: number
  readonly #sdk: Sdk
  readonly #client: ClientOptions
  readonly #options: KafkaOptions
  readonly #producer: Producer
  /** Member of the group, and what asks for offsets; reads nothing. */
  readonly #member: Consumer
  readonly #queue: AppendQueue
  readonly bury?: (letters: readonly BuriedRecord[]) => Promise<void>
  readonly #closing = new AbortController()
  readonly #readers = new Set<Consumer>()
  readonly #reached = new Map<number, number>()
  #reporting: NodeJS.Timeout | undefined

  constructor(sdk: Sdk, client: ClientOptions, partitions: number, options: KafkaOptions) {
    this.partitions = partitions
    this.#sdk = sdk
    this.#client = client
    this.#options = options
    this.#producer = new sdk.Producer({ ...client, idempotent: true })
    this.#member = this.#consumer()
    const { deadLetterTopic } = options
    if (deadLetterTopic !== undefined) this.bury = (letters) => this.#bury(deadLetterTopic, letters)
    this.#queue = new AppendQueue({
      commit: (groups) => this.#produce(groups),
      maxCommitBytes: maxProduceBytes,
      isAtomic: false,
    })
  }

  append(records: readonly AppendRecord[]): Promise<readonly Appended[]> {
    return this.#queue.append(records)
  }

  /** What nobody asks for is not fetched: a slow store leaves the records with the broker. */
  async *consume(
    partition: number,
    position: number,
    { maxRecords, signal }: { readonly maxRecords: number; readonly signal: AbortSignal },
  ): AsyncGenerator<readonly StreamRecord[]> {
    const ended = AbortSignal.any([signal, this.#closing.signal])
    // A client of its own: a fetch that waits for records holds up everything behind it on its connection.
    const reader = this.#consumer()
    this.#readers.add(reader)
    try {
      let next = (await this.#patiently(() => this.#start(partition, position), ended)) ?? position
      while (!ended.aborted) {
        const fetched = await this.#patiently(() => this.#fetch(reader, partition, next), ended)
        if (!fetched) break
        for (let start = 0; start < fetched.records.length && !ended.aborted; start += maxRecords)
          yield fetched.records.slice(start, start + maxRecords)
        next = fetched.next
      }
    } finally {
      this.#readers.delete(reader)
      await reader.close(true)
    }
  }

  first(partition: number): Promise<number> {
    return this.#explained(() => this.#offsetAt(partition, earliest))
  }

  end(partition: number): Promise<number> {
    return this.#explained(() => this.#offsetAt(partition, latest))
  }

  async *assigned(signal: AbortSignal): AsyncGenerator<readonly number[]> {
    const ended = AbortSignal.any([signal, this.#closing.signal])
    const changes = new Latest<readonly number[]>(ended)
    const tell = () => changes.put(this.#assignment())
    const rejoin = () => void this.#join(ended).then(tell, (error: unknown) => changes.fail(error))
    const member = this.#member
    member.topics.track(this.#options.topic)
    // A rebalance is the first half of a cooperative one: what was taken away is no longer to be read.
    member.on('consumer:group:join', tell).on('consumer:group:rebalance', tell).on('consumer:heartbeat:stalled', rejoin)
    this.#reporting ??= setInterval(() => void this.#report(), reportEveryMs)
    try {
      rejoin()
      yield* changes
    } finally {
      member
        .off('consumer:group:join', tell)
        .off('consumer:group:rebalance', tell)
        .off('consumer:heartbeat:stalled', rejoin)
      await this.#leave()
    }
  }

  // The record as it came, with where it came from and why it could not be decided as headers.
  async #bury(topic: string, letters: readonly BuriedRecord[]): Promise<void> {
    const messages = letters.map(({ partition, position, bytes, code, reason }) => ({
      ...{ topic, partition: 0, key: Buffer.from(`${partition}-${position}`), value: Buffer.from(bytes) },
      headers: new Map(
        Object.entries({ topic: this.#options.topic, partition, position, code, reason }).map(([name, value]) => [
          Buffer.from(`tocsin-${name}`),
          Buffer.from(String(value)),
        ]),
      ),
    }))
    await this.#explained(() => this.#producer.send({ messages, idempotent: true, acks: -1 }))
  }

  reached(partition: number, next: number): void {
    this.#reached.set(partition, next)
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    await this.#queue.close()
    clearInterval(this.#reporting)
    await this.#report()
    this.#closing.abort()
    await Promise.all([...this.#readers].map((reader) => reader.close(true)))
    await this.#leave()
    await this.#member.close(true)
    await this.#producer.close()
  }

  #consumer(): Consumer {
    const { group, sessionTimeoutMs } = this.#options
    return new this.#sdk.Consumer({
      ...this.#client,
      groupId: group,
      autocommit: false,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 4),
      protocols: [{ name: 'cooperative-sticky', version: 1 }],
      maxWaitTime: fetchWaitMs,
      minBytes: 1,
      maxBytes: maxFetchBytes,
    })
  }

  async #produce(groups: AppendGroups): Promise<readonly (readonly Appended[])[]> {
    const flat = groups.flat()
    const placed: Appended[] = []
    for (const records of inPieces(flat, maxProduceBytes)) placed.push(...(await this.#send(records)))
    return regroup(groups, placed)
  }

  async #send(records: readonly AppendRecord[]): Promise<Appended[]> {
    const { topic } = this.#options
    const messages = records.map(({ key, bytes, partition = this.#partitionOf(key) }) => ({
      topic,
      partition,
      key: Buffer.from(key),
      value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    }))
    const { offsets } = await this.#explained(() => this.#producer.send({ messages, idempotent: true, acks: -1 }))
    const next = new Map(offsets!.map(({ partition, offset }) => [partition, Number(offset)]))
    return messages.map(({ partition }) => {
      const position = next.get(partition)!
      next.set(partition, position + 1)
      return { partition, position }
    })
  }

  // As Java's client does, so that other producers of the same keys keep their order with ours.
  #partitionOf(key: string): number {
    return (this.#sdk.murmur2(Buffer.from(key)) & 0x7fffffff) % this.partitions
  }

  async #fetch(reader: Consumer, partition: number, position: number): Promise<Fetched> {
    const { topic } = this.#options
    reader.topics.clear()
    reader.topics.track(topic)
    const metadata = await reader.metadata({ topics: [topic] })
    const { id, partitions } = metadata.topics.get(topic)!
    const request = {
      topicId: id,
      partitions: [
        {
          partition,
          currentLeaderEpoch: -1,
          fetchOffset: BigInt(position),
          lastFetchedEpoch: -1,
          partitionMaxBytes: maxFetchBytes,
        },
      ],
    }
    const response = await reader.fetch({ node: partitions[partition]!.leader, topics: [request] })
    const found = response.responses.flatMap((answer) => answer.partitions)[0]
    return readBatches(found?.records ?? [], partition, position)
  }

  // A store that has nothing yet begins where the topic does, which its retention may have moved.
  async #start(partition: number, position: number): Promise<number> {
    return position === 0 ? this.#offsetAt(partition, earliest) : position
  }

  async #offsetAt(partition: number, timestamp: bigint): Promise<number> {
    const { topic } = this.#options
    const partitions = { [topic]: [partition] }
    const offsets = await this.#member.listOffsets({ topics: [topic], partitions, timestamp })
    return Number(offsets.get(topic)![partition]!)
  }

  #assignment(): readonly number[] {
    const { topic } = this.#options
    return this.#member.assignments?.find((assignment) => assignment.topic === topic)?.partitions ?? []
  }

  async #join(ended: AbortSignal): Promise<void> {
    await this.#patiently(() => this.#member.joinGroup({}), ended)
  }

  async #leave(): Promise<void> {
    // A broker that cannot be told will notice by the silence.
    if (this.#member.memberId !== null)
      await new Promise<void>((resolve) => this.#member.leaveGroup(true, () => resolve()))
    this.#member.memberId = null
  }

  async #report(): Promise<void> {
    const { topic } = this.#options
    const mine = new Set(this.#assignment())
    const offsets = [...this.#reached]
      .filter(([partition]) => mine.has(partition))
      .map(([partition, next]) => ({ topic, partition, offset: BigInt(next), leaderEpoch: -1 }))
    this.#reached.clear()
    // For displays only: the next report says it again.
    if (offsets.length > 0 && this.#member.isActive()) await this.#member.commit({ offsets }).catch(() => {})
  }

  #patiently<T>(work: () => Promise<T>, ended: AbortSignal): Promise<T | undefined> {
    const { clock, onWait } = this.#options
    return patiently(() => this.#explained(work), { clock, onWait, ended })
  }

  #explained<T>(work: () => Promise<T>): Promise<T> {
    return explainedKafka(this.#options, work)
  }
}

// Kafka's own names for the ends of a partition, in place of a time.
const latest = -1n
const earliest = -2n

type Fetched = { readonly records: readonly StreamRecord[]; readonly next: number }

const isControl = 0x20
const isLogAppendTime = 0x08

// A fetch answers with whole batches: what lies before the position, and the marks of transactions, are left out.
function readBatches(batches: readonly RecordsBatch[], partition: number, position: number): Fetched {
  const records: StreamRecord[] = []
  let next = position
  for (const batch of batches) {
    const first = Number(batch.firstOffset)
    next = Math.max(next, first + batch.lastOffsetDelta + 1)
    if (batch.attributes & isControl) continue
    for (const { offsetDelta, key, value, timestampDelta } of batch.records) {
      if (first + offsetDelta < position) continue
      const time = batch.attributes & isLogAppendTime ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta
      records.push({
        ...{ partition, position: first + offsetDelta, appendedAt: Number(time) },
        key: key?.toString() ?? '',
        bytes: value ?? new Uint8Array(),
      })
    }
  }
  return { records, next }
}

function* inPieces(records: readonly AppendRecord[], maxBytes: number): Generator<AppendRecord[]> {
  let piece: AppendRecord[] = []
  let size = 0
  for (const record of records) {
    // Some bytes for what frames a record.
    const bytes = 2 * record.key.length + record.bytes.length + 64
    if (piece.length > 0 && size + bytes > maxBytes) {
      yield piece
      piece = []
      size = 0
    }
    piece.push(record)
    size += bytes
  }
  if (piece.length > 0) yield piece
}
