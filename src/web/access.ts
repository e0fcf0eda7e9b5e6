// A request in, let through or refused: who asks (token), through which name (rebinding), from which page (forgery).

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { TocsinError } from '../core/error.ts'

const cookieName = 'tocsin'
const cookieDays = 30

type Headers = IncomingHttpHeaders

/** Refuses what no honest client sends, on every address. */
export function guardOrigin(app: FastifyInstance, token: string | undefined): void {
  app.addHook('onRequest', async ({ method, headers }) => checkSource(method, headers, token))
}

/** Throws `HOST_REFUSED` or `ORIGIN_REFUSED`. */
export function checkSource(method: string, headers: Headers, token: string | undefined): void {
  if (token === undefined) checkHost(headers)
  if (method !== 'GET' && method !== 'HEAD') checkOrigin(headers)
}

/** Refuses requests of this scope without the token; nothing where there is none to ask for. */
export function guardToken(app: FastifyInstance, token: string | undefined): void {
  if (token === undefined) return
  const check = createTokenCheck(token)
  app.addHook('onRequest', async ({ headers }) => check(headers))
}

// Without a token the loopback address is all that protects: a page elsewhere must not reach it through a name of its own (DNS rebinding).
function checkHost(headers: Headers): void {
  // HTTP/2 calls it :authority.
  const name = hostName(String(headers.host ?? headers[':authority'] ?? ''))
  if (name === 'localhost' || name === '[::1]' || name === '127.0.0.1' || /^127(\.\d{1,3}){3}$/.test(name)) return
  const advice = 'Use http://127.0.0.1 or http://localhost, or set web.token.'
  throw new TocsinError('HOST_REFUSED', `The request names the host "${name}"; expected a loopback name. ${advice}`)
}

function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '')
}

// A browser names the page that a change comes from; a program sends no origin (cross-site request forgery).
function checkOrigin(headers: Headers): void {
  const { origin, host = '' } = headers
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host.toLowerCase())) return
  const advice = 'Send changes from the console, or from a program.'
  throw new TocsinError('ORIGIN_REFUSED', `The request comes from "${origin}"; expected http://${host}. ${advice}`)
}

/** A check of a request's headers for the token, as a bearer or in the console's cookie. It throws `TOKEN_MISSING` or `TOKEN_WRONG`. */
export function createTokenCheck(token: string): (headers: Headers) => void {
  const [expected, session] = [digest(token), digest(sessionOf(token))]
  return ({ authorization, cookie }) => {
    const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
    const held = cookieOf(cookie ?? '')
    if (isSame(bearer, expected) || isSame(held, session)) return
    const isGiven = bearer !== undefined || held !== undefined
    const found = isGiven ? 'The token is not the right one' : 'There is no token'
    const advice =
      'Programs send the header Authorization: Bearer and the token; for the console open /?token= and the token once.'
    throw new TocsinError(isGiven ? 'TOKEN_WRONG' : 'TOKEN_MISSING', `${found}; expected that of web.token. ${advice}`)
  }
}

function cookieOf(header: string): string | undefined {
  const pairs = header.split(';').map((pair) => pair.trim().split('='))
  return pairs.find(([name]) => name === cookieName)?.[1]
}

// What the browser keeps is derived from the token, and does not give it away.
function sessionOf(token: string): string {
  return digest(`tocsin console ${token}`).toString('hex')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

// Equal lengths by digest, then a comparison whose time says nothing of the place of the first difference.
function isSame(given: string | undefined, expected: Buffer): boolean {
  return given !== undefined && timingSafeEqual(digest(given), expected)
}

/** Takes `/?token=…`: sets the cookie and sends the browser to the address without the token. False where there is none in the address. */
export function takeToken(request: FastifyRequest, reply: FastifyReply, token: string | undefined): boolean {
  const given = new URL(request.url, 'http://console').searchParams.get('token')
  if (given === null) return false
  if (token !== undefined) {
    if (!isSame(given, digest(token))) {
      throw new TocsinError(
        'TOKEN_WRONG',
        'The token is not the right one; expected that of web.token. Look there and open the address again.',
      )
    }
    const secure = request.protocol === 'https' ? '; Secure' : ''
    const ageS = cookieDays * 86_400
    reply.header(
      'set-cookie',
      `${cookieName}=${sessionOf(token)}; Path=/; Max-Age=${ageS}; HttpOnly; SameSite=Strict${secure}`,
    )
  }
  reply.code(303).header('location', '/').send()
  return true
}

const common = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

// Styles inline: charts place their bars so, and the daily page (which the console shows in a frame) carries its style sheet.
const policy = `default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'`

/** A daily page runs nothing and loads nothing. */
export const pagePolicy = `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`

export const securityHeaders: Readonly<Record<string, string>> = { ...common, 'content-security-policy': policy }

/** Before anything can be refused, so that refusals carry them, too. */
export function setSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders)
  })
}
