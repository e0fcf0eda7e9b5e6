// A data folder in, a durable partitioned stream out: one SQLite file, one fsync for all appends of a turn of the event loop.

import { resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import { type Notices, openNotices } from '../core/notices.ts'
import { chunksOf } from './chunk.ts'
import { Log, partitionOf } from './log.ts'
import { type AppendGroups, AppendQueue } from './queue.ts'
import type { Appended, AppendRecord, Stream, StreamRecord } from './stream.ts'

export type EmbeddedStream = Stream & {
  /** Forgets the partition's records before the position; who reads from there later gets `STREAM_POSITION`. */
  trim(partition: number, beforePosition: number): Promise<void>
  /** Forgets what is stored and older than `keepMs`, and of the rest, the oldest first, what is beyond `maxBytes`. */
  retain(limits: Retention): Promise<void>
}

type Retention = {
  readonly keepMs: number
  readonly maxBytes: number
  /** Where each partition goes on; what lies behind is stored. A partition that is not among them has nothing stored. */
  readonly stored: ReadonlyMap<number, number>
}

/** How often a reader at the end of its partition looks for what another process has appended. */
const pollMs = 50
/** Records that one transaction of a trim deletes: a few ms. */
const trimRecords = 5000

/**
 * Opens (or makes) `stream.db` in `dir`. Positions start at 0 and go up by 1.
 * One commit takes `maxQueuedBytes` at most (an append that is larger goes alone); what is beyond waits its turn, in order.
 * Throws `STREAM_FOREIGN`, `STREAM_VERSION`, `STREAM_PARTITIONS`, `STREAM_FULL`, `STREAM_BUSY`, `STREAM_DAMAGED`.
 */
export async function openEmbeddedStream(options: {
  readonly dir: string
  readonly partitions: number
  readonly clock: Clock
  readonly maxQueuedBytes?: number
  readonly isCheckpointed?: boolean
}): Promise<EmbeddedStream> {
  const file = resolve(options.dir, 'stream.db')
  const log = new Log(file, options)
  return new Embedded({ log, news: openNotices(file) }, options.clock, options.maxQueuedBytes ?? 16 * 1024 * 1024)
}

class Embedded implements EmbeddedStream {
  readonly partitions: number
  readonly #log: Log
  /** Tells readers of every thread that there is more. */
  readonly #news: Notices
  readonly #clock: Clock
  readonly #queue: AppendQueue
  #isClosed = false
  readonly #sleepers = new Set<() => void>()

  constructor({ log, news }: { readonly log: Log; readonly news: Notices }, clock: Clock, maxCommitBytes: number) {
    this.partitions = log.partitions
    this.#log = log
    this.#news = news
    news.onNotice(() => this.#wake())
    this.#clock = clock
    this.#queue = new AppendQueue({
      commit: async (groups) => this.#commit(groups),
      maxCommitBytes,
      isAtomic: true,
    })
  }

  append(records: readonly AppendRecord[]): Promise<readonly Appended[]> {
    return this.#queue.append(records)
  }

  async *consume(
    partition: number,
    position: number,
    { maxRecords, signal }: { readonly maxRecords: number; readonly signal: AbortSignal },
  ): AsyncGenerator<readonly StreamRecord[]> {
    for (let next = position; !signal.aborted && !this.#isClosed; ) {
      const batch = this.#log.read(partition, next, maxRecords)
      if (batch[0]?.position !== next) this.#checkPosition(partition, next)
      if (batch.length === 0) {
        await this.#more(signal)
        continue
      }
      yield batch
      next += batch.length
      // Reading never waits: without this, a reader that is behind would keep the process from everything else.
      await turn()
    }
  }

  async first(partition: number): Promise<number> {
    return this.#log.bounds(partition).first
  }

  async end(partition: number): Promise<number> {
    return this.#log.bounds(partition).next
  }

  async trim(partition: number, beforePosition: number): Promise<void> {
    while (!this.#isClosed && this.#log.trim(partition, beforePosition, trimRecords)) await turn()
  }

  async retain({ keepMs, maxBytes, stored }: Retention): Promise<void> {
    const oldest = this.#clock.now() - keepMs
    for (const [partition, next] of stored)
      await this.trim(partition, Math.min(next, this.#log.firstSince(partition, oldest)))
    while (!this.#isClosed && this.#log.bytes() > maxBytes) {
      const [partition, next] = this.#oldest(stored) ?? []
      if (partition === undefined) return
      this.#log.trim(partition, next!, trimRecords)
      await turn()
    }
  }

  async close(): Promise<void> {
    await this.#queue.close()
    if (this.#isClosed) return
    this.#isClosed = true
    this.#wake()
    this.#news.close()
    this.#log.close()
  }

  #commit(groups: AppendGroups): readonly (readonly Appended[])[] {
    const placed = groups.map((group) =>
      group.map((record) => ({ ...record, partition: record.partition ?? partitionOf(record.key, this.partitions) })),
    )
    const chunks = [...Map.groupBy(placed.flat(), ({ partition }) => partition)].flatMap(([partition, records]) =>
      chunksOf(partition, records),
    )
    const starts = this.#log.append(chunks, this.#clock.now())
    this.#news.tell('appended')
    // Records of a partition have consecutive positions, in their order.
    const next = new Map<number, number>()
    for (const [i, { partition }] of chunks.entries()) if (!next.has(partition)) next.set(partition, starts[i]!)
    return placed.map((group) =>
      group.map(({ partition }) => {
        const position = next.get(partition)!
        next.set(partition, position + 1)
        return { partition, position }
      }),
    )
  }

  /** Of the partitions that hold stored records, the one whose first is the oldest. */
  #oldest(stored: ReadonlyMap<number, number>): readonly [number, number] | undefined {
    const age = ([partition]: readonly [number, number]) => this.#log.firstTime(partition) ?? Number.POSITIVE_INFINITY
    return [...stored]
      .filter(([partition, next]) => this.#log.bounds(partition).first < next)
      .sort((a, b) => age(a) - age(b))[0]
  }

  /** Resolves when there may be more to read. */
  async #more(signal: AbortSignal): Promise<void> {
    const woken = new AbortController()
    const wake = () => woken.abort()
    signal.addEventListener('abort', wake, { once: true })
    this.#sleepers.add(wake)
    await this.#clock.sleep(pollMs, woken.signal)
    this.#sleepers.delete(wake)
    signal.removeEventListener('abort', wake)
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake()
  }

  // Reading on elsewhere would leave records out without a word.
  #checkPosition(partition: number, position: number): void {
    const { first, next } = this.#log.bounds(partition)
    if (position >= first && position <= next) return
    throw new TocsinError(
      'STREAM_POSITION',
      `partition ${partition} was asked for position ${position}, and holds ${first} to ${next}. ` +
        (position < first
          ? `What is before ${first} was trimmed: go on from there, or bring back a copy of the log.`
          : 'Stream and store do not belong together: bring back both of one data folder, or begin a new one.'),
    )
  }
}
