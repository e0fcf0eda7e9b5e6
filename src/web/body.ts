// A request's bytes in, parsed JSON or single lines out; what is neither is refused with the place where it breaks.

import type { FastifyInstance } from 'fastify'
import { TocsinError } from '../core/error.ts'

export const jsonType = 'application/json'
export const linesType = 'application/x-ndjson'
/** Of a file, or a part of one. */
export const bytesType = 'application/octet-stream'
/** What a page's form sends. */
export const formType = 'application/x-www-form-urlencoded'

/** A body of one JSON text a line, not yet parsed: each line may be bad on its own. */
export class Lines {
  readonly lines: readonly Uint8Array[]

  constructor(body: Uint8Array) {
    this.lines = linesOf(body)
  }
}

/** A page's form: texts by name. Only a route that asks for forms takes one: any page elsewhere could send it. */
export class Form {
  readonly fields: Readonly<Record<string, string>>

  constructor(body: string) {
    this.fields = Object.fromEntries(new URLSearchParams(body))
  }
}

/** A body of whatever bytes, not looked into. */
export class Bytes {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

export function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(jsonType, { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => parseBody(body))
  app.addContentTypeParser(linesType, { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => new Lines(body))
  app.addContentTypeParser(bytesType, { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => new Bytes(body))
  app.addContentTypeParser(formType, { parseAs: 'string' }, async (_request: unknown, body: string) => new Form(body))
  app.addHook('onRequest', async (request) => {
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding === 'identity') return
    const message = `The body is sent as "${encoding}"; expected no content-encoding. Send it uncompressed.`
    throw new TocsinError('CONTENT_ENCODING_UNSUPPORTED', message)
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Strict UTF-8 JSON. Throws a TocsinError of the code, about what `name` names. */
export function parseJson(bytes: Uint8Array, code: string, name: string): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch (cause) {
    const found = cause instanceof SyntaxError ? cause.message : 'it is not UTF-8'
    const isNumber = /\b(NaN|Infinity)\b|'N'|'I'/.test(found)
    const advice = isNumber ? 'JSON has no NaN and no Infinity: send null' : 'mend it and send it again'
    throw new TocsinError(code, `${name} is not JSON: ${found}; expected strict JSON in UTF-8; ${advice}`, { cause })
  }
}

function parseBody(body: Uint8Array): unknown {
  if (body.length === 0) throw new TocsinError('BODY_EMPTY', 'The body is empty; expected JSON. Send one.')
  return parseJson(body, 'JSON_MALFORMED', 'the body')
}

const newline = 10

function linesOf(body: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(newline, start)
    const end = found === -1 ? body.length : found
    if (!isBlank(body, start, end)) lines.push(body.subarray(start, end))
    start = end + 1
  }
  return lines
}

function isBlank(body: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (body[i]! > 32) return false
  return true
}
