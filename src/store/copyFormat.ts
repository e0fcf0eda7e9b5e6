// Rows in, PostgreSQL's binary COPY format out (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format").

import type { Insertion, Value } from './database.ts'

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const minBytes = 1 << 16

/** PostgreSQL's texts hold no character 0: where one stands, U+FFFD. Ids and entities with one are refused before (score/parse.ts). */
export function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text
}

/** One buffer of all rows; columns of the types that the insertion names. */
export function encodeRows({ columns }: Insertion, rows: readonly (readonly Value[])[]): Buffer {
  const types = Object.values(columns)
  const out = new Growing()
  out.bytes(signature)
  for (const row of rows) {
    out.int16(row.length)
    for (let column = 0; column < row.length; column++) writeValue(out, row[column]!, types[column] === 'integer')
  }
  out.int16(-1)
  return out.written()
}

function writeValue(out: Growing, value: Value, isInteger: boolean): void {
  if (value === null) out.int32(-1)
  else if (typeof value === 'string') out.text(storable(value))
  else if (typeof value === 'number') out.number(value, isInteger)
  else {
    out.int32(value.length)
    out.bytes(value)
  }
}

class Growing {
  #buffer = Buffer.allocUnsafe(minBytes)
  #length = 0

  written(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  int16(value: number): void {
    this.#need(2)
    this.#length = this.#buffer.writeInt16BE(value, this.#length)
  }

  int32(value: number): void {
    this.#need(4)
    this.#length = this.#buffer.writeInt32BE(value, this.#length)
  }

  number(value: number, isInteger: boolean): void {
    this.int32(8)
    this.#need(8)
    if (!isInteger) this.#length = this.#buffer.writeDoubleBE(value, this.#length)
    else this.#length = this.#buffer.writeBigInt64BE(BigInt(value), this.#length)
  }

  text(value: string): void {
    // UTF-8 takes at most three bytes for a unit of UTF-16.
    this.#need(4 + 3 * value.length)
    const written = this.#buffer.write(value, this.#length + 4)
    this.int32(written)
    this.#length += written
  }

  bytes(value: Uint8Array): void {
    this.#need(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
  }

  #need(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
