// Bytes of a protocol buffer message in, its fields out, by number; what they mean is for the caller to say.
//
// Wire format: protobuf.dev/programming-guides/encoding.

import { ByteReader } from './bytes.ts'
import { corrupt } from './fault.ts'

/** A varint, a fixed number of 4 or 8 bytes, or a length of bytes (text, message, packed numbers). */
export type Field = { readonly number: number; readonly value: number | Uint8Array }

const what = 'ONNX model'
const longestVarint = 10

/** Fields in the file's order. Throws `MODEL_IMPORT_TRUNCATED`, `MODEL_IMPORT_CORRUPT`. */
export function fieldsIn(bytes: Uint8Array): Field[] {
  const reader = new ByteReader(bytes, what, 'little')
  const fields: Field[] = []
  while (reader.left > 0) {
    const key = varint(reader)
    fields.push({ number: Math.floor(key / 8), value: contentOf(reader, key % 8) })
  }
  return fields
}

/** Whole numbers of a repeated field, packed or one by one; NaN for those that are negative or beyond 2^53. */
export function integers(fields: readonly Field[], number: number): number[] {
  return fields
    .filter((field) => field.number === number)
    .flatMap(({ value }) => (value instanceof Uint8Array ? packed(value) : [value]))
}

/** Numbers of a repeated field of floats, packed or one by one. */
export function floats(fields: readonly Field[], number: number): number[] {
  return fields.filter((field) => field.number === number).flatMap(({ value }) => float32s(bytesOf(value)))
}

function float32s(bytes: Uint8Array): number[] {
  if (bytes.length % 4 !== 0) throw corrupt(what, `${bytes.length} bytes of float32 numbers`)
  const reader = new ByteReader(bytes, what, 'little')
  return Array.from({ length: bytes.length / 4 }, reader.f32)
}

/** Values of a field of texts or messages. */
export function pieces(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.filter((field) => field.number === number).map(({ value }) => bytesOf(value))
}

export function texts(fields: readonly Field[], number: number): string[] {
  return pieces(fields, number).map((bytes) => new TextDecoder().decode(bytes))
}

function contentOf(reader: ByteReader, wire: number): number | Uint8Array {
  if (wire === 0) return varint(reader)
  if (wire === 1) return reader.take(8)
  if (wire === 2) return reader.take(varint(reader))
  if (wire === 5) return reader.take(4)
  throw corrupt(what, `wire type ${wire} before byte ${reader.at}`)
}

function varint(reader: ByteReader): number {
  let value = 0
  for (let i = 0; i < longestVarint; i++) {
    const byte = reader.u8()
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return Number.isSafeInteger(value) ? value : Number.NaN
  }
  throw corrupt(what, `a number of more than ${longestVarint} bytes before byte ${reader.at}`)
}

function packed(bytes: Uint8Array): number[] {
  const reader = new ByteReader(bytes, what, 'little')
  const values: number[] = []
  while (reader.left > 0) values.push(varint(reader))
  return values
}

function bytesOf(value: number | Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw corrupt(what, 'a number where a text or a message should be')
}
