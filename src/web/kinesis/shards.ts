// Partitions and positions in, what Kinesis calls them out: shards with hash ranges, sequence numbers, iterators; and back.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { TocsinError } from '../../core/error.ts'

const hashes = 1n << 128n

export function shardId(partition: number): string {
  return `shardId-${String(partition).padStart(12, '0')}`
}

/** Undefined where it names none of so many. */
export function partitionOfShard(id: string, partitions: number): number | undefined {
  const partition = /^shardId-(\d{12})$/.exec(id)?.[1]
  return partition !== undefined && Number(partition) < partitions ? Number(partition) : undefined
}

export function hashRange(partition: number, partitions: number) {
  const width = hashes / BigInt(partitions)
  const end = partition === partitions - 1 ? hashes : width * BigInt(partition + 1)
  return { StartingHashKey: String(width * BigInt(partition)), EndingHashKey: String(end - 1n) }
}

/** The shard whose range holds the key's MD5, or the hash that the producer chose. Throws `AWS_INVALID_ARGUMENT`. */
export function partitionOfKey(key: string, explicitHash: string | undefined, partitions: number): number {
  if (explicitHash === undefined && partitions === 1) return 0
  const hash = explicitHash === undefined ? md5(key) : explicit(explicitHash)
  const width = hashes / BigInt(partitions)
  return Math.min(Number(hash / width), partitions - 1)
}

function md5(key: string): bigint {
  return BigInt(`0x${createHash('md5').update(key).digest('hex')}`)
}

function explicit(text: string): bigint {
  const hash = BigInt(text)
  if (hash < hashes) return hash
  const range = 'ExplicitHashKey must be in the range: [0, 2^128-1]'
  throw new TocsinError('AWS_INVALID_ARGUMENT', `Invalid ExplicitHashKey. ${range}. Specified value was ${text}`)
}

// '2' | created, s: 36 bits | shard & 0xf: 4 | index in the shard: 64 | 00 | taken, s: 36 | shard: 32 | '2'. Compared as numbers by
// clients; ours have one constant time, since the index alone orders them.
const createdS = 1_577_836_800n
const indexShift = 80n

function base(partition: number): bigint {
  const shard = BigInt(partition)
  const head = (((2n << 36n) | createdS) << 4n) | (shard & 15n)
  const tail = (((createdS << 32n) | shard) << 4n) | 2n
  return (head << (64n + indexShift)) | tail
}

/** Index 0 is where the shard starts; the record at position 0 has index 1. */
export function sequenceNumber(partition: number, position: number): string {
  return String(base(partition) | (BigInt(position + 1) << indexShift))
}

/** The position that a sequence number of this shard names; undefined where it is none of it. */
export function positionOfSequence(partition: number, sequence: string): number | undefined {
  if (!/^(0|[1-9]\d{0,128})$/.test(sequence)) return undefined
  const index = (BigInt(sequence) ^ base(partition)) >> indexShift
  const position = Number(index) - 1
  return index < 1n << 53n && sequenceNumber(partition, position) === sequence ? position : undefined
}

export type Place = {
  readonly stream: string
  readonly partition: number
  readonly position: number
  readonly issuedAt: number
}

/** Iterators that only this key makes and reads. */
export function createIterators(key: Uint8Array) {
  const sign = (body: string) => createHmac('sha256', key).update(body).digest().subarray(0, 16)
  return {
    write: ({ stream, partition, position, issuedAt }: Place): string => {
      const body = JSON.stringify([stream, partition, position, issuedAt])
      return Buffer.concat([sign(body), Buffer.from(body)]).toString('base64')
    },
    /** Undefined where it is not ours. */
    read: (text: string): Place | undefined => {
      const bytes = Buffer.from(text, 'base64')
      const body = bytes.subarray(16).toString()
      if (bytes.length < 18 || !timingSafeEqual(bytes.subarray(0, 16), sign(body))) return undefined
      const [stream, partition, position, issuedAt] = JSON.parse(body) as [string, number, number, number]
      return { stream, partition, position, issuedAt }
    },
  }
}
