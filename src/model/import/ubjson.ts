// Bytes of universal binary JSON, as XGBoost writes it, in; plain values out: objects, arrays, Float64Array for typed arrays.
//
// Draft 12 of ubjson.org; big-endian. Objects with a count or a type are not written by XGBoost and not read here.

import { ByteReader } from './bytes.ts'
import { corrupt } from './fault.ts'

const deepest = 64
const code = (letter: string) => letter.charCodeAt(0)

/** Reads one value from the start of `bytes`; what follows it is left. Throws `MODEL_IMPORT_TRUNCATED`, `MODEL_IMPORT_CORRUPT`. */
export function parseUbjson(bytes: Uint8Array): unknown {
  const reader = new ByteReader(bytes, 'UBJSON model', 'big')
  return value(reader, reader.u8(), 0)
}

function value(reader: ByteReader, type: number, depth: number): unknown {
  if (depth > deepest) throw damaged(reader, `nested more than ${deepest} deep`)
  if (type === code('{')) return object(reader, depth)
  if (type === code('[')) return array(reader, depth)
  if (type === code('S')) return reader.text(length(reader))
  if (type === code('C')) return reader.text(1)
  if (type === code('T')) return true
  if (type === code('F')) return false
  if (type === code('Z') || type === code('N')) return null
  return number(reader, type)()
}

// fromEntries makes own properties, so that a key like __proto__ is only a key.
function object(reader: ByteReader, depth: number): object {
  const entries: [string, unknown][] = []
  for (let type = reader.u8(); type !== code('}'); type = reader.u8()) {
    const key = reader.text(number(reader, type)())
    entries.push([key, value(reader, reader.u8(), depth + 1)])
  }
  return Object.fromEntries(entries)
}

function array(reader: ByteReader, depth: number): unknown[] | Float64Array {
  let type = reader.u8()
  if (type === code('$')) return typedArray(reader)
  if (type === code('#')) return counted(reader, depth)
  const items: unknown[] = []
  for (; type !== code(']'); type = reader.u8()) items.push(value(reader, type, depth + 1))
  return items
}

function typedArray(reader: ByteReader): Float64Array {
  const read = number(reader, reader.u8())
  if (reader.u8() !== code('#')) throw damaged(reader, 'a typed array without a count')
  // Each item takes a byte at least, so that a lie about the count costs no memory.
  const items = new Float64Array(bounded(reader, length(reader)))
  for (let i = 0; i < items.length; i++) items[i] = read()
  return items
}

function counted(reader: ByteReader, depth: number): unknown[] {
  return Array.from({ length: bounded(reader, length(reader)) }, () => value(reader, reader.u8(), depth + 1))
}

function bounded(reader: ByteReader, count: number): number {
  if (count < 0 || count > reader.left) throw damaged(reader, `an array of ${count} items in ${reader.left} bytes`)
  return count
}

function length(reader: ByteReader): number {
  return number(reader, reader.u8())()
}

function number(reader: ByteReader, type: number): () => number {
  const read = {
    d: reader.f32,
    D: reader.f64,
    i: reader.i8,
    U: reader.u8,
    I: reader.i16,
    l: reader.i32,
    L: reader.i64,
  }[String.fromCharCode(type)]
  if (!read) throw damaged(reader, `type 0x${type.toString(16)} where a number should be`)
  return read
}

function damaged(reader: ByteReader, found: string) {
  return corrupt(reader.what, `${found}, before byte ${reader.at}`)
}
