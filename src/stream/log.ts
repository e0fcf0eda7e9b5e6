// Records in, positions out; a partition and a position in, records out: the embedded log's file, `stream.db`.

import { TocsinError } from '../core/error.ts'
import { Sqlite, type Statement } from '../core/sqlite.ts'
import { type Chunk, eachRecord } from './chunk.ts'
import type { StreamRecord } from './stream.ts'

type ChunkRow = { readonly position: number; readonly bytes: Uint8Array; readonly appended_at: number }
type Bounds = { readonly first: number; readonly next: number }

/** Bytes that one read brings into memory at most (one record may be larger). */
const maxReadBytes = 8 * 1024 * 1024

// A table for each partition: appends go to the right edge of its tree, 1.5 times as fast as one table for all. A row is a chunk of
// records that were appended together: SQLite's work is for each row, so that a record costs little more than its bytes.
const schema = (partitions: number) => `
  create table partition (partition integer primary key, first integer not null, next integer not null) strict;
  ${places(partitions)
    .map(
      (partition) => `
  create table chunk_${partition} (
    position integer primary key, bytes blob not null, appended_at integer not null) strict;
  insert into partition values (${partition}, 0, 0);`,
    )
    .join('')}`

const places = (partitions: number) => Array.from({ length: partitions }, (_, partition) => partition)

type LogOptions = { readonly partitions: number; readonly isCheckpointed?: boolean }

/** The log on the disk; synchronous, used by one thread; others may have the same file open. */
export class Log {
  readonly partitions: number
  readonly #db: Sqlite
  readonly #insert: readonly Statement<never>[]
  readonly #read: readonly Statement<ChunkRow>[]
  readonly #trim: readonly Statement<never>[]
  readonly #time: readonly Statement<Pick<ChunkRow, 'appended_at'>>[]
  readonly #pages: Statement<{ readonly pages: number; readonly free: number; readonly size: number }>
  readonly #bounds: Statement<Bounds>
  readonly #setNext: Statement<never>
  readonly #setFirst: Statement<never>

  /** Throws `STREAM_PARTITIONS` where the file was made with another number of partitions. */
  constructor(file: string, { partitions, isCheckpointed = false }: LogOptions) {
    const db = new Sqlite(file, { name: 'stream', steps: [schema(partitions)], isCheckpointed })
    this.#db = db
    this.partitions = partitions
    this.#checkPartitions(file)
    const forEach = <T>(sql: (table: string) => string) => places(partitions).map((p) => db.query<T>(sql(`chunk_${p}`)))
    // The chunk that a position lies in is the last that begins at or before it.
    const holding = (table: string) => `coalesce((select max(position) from ${table} where position <= ?), 0)`
    this.#insert = forEach((table) => `insert into ${table} values (?, ?, ?)`)
    this.#read = forEach(
      (table) =>
        `select position, bytes, appended_at from ${table} where position >= ${holding(table)} order by position`,
    )
    this.#trim = forEach((table) => `delete from ${table} where position < ${holding(table)}`)
    this.#time = forEach((table) => `select appended_at from ${table} where position = ${holding(table)}`)
    this.#pages = db.query(`
      select page_count as pages, freelist_count as free, page_size as size
      from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`)
    this.#bounds = db.query('select first, next from partition where partition = ?')
    this.#setNext = db.query('update partition set next = ? where partition = ?')
    this.#setFirst = db.query('update partition set first = ? where partition = ?')
  }

  /** Takes all chunks in one transaction, or none. Answers with the position of each one's first record. */
  append(chunks: readonly Chunk[], appendedAt: number): readonly number[] {
    return this.#db.transaction(() => {
      const next = new Map<number, number>()
      const answers = chunks.map(({ partition, count, bytes }) => {
        const position = next.get(partition) ?? this.bounds(partition).next
        this.#insert[partition]!.run(position, bytes, appendedAt)
        next.set(partition, position + count)
        return position
      })
      for (const [partition, position] of next) this.#setNext.run(position, partition)
      return answers
    })
  }

  /** Records from `position` on, at most `maxRecords`, and no more than fit into 8 MB; empty at the end of the log, and where it was trimmed. */
  read(partition: number, position: number, maxRecords: number): StreamRecord[] {
    const records: StreamRecord[] = []
    if (position < this.bounds(partition).first) return records
    let size = 0
    const isFull = () => size >= maxReadBytes || records.length === maxRecords
    for (const row of this.#read[partition]!.iterate(position)) {
      eachRecord(row.bytes, position - row.position, ({ key, bytes, place }) => {
        records.push({ partition, position: row.position + place, key, bytes, appendedAt: row.appended_at })
        size += bytes.length
        return isFull() ? 'enough' : 'more'
      })
      if (isFull()) break
    }
    return records
  }

  /** First position that is still held, and the one after the last. */
  bounds(partition: number): Bounds {
    const bounds = this.#bounds.get(partition)
    if (!bounds) throw new RangeError(`partition ${partition} of ${this.partitions}`)
    return bounds
  }

  /** When the partition's first record was taken, ms; undefined where there is none. */
  firstTime(partition: number): number | undefined {
    const { first, next } = this.bounds(partition)
    return first === next ? undefined : this.#timeAt(partition, first)
  }

  /** Position of the first record that was taken at or after an instant; the end where there is none. Halving, for they lie in that order. */
  firstSince(partition: number, time: number): number {
    let { first: low, next: high } = this.bounds(partition)
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.#timeAt(partition, middle)! < time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** What the log takes of the disk, but for pages that were emptied and will be filled again. */
  bytes(): number {
    const { pages, free, size } = this.#pages.get()!
    return (pages - free) * size
  }

  #timeAt(partition: number, position: number): number | undefined {
    return this.#time[partition]!.get(position)?.appended_at
  }

  /** Lets at most `limit` records go that lie before `position`; a chunk is deleted with the last of its records. True where some remain. */
  trim(partition: number, position: number, limit: number): boolean {
    return this.#db.transaction(() => {
      const { first, next } = this.bounds(partition)
      const until = Math.min(position, next)
      const reached = Math.min(until, first + limit)
      if (reached <= first) return false
      this.#trim[partition]!.run(reached)
      this.#setFirst.run(reached, partition)
      return reached < until
    })
  }

  close(): void {
    this.#db.close()
  }

  #checkPartitions(file: string): void {
    const found = this.#db.query<{ count: number }>('select count(*) as count from partition').get()!.count
    if (found === this.partitions) return
    this.#db.close()
    throw new TocsinError(
      'STREAM_PARTITIONS',
      `${file} has ${found} partitions; the configuration says ${this.partitions}. Records of one key would change their ` +
        `partition and lose their order: set stream.partitions to ${found}, or choose another data folder (dataDir).`,
    )
  }
}

/** Which of `partitions` a key belongs to: 32-bit FNV-1a of its UTF-8 bytes, modulo. Never changes, or keys lose their order. */
export function partitionOf(key: string, partitions: number): number {
  if (partitions === 1) return 0
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0) % partitions
}
