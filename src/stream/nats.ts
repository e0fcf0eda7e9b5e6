// A NATS server with JetStream in, a partitioned stream out: one JetStream stream for each partition, positions as the store has them.

import type { Consumer, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream'
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node'
import type { Clock } from '../core/clock.ts'
import { sha256 } from '../core/digest.ts'
import { TocsinError } from '../core/error.ts'
import { partitionOf } from './log.ts'
import { patiently } from './patience.ts'
import { type AppendGroups, AppendQueue, regroup } from './queue.ts'
import type { Appended, AppendRecord, Stream, StreamRecord } from './stream.ts'

type Transport = typeof import('@nats-io/transport-node')
type JetStream = typeof import('@nats-io/jetstream')

export type NatsOptions = {
  /** `host:port` of some servers of the cluster. */
  readonly servers: readonly string[]
  /** Partition 3 of `events` is the JetStream stream `events-3` with the subject `events.3`. */
  readonly name: string
  readonly partitions: number
  /** Copies of each partition, where they do not exist yet. */
  readonly replicas: number
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | undefined
  readonly tls?: Tls | undefined
  readonly clock: Clock
  /** Before each wait for a server that does not answer. */
  readonly onWait?: ((error: TocsinError, delayMs: number) => void) | undefined
}

type Tls = {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** Publishes on their way at once: enough to hide the way to the server and back. */
const maxCommitBytes = 4 * 1024 * 1024
/** How long a pull waits with the server; one that hears nothing for that long, heartbeats included, is begun again. */
const pullMs = 2_000
const publishTimeoutMs = 5_000
/** A message that is sent again within this time, because its answer was lost, is kept once. */
const duplicateWindowMs = 120_000
const keyHeader = 'Tocsin-Key'

/**
 * Opens the partitions' streams, or makes them. Positions start at 0: JetStream's sequence less 1.
 * An append is taken when the server (with replicas: their majority) has it; whether one server has it on the disk by then is its own
 * `sync_interval`. Throws `STREAM_UNREACHABLE`, `STREAM_REFUSED`, `STREAM_PARTITIONS`.
 */
export async function openNatsStream(options: NatsOptions): Promise<Stream> {
  const transport = await import('@nats-io/transport-node')
  const jetstream = await import('@nats-io/jetstream')
  const connection = await explained(options, () => transport.connect(connectOptions(options)))
  try {
    const manager = await explained(options, () =>
      jetstream.jetstreamManager(connection, { timeout: publishTimeoutMs }),
    )
    await explained(options, () => ensureStreams(jetstream, manager, options))
    return new Nats({ transport, jetstream, connection, manager }, options)
  } catch (error) {
    await connection.close()
    throw error
  }
}

function connectOptions({ servers, user, password, token, tls }: NatsOptions) {
  return {
    servers: [...servers],
    name: 'tocsin',
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    ...(user !== undefined && { user, pass: password ?? '' }),
    ...(token !== undefined && { token }),
    ...(tls && {
      tls: { ...(tls.ca && { ca: tls.ca }), ...(tls.cert && { cert: tls.cert }), ...(tls.key && { key: tls.key }) },
    }),
  }
}

async function ensureStreams(
  { StorageType }: JetStream,
  manager: JetStreamManager,
  options: NatsOptions,
): Promise<void> {
  const { name, partitions, replicas } = options
  const names = await Array.fromAsync(manager.streams.names())
  const found = names.filter((one) => one.startsWith(`${name}-`) && /^\d+$/.test(one.slice(name.length + 1))).length
  if (found > partitions) throw otherPartitions(name, found, partitions)
  for (let partition = 0; partition < partitions; partition++)
    if (!names.includes(streamOf(name, partition)))
      await manager.streams.add({
        name: streamOf(name, partition),
        subjects: [`${name}.${partition}`],
        storage: StorageType.File,
        num_replicas: replicas,
        duplicate_window: duplicateWindowMs * 1e6,
      })
}

function streamOf(name: string, partition: number): string {
  return `${name}-${partition}`
}

type Parts = {
  readonly transport: Transport
  readonly jetstream: JetStream
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
}

class Nats implements Stream {
  readonly partitions: number
  readonly #parts: Parts
  readonly #options: NatsOptions
  readonly #client: JetStreamClient
  readonly #queue: AppendQueue
  readonly #closing = new AbortController()

  constructor(parts: Parts, options: NatsOptions) {
    this.partitions = options.partitions
    this.#parts = parts
    this.#options = options
    this.#client = parts.jetstream.jetstream(parts.connection, { timeout: publishTimeoutMs })
    this.#queue = new AppendQueue({ commit: (groups) => this.#publishAll(groups), maxCommitBytes, isAtomic: false })
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
    if (ended.aborted) return
    const { clock, onWait } = this.#options
    const begin = () => this.#checkPosition(partition, position).then(() => this.#consumer(partition, position))
    const consumer = await patiently(begin, { clock, onWait, ended })
    if (!consumer) return
    // Asks for so many ahead and no more: what nobody takes stays with the server.
    const messages = await consumer.consume({ max_messages: Math.max(maxRecords, 2), expires: pullMs })
    const stop = () => messages.stop()
    ended.addEventListener('abort', stop, { once: true })
    // It may have come while the server was asked.
    if (ended.aborted) stop()
    try {
      yield* inBatches(messages, partition, maxRecords)
    } finally {
      ended.removeEventListener('abort', stop)
      messages.stop()
      await consumer.delete().catch(() => {})
    }
  }

  async first(partition: number): Promise<number> {
    return Math.max((await this.#state(partition)).first_seq - 1, 0)
  }

  async end(partition: number): Promise<number> {
    return (await this.#state(partition)).last_seq
  }

  async close(): Promise<void> {
    await this.#queue.close()
    this.#closing.abort()
    if (!this.#parts.connection.isClosed()) await this.#parts.connection.close()
  }

  // In order: one connection carries them in the order in which they are sent, and a partition's answers come in that order.
  async #publishAll(groups: AppendGroups): Promise<readonly (readonly Appended[])[]> {
    const attempt = sha256(`${Math.random()} ${this.#options.clock.now()}`).slice(0, 20)
    const answers = await Promise.all(groups.flat().map((record, i) => this.#publish(record, `${attempt}-${i}`)))
    return regroup(groups, answers)
  }

  async #publish(record: AppendRecord, msgID: string): Promise<Appended> {
    const { key, bytes, partition = partitionOf(key, this.partitions) } = record
    const headers: MsgHdrs = this.#parts.transport.headers()
    headers.set(keyHeader, encodeURIComponent(key))
    const subject = `${this.#options.name}.${partition}`
    const { seq } = await explained(this.#options, () =>
      this.#client.publish(subject, bytes, { msgID, headers, retries: 3 }),
    )
    return { partition, position: seq - 1 }
  }

  #consumer(partition: number, position: number): Promise<Consumer> {
    const { DeliverPolicy } = this.#parts.jetstream
    const from = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: position + 1 }
    return explained(this.#options, () => this.#client.consumers.get(streamOf(this.#options.name, partition), from))
  }

  // Reading on elsewhere would leave records out without a word. A store that has nothing yet begins where the stream does.
  async #checkPosition(partition: number, position: number): Promise<void> {
    const { first_seq, last_seq } = await this.#state(partition)
    if (position === 0 || (position + 1 >= first_seq && position <= last_seq)) return
    throw new TocsinError(
      'STREAM_POSITION',
      `partition ${partition} was asked for position ${position}, and JetStream holds ${first_seq - 1} to ${last_seq}. ` +
        'Its limits are narrower than the store was away, or stream and store do not belong together: widen them, or begin with a new store.',
    )
  }

  async #state(partition: number) {
    const name = streamOf(this.#options.name, partition)
    return (await explained(this.#options, () => this.#parts.manager.streams.info(name))).state
  }
}

/** What has come so far as one batch: the server says with each message how many more there are. */
async function* inBatches(
  messages: AsyncIterable<JsMsg>,
  partition: number,
  maxRecords: number,
): AsyncGenerator<readonly StreamRecord[]> {
  let batch: StreamRecord[] = []
  for await (const message of messages) {
    batch.push(recordOf(message, partition))
    if (batch.length < maxRecords && message.info.pending > 0) continue
    yield batch
    batch = []
  }
}

function recordOf({ seq, data, headers, info }: JsMsg, partition: number): StreamRecord {
  return {
    ...{ partition, position: seq - 1, bytes: data },
    key: decodeURIComponent(headers?.get(keyHeader) ?? ''),
    appendedAt: Math.floor(info.timestampNanos / 1e6),
  }
}

async function explained<T>({ servers }: Pick<NatsOptions, 'servers'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof TocsinError) throw cause
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    const isLasting = /authorization|permission|jetstreamnotenabled|invalid/i.test(said)
    const [code, advice] = isLasting
      ? [
          'STREAM_REFUSED',
          'Look at stream.* of the configuration, at the rights of its user, and whether JetStream is on.',
        ]
      : ['STREAM_UNREACHABLE', 'Look whether it runs; what was not acknowledged can be sent again.']
    throw new TocsinError(code!, `NATS at ${servers.join(', ')}: ${said}; expected an answer. ${advice}`, { cause })
  }
}

function otherPartitions(name: string, found: number, partitions: number): TocsinError {
  return new TocsinError(
    'STREAM_PARTITIONS',
    `NATS has ${found} partitions of ${name}; the configuration says ${partitions}. Records of one key would change their ` +
      `partition and lose their order: set stream.partitions to ${found}, or choose another stream.name.`,
  )
}
