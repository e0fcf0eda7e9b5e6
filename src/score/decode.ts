// A record's bytes → the JSON value in them, or an error that names the place where they stop being JSON.

import { TocsinError } from '../core/error.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Strict UTF-8 JSON (RFC 8259). Throws TocsinError `EVENT_NOT_JSON`. */
export function decodeJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch (cause) {
    throw notJson(`byte ${firstBadByte(bytes)} is not UTF-8`, 'UTF-8 text', cause)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw notJson(placeOf(cause, text), 'one JSON object', cause)
  }
}

function notJson(found: string, expected: string, cause: unknown): TocsinError {
  const advice = /\b(NaN|Infinity)\b/.test(found)
    ? 'JSON has no NaN and no Infinity: send null'
    : 'send {"column": value, …}'
  return new TocsinError('EVENT_NOT_JSON', `the record is not JSON: ${found}; expected ${expected}; ${advice}`, {
    cause,
  })
}

// The engine tells the place only in its message: as a position, or as the text around it.
function placeOf(cause: unknown, text: string): string {
  if (text.trim() === '') return 'it is empty'
  const message = cause instanceof Error ? cause.message : String(cause)
  const place = Number(/position (\d+)/.exec(message)?.[1] ?? Number.NaN)
  if (place >= text.length || message.startsWith('Unexpected end'))
    return `it ends too early, after character ${text.length}`
  if (Number.isNaN(place)) return message
  return `unexpected "${text.slice(place, place + 20)}" at character ${place}`
}

// Decoding with `stream` forgives an unfinished last character, so the shortest prefix that fails ends at the bad byte.
function firstBadByte(bytes: Uint8Array): number {
  let good = 0
  let bad = bytes.length
  while (good < bad) {
    const middle = (good + bad) >> 1
    if (startsWithUtf8(bytes.subarray(0, middle + 1))) good = middle + 1
    else bad = middle
  }
  return good
}

function startsWithUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
