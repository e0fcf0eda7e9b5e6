// Records in, positions out; a partition and a position in, records out: the embedded log's file, `stream.db`.

import { TocsinError } from '../core/error.ts'
import { Sqlite, type Statement } from '../core/sqlite.ts'
import type { Appended, AppendRecord, StreamRecord } from './stream.ts'

type Row = { readonly position: number; readonly key: string; readonly bytes: Uint8Array; readonly appended_at: number }
type Bounds = { readonly first: number; readonly next: number }

/** Bytes that one read brings into memory at most (one record may be larger). */
const maxReadBytes = 8 * 1024 * 1024

// A table for each partition: appends go to the right edge of its tree, 1.5 times as fast as one table for all.
const schema = (partitions: number) => `
  create table partition (partition integer primary key, first integer not null, next integer not null) strict;
  ${places(partitions)
    .map(
      (partition) => `
  create table record_${partition} (
    position integer primary key, key text not null, bytes blob not null, appended_at integer not null) strict;
  insert into partition values (${partition}, 0, 0);`,
    )
    .join('')}`

const places = (partitions: number) => Array.from({ length: partitions }, (_, partition) => partition)

/** The log on the disk; synchronous, used by one thread; other processes may have the same file open. */
export class Log {
  readonly partitions: number
  readonly #db: Sqlite
  readonly #insert: readonly Statement<never>[]
  readonly #read: readonly Statement<Row>[]
  readonly #trim: readonly Statement<never>[]
  readonly #time: readonly Statement<Pick<Row, 'appended_at'>>[]
  readonly #pages: Statement<{ readonly pages: number; readonly free: number; readonly size: number }>
  readonly #bounds: Statement<Bounds>
  readonly #setNext: Statement<never>
  readonly #setFirst: Statement<never>

  /** Throws `STREAM_PARTITIONS` where the file was made with another number of partitions. */
  constructor(file: string, partitions: number) {
    const db = new Sqlite(file, { name: 'stream', steps: [schema(partitions)] })
    this.#db = db
    this.partitions = partitions
    this.#checkPartitions(file)
    const forEach = <T>(sql: (table: string) => string) =>
      places(partitions).map((p) => db.query<T>(sql(`record_${p}`)))
    this.#insert = forEach((table) => `insert into ${table} values (?, ?, ?, ?)`)
    this.#read = forEach(
      (table) => `select position, key, bytes, appended_at from ${table} where position >= ? order by position limit ?`,
    )
    this.#trim = forEach((table) => `delete from ${table} where position >= ? and position < ?`)
    this.#time = forEach((table) => `select appended_at from ${table} where position >= ? order by position limit 1`)
    this.#pages = db.query(`
      select page_count as pages, freelist_count as free, page_size as size
      from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`)
    this.#bounds = db.query('select first, next from partition where partition = ?')
    this.#setNext = db.query('update partition set next = ? where partition = ?')
    this.#setFirst = db.query('update partition set first = ? where partition = ?')
  }

  /** Takes all groups in one transaction, or none. Answers in the order of the records. */
  append(groups: readonly (readonly AppendRecord[])[], appendedAt: number): readonly (readonly Appended[])[] {
    return this.#db.transaction(() => {
      const next = new Map<number, number>()
      const answers = groups.map((group) => group.map((record) => this.#appendOne(record, appendedAt, next)))
      for (const [partition, position] of next) this.#setNext.run(position, partition)
      return answers
    })
  }

  #appendOne(record: AppendRecord, appendedAt: number, next: Map<number, number>): Appended {
    const { key, bytes, partition = partitionOf(key, this.partitions) } = record
    const position = next.get(partition) ?? this.bounds(partition).next
    this.#insert[partition]!.run(position, key, bytes, appendedAt)
    next.set(partition, position + 1)
    return { partition, position }
  }

  /** Records from `position` on, at most `maxRecords`, and no more than fit into 8 MB; empty at the end of the log. */
  read(partition: number, position: number, maxRecords: number): StreamRecord[] {
    const records: StreamRecord[] = []
    let size = 0
    for (const row of this.#read[partition]!.iterate(position, maxRecords)) {
      records.push({ partition, position: row.position, key: row.key, bytes: row.bytes, appendedAt: row.appended_at })
      size += row.bytes.length
      if (size >= maxReadBytes) break
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
    return this.#timeFrom(partition, 0)
  }

  /** Position of the first record that was taken at or after an instant; the end where there is none. Halving, for they lie in that order. */
  firstSince(partition: number, time: number): number {
    let { first: low, next: high } = this.bounds(partition)
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.#timeFrom(partition, middle)! < time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** What the log takes of the disk, but for pages that were emptied and will be filled again. */
  bytes(): number {
    const { pages, free, size } = this.#pages.get()!
    return (pages - free) * size
  }

  #timeFrom(partition: number, position: number): number | undefined {
    return this.#time[partition]!.get(position)?.appended_at
  }

  /** Deletes at most `limit` records that lie before `position`. True where some remain. */
  trim(partition: number, position: number, limit: number): boolean {
    return this.#db.transaction(() => {
      const { first, next } = this.bounds(partition)
      const until = Math.min(position, next)
      const reached = Math.min(until, first + limit)
      if (reached <= first) return false
      this.#trim[partition]!.run(first, reached)
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
