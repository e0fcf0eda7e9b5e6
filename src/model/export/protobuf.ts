// Fields in, bytes of a protocol buffer message out; what they mean is for the caller to say.
//
// Wire format: protobuf.dev/programming-guides/encoding.

/** A field by its number: a whole number (below 2^53), a text, a message, or packed numbers. */
export type Part = readonly [number: number, value: number | string | Uint8Array]

export function message(parts: readonly Part[]): Uint8Array {
  return Buffer.concat(parts.flatMap(([number, value]) => field(number, value)))
}

function field(number: number, value: Part[1]): Uint8Array[] {
  if (typeof value === 'number') return [varint(number * 8), varint(value)]
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return [varint(number * 8 + 2), varint(bytes.length), bytes]
}

/** Whole numbers from 0 on, packed. */
export function packedIntegers(values: readonly number[]): Uint8Array {
  return Buffer.concat(values.map(varint))
}

/** Rounded to float32, packed. */
export function packedFloats(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * 4)
  return bytes
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  return Uint8Array.from([...bytes, left])
}
