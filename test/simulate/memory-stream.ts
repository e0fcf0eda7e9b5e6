// A stream in memory: the stream contract in the plainest form, for simulations that open it thousands of times.

import type { Clock } from '../../src/core/clock.ts'
import { sha256 } from '../../src/core/digest.ts'
import { TocsinError } from '../../src/core/error.ts'
import type { Appended, AppendRecord, Stream, StreamRecord } from '../../src/stream/stream.ts'

/** What a stream has taken; outlives the streams that are opened on it. */
export class MemoryLog {
  readonly partitions: readonly StreamRecord[][]

  constructor(partitions: number) {
    this.partitions = Array.from({ length: partitions }, () => [])
  }

  append({ key, bytes, ...chosen }: AppendRecord, appendedAt: number): Appended {
    const partition = chosen.partition ?? Number.parseInt(sha256(key).slice(0, 8), 16) % this.partitions.length
    const position = this.partitions[partition]!.length
    this.partitions[partition]!.push({ partition, position, key, bytes, appendedAt })
    return { partition, position }
  }
}

export function openMemoryStream(log: MemoryLog, clock: Clock): Stream {
  const closing = new AbortController()
  let wake: () => void = () => {}
  let more = new Promise<void>((resolve) => (wake = resolve))
  const announce = () => {
    wake()
    more = new Promise<void>((resolve) => (wake = resolve))
  }
  return {
    partitions: log.partitions.length,
    append: async (records) => {
      if (closing.signal.aborted)
        throw new TocsinError('STREAM_CLOSED', 'The stream is closed, and took nothing; append before it closes.')
      const answers = records.map((record) => log.append(record, clock.now()))
      announce()
      return answers
    },
    async *consume(partition, position, { maxRecords, signal }) {
      const ended = AbortSignal.any([signal, closing.signal])
      for (let next = position; !ended.aborted; ) {
        const batch = log.partitions[partition]!.slice(next, next + maxRecords)
        if (batch.length > 0) yield batch
        else await Promise.race([more, aborted(ended)])
        next += batch.length
      }
    },
    first: async () => 0,
    end: async (partition) => log.partitions[partition]!.length,
    close: async () => closing.abort(),
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
