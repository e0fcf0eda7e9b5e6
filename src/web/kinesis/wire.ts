// A body's bytes in, a value out, and back: AWS's JSON 1.1 and CBOR 1.1, with blobs and times as each of them writes them.

import { TocsinError } from '../../core/error.ts'
import { parseJson } from '../body.ts'

export type Wire = {
  readonly contentType: string
  /** Throws `AWS_SERIALIZATION`. */
  decode(body: Uint8Array): unknown
  encode(value: unknown): Uint8Array
  /** A blob member's bytes; undefined where it is none. */
  readBlob(value: unknown): Uint8Array | undefined
  writeBlob(bytes: Uint8Array): unknown
  /** A time member's milliseconds; undefined where it is none. */
  readTime(value: unknown): number | undefined
  writeTime(ms: number): unknown
}

const jsonType = 'application/x-amz-json-1.1'
const cborType = 'application/x-amz-cbor-1.1'

/** By the content type of the request; undefined where it is neither. CBOR is loaded with the first request that needs it. */
export async function wireOf(contentType: string | undefined): Promise<Wire | undefined> {
  const type = (contentType ?? '').replace(/;.*/, '').trim().toLowerCase()
  if (type === jsonType || type === 'application/json') return jsonWire
  return type === cborType ? makeCborWire(await import('cborg')) : undefined
}

export const jsonWire: Wire = {
  contentType: jsonType,
  decode: (body) => parseJson(body, 'AWS_SERIALIZATION', 'the body'),
  encode: (value) => Buffer.from(JSON.stringify(value)),
  readBlob: (value) => (typeof value === 'string' && isBase64(value) ? Buffer.from(value, 'base64') : undefined),
  writeBlob: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  readTime: (value) => (typeof value === 'number' ? value * 1000 : undefined),
  writeTime: (ms) => ms / 1000,
}

// Node's decoder takes whatever comes; AWS refuses what is no base64.
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}

/** Tag 1 with milliseconds, where RFC 8949 has seconds: as AWS's clients write and expect it. */
class Instant {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }
}

function makeCborWire({ decode, encode, Token, Type }: typeof import('cborg')): Wire {
  const tags = { 1: (content: () => unknown) => new Instant(Number(content())) }
  const asTokens = (value: unknown) =>
    value instanceof Instant ? [new Token(Type.tag, 1), new Token(Type.uint, Math.trunc(value.ms))] : null
  const options = { typeEncoders: { Object: asTokens }, ignoreUndefinedProperties: true }
  return {
    contentType: cborType,
    decode: (body) => {
      try {
        return decode(body, { tags })
      } catch (cause) {
        throw new TocsinError('AWS_SERIALIZATION', `The body is not CBOR (${String(cause)}); expected a map.`, {
          cause,
        })
      }
    },
    encode: (value) => encode(value, options),
    readBlob: (value) => (value instanceof Uint8Array ? value : undefined),
    writeBlob: (bytes) => bytes,
    readTime: (value) => (value instanceof Instant ? value.ms : undefined),
    writeTime: (ms) => new Instant(ms),
  }
}
