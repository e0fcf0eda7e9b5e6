// The scoring doors in one row: a request's parts in, through the right door's guard, its answer out. Whatever goes wrong is an answer, too.

import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { TocsinError } from '../core/error.ts'
import { checkSource, createTokenCheck } from './access.ts'
import type { Answer, Ask, Door } from './doors/door.ts'
import { asTocsinError, retryAfterS } from './problem.ts'
import type { Logger } from './services.ts'
import type { VerifySignature } from './sigv4.ts'

/** A request as it came: the body as it lay on the wire. */
export type Asked = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export type Found = {
  readonly door: Door
  readonly places: readonly string[]
  readonly query: string
  readonly method: string
}

export type Desk = {
  /** The door of an address; undefined where none is there. A wrong method finds it, too, and is refused by `answer`. */
  find(method: string, url: string): Found | undefined
  /** Largest body that the door takes, bytes. */
  maxBodyBytes(found: Found): number
  /** Never rejects, never throws. At once where nothing has to be waited for. */
  answer(found: Found, request: Asked): Answer | Promise<Answer>
  refuse(found: Found, error: unknown): Answer
}

export type DeskOptions = {
  readonly token: string | undefined
  /** Undefined where no AWS keys are configured. */
  readonly verify: VerifySignature | undefined
  readonly maxBodyBytes: number
  readonly logger: Logger
  readonly isAnyHost?: boolean
}

const unzip = promisify(gunzip)
const maxRecent = 200

export function createDesk(doors: readonly Door[], options: DeskOptions): Desk {
  const { maxBodyBytes, logger } = options
  const table = doors.map((door) => ({ door, pattern: patternOf(door.path) }))
  const pass = createGuard(options)
  const limitOf = (door: Door) => Math.min(door.maxBodyBytes ?? maxBodyBytes, maxBodyBytes)

  // The addresses of nearly all requests are few.
  const recent = new Map<string, Found>()
  const find: Desk['find'] = (method, url) => {
    const seen = recent.get(url)
    if (seen?.door.method === method) return seen
    const found = search(method, url)
    if (found?.door.method !== method) return found
    if (recent.size === maxRecent) recent.clear()
    recent.set(url, found)
    return found
  }

  const search: Desk['find'] = (method, url) => {
    const at = url.indexOf('?')
    const path = at === -1 ? url : url.slice(0, at)
    let other: Found | undefined
    for (const { door, pattern } of table) {
      const match = pattern.exec(path)
      if (!match) continue
      const found = { door, places: match.slice(1), query: at === -1 ? '' : url.slice(at + 1), method }
      if (door.method === method) return found
      other = found
    }
    return other
  }

  const refuse: Desk['refuse'] = ({ door }, error) => {
    const known = asTocsinError(error, limitOf(door))
    const answer = door.refuse(known)
    if (answer.status >= 500) logger.error({ err: error, code: known.code }, known.message)
    return { ...answer, headers: { ...answer.headers, ...advice(known, answer.status, door) } }
  }

  const ask = ({ door, places, query }: Found, { headers }: Asked, body: Buffer): Answer | Promise<Answer> =>
    door.answer({ places: places.map(unescaped), query: queryOf(query), headers, body } satisfies Ask)

  return {
    find,
    refuse,
    maxBodyBytes: ({ door }) => limitOf(door),
    answer: (found, request) => {
      try {
        if (found.door.method !== request.method) throw wrongMethod(found, request.method)
        pass(found.door, request)
        const answered = isPlain(request.headers)
          ? ask(found, request, request.body)
          : unzipped(request, limitOf(found.door)).then((body) => ask(found, request, body))
        return answered instanceof Promise ? answered.catch((error: unknown) => refuse(found, error)) : answered
      } catch (error) {
        return refuse(found, error)
      }
    },
  }
}

function advice({ code }: TocsinError, status: number, door: Door): Record<string, string> {
  const retryAfter = retryAfterS[status]
  return {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(code === 'METHOD_WRONG' ? { allow: door.method } : {}),
  }
}

/** Throws where the request may not come in. */
function createGuard({ token, verify, isAnyHost }: DeskOptions): (door: Door, request: Asked) => void {
  const checkToken = token === undefined ? undefined : createTokenCheck(token)
  return ({ guard }, request) => {
    const { method, headers } = request
    if (!isAnyHost) checkSource(method, headers, token)
    if (guard === 'open') return
    if (guard === 'signature' && verify && !headers.authorization?.startsWith('Bearer')) verify(request)
    else if (checkToken) checkToken(headers)
    else if (guard === 'signature' && verify) verify(request)
  }
}

function isPlain({ 'content-encoding': encoding }: IncomingHttpHeaders): boolean {
  return encoding === undefined || encoding === 'identity' || encoding === ''
}

// Inflated no further than the limit, so that a small body cannot fill the memory.
async function unzipped({ headers, body }: Asked, maxBytes: number): Promise<Buffer> {
  const encoding = headers['content-encoding']
  if (encoding !== 'gzip')
    throw new TocsinError(
      'CONTENT_ENCODING_UNSUPPORTED',
      `The body is sent as "${encoding?.slice(0, 40)}"; expected gzip, or no content-encoding. Send it so.`,
    )
  try {
    return await unzip(body, { maxOutputLength: maxBytes })
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new TocsinError(
        'BODY_TOO_LARGE',
        `The body unpacks to over ${maxBytes} bytes; expected at most those. Send it in parts.`,
      )
    throw new TocsinError(
      'CONTENT_ENCODING_WRONG',
      'The body is not the gzip that it says; expected whole gzip. Send it again.',
      { cause },
    )
  }
}

const noQuery = new URLSearchParams()

function queryOf(query: string): URLSearchParams {
  return query === '' ? noQuery : new URLSearchParams(query)
}

function unescaped(place: string): string {
  if (!place.includes('%')) return place
  try {
    return decodeURIComponent(place)
  } catch (cause) {
    const message = 'The address has a broken percent escape; expected UTF-8 behind each %. Escape it again.'
    throw new TocsinError('URL_MALFORMED', message, { cause })
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/:\w+/g, '([^/]+)')}$`)
}

/** What an address is asked with, and what it expects. */
function wrongMethod({ door }: Found, method: string): TocsinError {
  return new TocsinError(
    'METHOD_WRONG',
    `The method is ${method}; expected ${door.method} at ${door.path}. Send it so.`,
  )
}
