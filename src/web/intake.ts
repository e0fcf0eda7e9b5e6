// A request's body in, its events out: each checked, or all refused with every bad one named.

import { sha256 } from '../core/digest.ts'
import { TocsinError } from '../core/error.ts'
import type { Event } from '../core/event.ts'
import { Lines, parseJson } from './body.ts'
import type { Services } from './services.ts'

const maxBadNamed = 20

/** One event of a request: its bytes as the stream takes them, and what the model's schema makes of it. */
export type Incoming = {
  readonly bytes: Uint8Array
  /** Undefined where it was not parsed: the event says what it has. */
  readonly value: unknown
  /** Undefined where it is bad, and where there is no model to read it. */
  readonly event: Event | undefined
  readonly error: TocsinError | undefined
}

type Scorer = NonNullable<Awaited<ReturnType<Services['scorer']>>>
type Reader = Pick<Scorer, 'parse'> & Partial<Pick<Scorer, 'readPlain'>>

/** The events of a body: one object, a list, or lines. Without a reader each must at least be an object. */
export function readEvents(body: unknown, reader: Reader | undefined, now: number): Incoming[] {
  if (body instanceof Lines)
    return body.lines.map(
      (bytes, i) => plainIncoming(bytes, i, reader, now) ?? incoming(bytes, () => lineValue(bytes), i, reader, now),
    )
  const values: readonly unknown[] = Array.isArray(body) ? body : [body]
  return values.map((value, i) => incoming(Buffer.from(JSON.stringify(value)), () => value, i, reader, now))
}

/** The same events, where none is bad. Throws one error that names every bad one (the first 20) by its place, counted from 0. */
export function refuseBad<T extends { readonly error: TocsinError | undefined }>(events: readonly T[]): readonly T[] {
  const bad = events.flatMap(({ error }, i) => (error ? [{ error, i }] : []))
  if (bad.length === 0) return events
  const details = bad.slice(0, maxBadNamed).map(({ error, i }) => `event ${i}: ${error.message}`)
  if (bad.length > maxBadNamed) details.push(`… and ${bad.length - maxBadNamed} more`)
  const count = `${bad.length} of ${events.length} ${events.length === 1 ? 'event is' : 'events are'} bad, and none was taken`
  throw new TocsinError(bad[0]!.error.code, `${count}. ${details.join(' | ')}`, { details })
}

/** What keeps its order in the stream: the entity, else the event itself. */
export function keyOf({ event, value, bytes }: Incoming, columns: readonly string[]): string {
  if (event) return event.entity ?? event.id
  if (typeof value === 'object' && value !== null) {
    const named = Object.entries(value).filter(([name, held]) => columns.includes(name) && held !== null)
    const [first] = named.sort(([a], [b]) => columns.indexOf(a) - columns.indexOf(b))
    if (first) return String(first[1])
  }
  return sha256(bytes)
}

/** Without parsing, where there is nothing unusual in the line. */
function plainIncoming(bytes: Uint8Array, i: number, reader: Reader | undefined, now: number): Incoming | undefined {
  const event = reader?.readPlain?.(bytes, { id: `request-${i}`, time: now })
  return event && { bytes, value: undefined, event, error: undefined }
}

function incoming(
  bytes: Uint8Array,
  take: () => unknown,
  i: number,
  reader: Reader | undefined,
  now: number,
): Incoming {
  let value: unknown
  try {
    value = take()
    const event = reader ? reader.parse(value, { id: `request-${i}`, time: now }) : anyObject(value)
    return { bytes, value, event, error: undefined }
  } catch (error) {
    if (!(error instanceof TocsinError)) throw error
    return { bytes, value, event: undefined, error }
  }
}

function lineValue(bytes: Uint8Array): unknown {
  return parseJson(bytes, 'EVENT_NOT_JSON', 'the line')
}

function anyObject(value: unknown): undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return undefined
  const found = Array.isArray(value) ? 'a list' : JSON.stringify(value)
  throw new TocsinError(
    'EVENT_NOT_OBJECT',
    `the event is ${found}; expected one flat object; send {"column": value, …}`,
  )
}
