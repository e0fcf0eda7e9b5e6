// Any error in, an RFC 9457 problem out: the status from the error's code, the words from its message.

import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { TocsinError } from '../core/error.ts'
import type { Problem } from './api/problem.ts'

export const problemType = 'application/problem+json'

const statuses: Readonly<Record<string, number>> = {
  JSON_MALFORMED: 400,
  BODY_EMPTY: 400,
  BODY_LENGTH_WRONG: 400,
  BODY_NOT_TEXT: 400,
  CSV_MALFORMED: 400,
  LIBSVM_MALFORMED: 400,
  INSTANCES_INVALID: 400,
  TENSORS_INVALID: 400,
  SOLUTION_BODY_INVALID: 400,
  ROW_WIDTH_WRONG: 400,
  HEADER_INVALID: 400,
  CONTENT_ENCODING_WRONG: 400,
  URL_MALFORMED: 400,
  QUERY_INVALID: 400,
  PATH_INVALID: 400,
  TOKEN_MISSING: 401,
  TOKEN_WRONG: 401,
  SIGNATURE_MISSING: 403,
  SIGNATURE_INCOMPLETE: 403,
  SIGNATURE_KEY_UNKNOWN: 403,
  SIGNATURE_EXPIRED: 403,
  SIGNATURE_WRONG: 403,
  HOST_REFUSED: 403,
  ORIGIN_REFUSED: 403,
  ADDRESS_UNKNOWN: 404,
  CONSOLE_MISSING: 404,
  DETECTOR_UNKNOWN: 404,
  ALERT_UNKNOWN: 404,
  ALERT_NOT_KEPT: 404,
  DEAD_LETTER_UNKNOWN: 404,
  DEAD_LETTER_REPLAYED: 409,
  SILENCE_UNKNOWN: 404,
  SIMULATION_TOO_LONG: 422,
  CONFIG_INVALID: 422,
  EVENT_UNKNOWN: 404,
  MODEL_UNKNOWN: 404,
  DAY_UNKNOWN: 404,
  REPORT_UNKNOWN: 404,
  DELIVERY_UNKNOWN: 404,
  RECEIVER_UNKNOWN: 404,
  LINK_INVALID: 404,
  MODEL_FIRST: 409,
  VARIANT_UNKNOWN: 404,
  ENDPOINT_UNKNOWN: 404,
  METHOD_WRONG: 405,
  ACCEPT_UNSUPPORTED: 406,
  BODY_SLOW: 408,
  DELIVERY_NOT_DEAD: 409,
  LINK_EXPIRED: 410,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE_UNSUPPORTED: 415,
  CONTENT_ENCODING_UNSUPPORTED: 415,
  BODY_INVALID: 422,
  RECORD_NEEDS_ID: 422,
  SETUP_CLOSED: 404,
  SETUP_DONE: 409,
  SETUP_BUSY: 409,
  SETUP_NO_FILE: 409,
  SETUP_NOT_TRAINED: 409,
  CONFIG_EXISTS: 409,
  UPLOAD_OUT_OF_STEP: 409,
  UPLOAD_TOO_LARGE: 413,
  UPLOAD_KIND_UNKNOWN: 415,
  UPLOAD_IO: 507,
  QUEUE_FULL: 429,
  OVERLOADED: 429,
  MODEL_MISSING: 503,
  STORE_BUSY: 503,
  STREAM_BUSY: 503,
  STORE_CLOSED: 503,
  STREAM_CLOSED: 503,
  STREAM_UNREACHABLE: 503,
  DEADLINE_PASSED: 504,
  STREAM_FULL: 507,
  STORE_FULL: 507,
}

/** Seconds after which it may be tried again. */
export const retryAfterS: Readonly<Record<number, number>> = { 429: 1, 503: 2, 507: 60 }

/** The HTTP status of a TocsinError's code; 500 where the caller is not to blame. */
export function statusOf(code: string): number {
  return statuses[code] ?? (code.startsWith('EVENT_') ? 422 : 500)
}

export function problemOf({ code, message, details }: TocsinError): Problem {
  const status = statusOf(code)
  return {
    type: `urn:tocsin:problem:${code}`,
    title: STATUS_CODES[status]!,
    status,
    detail: message,
    code,
    ...(details.length > 0 ? { errors: [...details] } : {}),
  }
}

const socketRefusals: Readonly<Record<string, readonly [status: number, code: string, expected: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE', 'headers of at most 16 kB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'REQUEST_SLOW', 'the whole request in time'],
}

/** What is no HTTP, too slow or too large before there is a request: answered on the bare connection, which is closed. */
export function refuseSocket(error: NodeJS.ErrnoException, socket: Duplex): void {
  const [status, code, expected] = socketRefusals[error.code ?? ''] ?? [400, 'REQUEST_MALFORMED', 'HTTP/1.1']
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy(error)
    return
  }
  const title = STATUS_CODES[status]!
  const detail = `The request cannot be read (${error.code}); expected ${expected}. Send it again so.`
  const body = JSON.stringify({ type: `urn:tocsin:problem:${code}`, title, status, detail, code })
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}`
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`)
}

/** What went wrong as a TocsinError: Fastify's own refusals in our words, anything unexpected without its inner words. */
export function asTocsinError(error: unknown, maxBodyBytes: number): TocsinError {
  if (error instanceof TocsinError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const refusal = fastifyRefusals[code]
  if (refusal) return new TocsinError(refusal.code, refusal.message(maxBodyBytes), { cause: error })
  const message = 'Something failed inside the server; expected none of this. The log says more; please report it.'
  return new TocsinError('INTERNAL', message, { cause: error })
}

type Refusal = { readonly code: string; readonly message: (maxBodyBytes: number) => string }

const fastifyRefusals: Readonly<Record<string, Refusal>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'BODY_TOO_LARGE',
    message: (max) =>
      `The body is over the limit; expected at most ${max} bytes. Send it in parts, or raise web.maxBodyBytes.`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'CONTENT_TYPE_UNSUPPORTED',
    message: () =>
      'The content type is missing or unknown; expected content-type: application/json (for events also application/x-ndjson).',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'BODY_LENGTH_WRONG',
    message: () => 'The body is not as long as content-length says; expected equal lengths. Send it again.',
  },
  FST_ERR_BAD_URL: {
    code: 'URL_MALFORMED',
    message: () => 'The address has a broken percent escape; expected UTF-8 behind each %. Escape it again.',
  },
}
