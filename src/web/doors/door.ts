// What a scoring door is: a request's parts in, status, headers and bytes out; nothing of HTTP's machinery in between.

import type { IncomingHttpHeaders } from 'node:http'
import type { z } from 'zod'
import type { TocsinError } from '../../core/error.ts'

/** A request, read to its end and within the limits. */
export type Ask = {
  /** What stands in the path's places, in their order, unescaped. */
  readonly places: readonly string[]
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** Uncompressed. */
  readonly body: Buffer
}

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export type Door = {
  readonly method: 'GET' | 'POST'
  /** With its places: `/endpoints/:endpoint/invocations`. */
  readonly path: string
  readonly summary: string
  /** Who may come in where credentials are asked for: anybody, a program with the token, or also one that signs as AWS's do. */
  readonly guard: 'open' | 'token' | 'signature'
  /** Largest body, bytes; the server's own limit where absent. */
  readonly maxBodyBytes?: number
  /** For the API's own document; doors that others have specified are described by their specifications. */
  readonly documented?: {
    readonly theme: string
    readonly params: z.ZodType
    readonly query: z.ZodType
    readonly body: z.ZodType
    readonly consumes: readonly string[]
    readonly answer: z.ZodType
  }
  /** Throws TocsinErrors; `refuse` puts them into words. */
  readonly answer: (ask: Ask) => Answer | Promise<Answer>
  /** A refusal in the form that this door's clients read. */
  readonly refuse: (error: TocsinError) => Answer
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

export function text(body: string, type: string, status = 200): Answer {
  return { status, headers: { 'content-type': type }, body }
}

/** Goes on with a value at once, or when it is there: most models need nothing that has to be waited for. */
export function after<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}
