// Records of one append in, chunks of them out, as the embedded log keeps them: for each record its key and its bytes, each after its length.

import type { AppendRecord } from './stream.ts'

/** Records of one partition, in order. */
export type Chunk = { readonly partition: number; readonly count: number; readonly bytes: Uint8Array<ArrayBuffer> }

type Held = { readonly key: string; readonly bytes: Uint8Array; readonly place: number }

/** A reader that begins within a chunk reads all of it: large enough to share the cost of a row, small enough for that. */
const maxChunkBytes = 256 * 1024
const lengthBytes = 4

/** Chunks of a partition's records: of at most 256 kB, but for a record that is larger. */
export function chunksOf(partition: number, records: readonly AppendRecord[]): Chunk[] {
  const chunks: Chunk[] = []
  for (let start = 0; start < records.length; ) {
    let [end, size] = [start, 0]
    for (; end < records.length; end++) {
      const more = sizeOf(records[end]!)
      if (end > start && size + more > maxChunkBytes) break
      size += more
    }
    chunks.push({ partition, count: end - start, bytes: encode(records.slice(start, end), size) })
    start = end
  }
  return chunks
}

function sizeOf({ key, bytes }: AppendRecord): number {
  return 2 * lengthBytes + Buffer.byteLength(key) + bytes.length
}

function encode(records: readonly AppendRecord[], size: number): Uint8Array<ArrayBuffer> {
  // Memory of its own, for it may be handed to another thread.
  const chunk = Buffer.from(new ArrayBuffer(size))
  let at = 0
  for (const { key, bytes } of records) {
    const keyBytes = chunk.write(key, at + lengthBytes)
    chunk.writeUInt32LE(keyBytes, at)
    at += lengthBytes + keyBytes
    chunk.writeUInt32LE(bytes.length, at)
    chunk.set(bytes, at + lengthBytes)
    at += lengthBytes + bytes.length
  }
  return chunk
}

/** A chunk's records from a place on, until `take` has enough; their bytes are views of the chunk's. */
export function eachRecord(chunk: Uint8Array, from: number, take: (record: Held) => 'more' | 'enough'): void {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  for (let [at, place] = [0, 0]; at < bytes.length; place++) {
    const keyEnd = at + lengthBytes + bytes.readUInt32LE(at)
    const start = keyEnd + lengthBytes
    const end = start + bytes.readUInt32LE(keyEnd)
    if (place >= from) {
      const key = bytes.toString('utf8', at + lengthBytes, keyEnd)
      if (take({ key, bytes: bytes.subarray(start, end), place }) === 'enough') return
    }
    at = end
  }
}
