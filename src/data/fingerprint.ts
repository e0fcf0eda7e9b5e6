// A history in, one digest of its rows out.

import { createHash } from 'node:crypto'
import { endianness } from 'node:os'
import type { Column, History } from '../core/column.ts'

type TypedArray = Float64Array | Int32Array | Uint8Array

/** SHA-256 (hex) over the rows as read: ids, times, labels, weights and every column. Equal histories, equal digests. */
export function historyFingerprint(history: History): string {
  const hash = createHash('sha256')
  const text = (value: unknown) => hash.update(JSON.stringify(value)).update('\n')
  const array = (values: TypedArray) => hash.update(littleEndian(values))
  text(['history', history.rows])
  text(history.ids)
  array(history.times)
  array(history.labels)
  array(history.weights)
  for (const column of history.columns.values()) {
    text([column.kind, column.name, column.kind === 'category' ? column.dictionary : null])
    array(valuesOf(column))
  }
  return hash.digest('hex')
}

function valuesOf(column: Column): TypedArray {
  return column.kind === 'number' ? column.values : column.codes
}

// One digest on every machine.
function littleEndian({ buffer, byteOffset, byteLength, BYTES_PER_ELEMENT }: TypedArray): Uint8Array {
  const bytes = Buffer.from(buffer, byteOffset, byteLength)
  if (endianness() === 'LE' || BYTES_PER_ELEMENT === 1) return bytes
  return BYTES_PER_ELEMENT === 8 ? Buffer.from(bytes).swap64() : Buffer.from(bytes).swap32()
}
