// One entry of the API: what it takes, what it answers and what it does; validation, serving and OpenAPI all read it.

import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { TocsinError } from '../core/error.ts'
import { Bytes, bytesType, Form, formType, jsonType, Lines, linesType } from './body.ts'

/** Everything readonly, all the way down: what a room hands out can be answered as it is. */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T

/** What the API's own document says of an entry. */
export type Documented = {
  readonly method: 'GET' | 'POST'
  /** As Fastify writes it: `/v1/alerts/:id`. */
  readonly path: string
  readonly summary: string
  readonly theme: string
  /** Answers without a token. */
  readonly isOpen: boolean
  readonly params: z.ZodType | undefined
  readonly query: z.ZodType | undefined
  readonly body: z.ZodType | undefined
  /** What the body looks like where the handler reads it itself; for the documents only. */
  readonly documentedBody: z.ZodType | undefined
  /** Content types of the body. */
  readonly consumes: readonly string[]
  readonly status: number
  /** A schema for JSON, a media type for text. */
  readonly answer: z.ZodType | string
}

export type Route = Documented & {
  readonly run: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
}

type Takes<P, Q, B> = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  readonly theme: string
  readonly isOpen?: boolean
  readonly params?: z.ZodType<P>
  readonly query?: z.ZodType<Q>
  readonly body?: z.ZodType<B>
  readonly documentedBody?: z.ZodType
  readonly consumes?: readonly string[]
  readonly status?: number
}

type Input<P, Q, B> = {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** A route that answers JSON of a schema. */
export function jsonRoute<A, P, Q, B>(
  spec: Takes<P, Q, B> & {
    readonly answer: z.ZodType<A>
    readonly handle: (input: Input<P, Q, B>) => Promise<Immutable<A>>
  },
): Route {
  return makeRoute(spec, spec.answer, async (input) => input.reply.send(await spec.handle(input)))
}

/** A route that answers text (or bytes, or a stream of either) of a media type. */
export function textRoute<P, Q, B>(
  spec: Takes<P, Q, B> & {
    readonly answer: string
    readonly handle: (input: Input<P, Q, B>) => Promise<string | Uint8Array | Readable>
  },
): Route {
  return makeRoute(spec, spec.answer, async (input) => input.reply.type(spec.answer).send(await spec.handle(input)))
}

/** A route that writes its answer itself, for as long as it likes. */
export function streamRoute<P, Q, B>(
  spec: Takes<P, Q, B> & {
    readonly answer: string
    readonly handle: (input: Input<P, Q, B>) => Promise<void>
  },
): Route {
  return makeRoute(spec, spec.answer, async (input) => {
    input.reply.hijack()
    await spec.handle(input)
  })
}

function makeRoute<P, Q, B>(
  spec: Takes<P, Q, B>,
  answer: Route['answer'],
  serve: (input: Input<P, Q, B>) => Promise<unknown>,
): Route {
  const {
    method,
    path,
    summary,
    theme,
    isOpen = false,
    params,
    query,
    body,
    documentedBody,
    status = 200,
    consumes = [jsonType],
  } = spec
  return {
    ...{ method, path, summary, theme, isOpen, params, query, body, documentedBody, status, answer },
    consumes: method === 'GET' ? [] : consumes,
    run: async (request, reply) => {
      reply.code(status)
      return serve({
        params: checked(params, request.params, 'PATH_INVALID', 'the path'),
        query: checked(query, request.query, 'QUERY_INVALID', 'the query'),
        body: checkedBody(body, request, consumes),
        request,
        reply,
      })
    },
  }
}

function checkedBody<B>(schema: z.ZodType<B> | undefined, request: FastifyRequest, consumes: readonly string[]): B {
  const { body, method } = request
  if (body !== undefined && body !== null && !consumes.includes(typeOf(body))) {
    const message = `The content type is ${request.headers['content-type']}; expected ${consumes.join(' or ')}.`
    throw new TocsinError('CONTENT_TYPE_UNSUPPORTED', message)
  }
  if (method === 'POST' && body === undefined)
    throw new TocsinError('BODY_EMPTY', `There is no body; expected ${consumes.join(' or ')}. Send one.`)
  return checked(schema, body instanceof Form ? body.fields : body, 'BODY_INVALID', 'the body')
}

function typeOf(body: unknown): string {
  if (body instanceof Lines) return linesType
  if (body instanceof Bytes) return bytesType
  return body instanceof Form ? formType : jsonType
}

// Without a schema nothing is promised about the value: its type is unknown.
function checked<T>(schema: z.ZodType<T> | undefined, value: unknown, code: string, place: string): T {
  const result = schema?.safeParse(value)
  if (result === undefined) return undefined as T
  if (result.success) return result.data
  const details = result.error.issues.map(({ path, message }) => `${path.join('.') || place}: ${message}`)
  const advice = 'Mend it; /openapi.json says what is expected.'
  throw new TocsinError(code, `In ${place}, ${details.join('; ')}. ${advice}`, { details })
}
