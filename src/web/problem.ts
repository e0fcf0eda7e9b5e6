// Any error in, an RFC 9457 problem out: the status from the error's code, the words from its message.

import { STATUS_CODES } from 'node:http'
import { TocsinError } from '../core/error.ts'
import type { Problem } from './api.ts'

export const problemType = 'application/problem+json'

const statuses: Readonly<Record<string, number>> = {
  JSON_MALFORMED: 400,
  BODY_EMPTY: 400,
  BODY_LENGTH_WRONG: 400,
  URL_MALFORMED: 400,
  QUERY_INVALID: 400,
  PATH_INVALID: 400,
  TOKEN_MISSING: 401,
  TOKEN_WRONG: 401,
  HOST_REFUSED: 403,
  ORIGIN_REFUSED: 403,
  ADDRESS_UNKNOWN: 404,
  CONSOLE_MISSING: 404,
  DETECTOR_UNKNOWN: 404,
  ALERT_UNKNOWN: 404,
  EVENT_UNKNOWN: 404,
  MODEL_UNKNOWN: 404,
  DAY_UNKNOWN: 404,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE_UNSUPPORTED: 415,
  CONTENT_ENCODING_UNSUPPORTED: 415,
  BODY_INVALID: 422,
  QUEUE_FULL: 429,
  MODEL_MISSING: 503,
  STORE_BUSY: 503,
  STREAM_BUSY: 503,
  STORE_CLOSED: 503,
  STREAM_CLOSED: 503,
  STREAM_UNREACHABLE: 503,
  STREAM_FULL: 507,
  STORE_FULL: 507,
}

/** Seconds after which it may be tried again. */
export const retryAfterS: Readonly<Record<number, number>> = { 429: 1, 503: 2, 507: 60 }

/** The HTTP status of a TocsinError's code; 500 where the caller is not to blame. */
function statusOf(code: string): number {
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
