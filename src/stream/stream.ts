// The stream contract: records in order within a partition, at least once, durable when append resolves.

export type StreamRecord = {
  readonly partition: number
  /** Place within the partition; strictly increasing, not always by 1. */
  readonly position: number
  /** Records of one key keep their order. */
  readonly key: string
  readonly bytes: Uint8Array
  /** When the stream took it, ms. */
  readonly appendedAt: number
}

export type AppendRecord = {
  readonly key: string
  readonly bytes: Uint8Array
  /** Where the producer chose it; else the key's own, which never changes. */
  readonly partition?: number
}
export type Appended = { readonly partition: number; readonly position: number }

export type Stream = {
  readonly partitions: number
  /** Takes records in; resolves when they would survive a power cut. Order of answers = order of records.
   *  The embedded log rejects all or takes all; a broker that goes away in between may have kept some of what it rejects: send the
   *  same again, events with an id are stored once. Waits while too much is queued (backpressure); throws `STREAM_FULL` where the disk
   *  is full, `STREAM_UNREACHABLE` where the broker does not answer in time. */
  append(records: readonly AppendRecord[]): Promise<readonly Appended[]>
  /** Batches of the partition from `position` on, never empty; waits for more until `signal` aborts. */
  consume(
    partition: number,
    position: number,
    options: { readonly maxRecords: number; readonly signal: AbortSignal },
  ): AsyncIterable<readonly StreamRecord[]>
  /** Position of the oldest record that is still held; `end` where there is none. */
  first(partition: number): Promise<number>
  /** Position after the last record. Lag = end − next. */
  end(partition: number): Promise<number>
  /** The partitions that this process may read now, at first and whenever that changes, until `signal` aborts. Absent where all may be
   *  read at any time. A partition may be another's before this is told: the store's guard decides. */
  assigned?(signal: AbortSignal): AsyncIterable<readonly number[]>
  /** Whether `assigned` joins a group of the broker, which gives each partition to one process. */
  readonly hasGroup?: boolean
  /** Tells the broker how far a partition is stored, so that its own tools show a lag; nothing is ever read from it. */
  reached?(partition: number, next: number): void
  /** Also tells others of records that could not be decided, once they are in the store: at most once, for who watches the broker.
   *  Absent where nobody asked for it. */
  bury?(letters: readonly BuriedRecord[]): Promise<void>
  close(): Promise<void>
}

export type BuriedRecord = {
  readonly partition: number
  readonly position: number
  readonly bytes: Uint8Array
  readonly code: string
  readonly reason: string
}
