// Bytes in, numbers and pieces read one after another out; a read past the end is an error, never a guess.

import { truncated } from './fault.ts'

export class ByteReader {
  readonly what: string
  at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #littleEndian: boolean

  /** `what` names the file in errors. */
  constructor(bytes: Uint8Array, what: string, endian: 'little' | 'big') {
    this.what = what
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#littleEndian = endian === 'little'
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  /** The next `length` bytes, not copied. Throws `MODEL_IMPORT_TRUNCATED` where there are fewer. */
  take(length: number): Uint8Array {
    const from = this.#advance(length)
    return this.#bytes.subarray(from, from + length)
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length))
  }

  u8 = () => this.#view.getUint8(this.#advance(1))
  i8 = () => this.#view.getInt8(this.#advance(1))
  i16 = () => this.#view.getInt16(this.#advance(2), this.#littleEndian)
  i32 = () => this.#view.getInt32(this.#advance(4), this.#littleEndian)
  u32 = () => this.#view.getUint32(this.#advance(4), this.#littleEndian)
  f32 = () => this.#view.getFloat32(this.#advance(4), this.#littleEndian)
  f64 = () => this.#view.getFloat64(this.#advance(8), this.#littleEndian)
  /** Rounded beyond 2^53; as a length, such a number is refused wherever it is used. */
  i64 = () => Number(this.#view.getBigInt64(this.#advance(8), this.#littleEndian))

  #advance(length: number): number {
    if (!(length >= 0 && length <= this.left)) throw truncated(this.what, this.#bytes.length)
    const from = this.at
    this.at += length
    return from
  }
}
