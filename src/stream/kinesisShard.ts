// Sequence numbers of a Kinesis shard in, positions out, and back.

import { TocsinError } from '../core/error.ts'

// '2' | shard created, s: 36 bits | shard & 0xf: 4 | index: 64 | 00 | taken, s: 36 | shard: 32 | '2' (COMPAT: as AWS and its emulators
// write them today). AWS calls them opaque, so each is checked to have this form; another would be an error, not a wrong position.
const bits = { version: 4n, shard: 32n, taken: 36n, middle: 8n, index: 64n }
const indexShift = bits.version + bits.shard + bits.taken + bits.middle
const maxIndex = 1n << 53n

/** The record's index, which goes up by 1 or more within a shard. Throws `STREAM_SEQUENCE`. */
export function positionOf(sequence: string): number {
  const value = BigInt(sequence)
  const index = (value >> indexShift) & ((1n << bits.index) - 1n)
  const isKnown = (value & 15n) === 2n && value >> (indexShift + bits.index + 40n) === 2n
  if (isKnown && index < maxIndex) return Number(index)
  throw new TocsinError(
    'STREAM_SEQUENCE',
    `Kinesis gave the sequence number ${sequence}, which has not the form that this Tocsin reads; expected version 2. Report it, please.`,
  )
}

/** A sequence number of the shard that lies at the position: after every record before it, and at or before the record itself. */
export function sequenceAt(shardStart: string, position: number): string {
  const start = BigInt(shardStart)
  const cleared = start & ~(((1n << bits.index) - 1n) << indexShift)
  return String(cleared | (BigInt(position) << indexShift))
}

/** `shardId-000000000012` → 12. */
export function partitionOfShard(id: string): number {
  return Number(id.slice(id.indexOf('-') + 1))
}
