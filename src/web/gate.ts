// Records in, their places in the stream out, while what waits for the disk stays below a size.

import { TocsinError } from '../core/error.ts'
import type { Stream } from '../stream/stream.ts'

/** So many bodies of the largest size may wait for the disk; more are sent away, not kept in memory. */
const maxBodiesWaiting = 4

type Append = Stream['append']

/** Appends as the stream does; one too large for an empty gate still passes. Throws `QUEUE_FULL`, and what the stream throws. */
export function gatedAppend(stream: Pick<Stream, 'append'>, maxBodyBytes: number): Append {
  const maxBytes = maxBodiesWaiting * maxBodyBytes
  let insideBytes = 0
  return async (records) => {
    const sizeBytes = records.reduce((sum, { bytes }) => sum + bytes.length, 0)
    if (insideBytes > 0 && insideBytes + sizeBytes > maxBytes) throw full(insideBytes, maxBytes)
    insideBytes += sizeBytes
    try {
      return await stream.append(records)
    } finally {
      insideBytes -= sizeBytes
    }
  }
}

function full(insideBytes: number, maxBytes: number): TocsinError {
  const message = `${insideBytes} bytes of events wait for the disk; expected room within ${maxBytes}. Nothing was taken: send it again after the time in Retry-After.`
  return new TocsinError('QUEUE_FULL', message)
}
