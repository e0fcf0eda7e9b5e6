// A request in, an answer out, over connections that only go to addresses that a message may go to.

import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { type AllowedNetwork, isAllowed, literalAddress, networkOf } from '../core/address.ts'

export type HttpRequest = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}
export type HttpResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** UTF-8. */
  readonly body: string
}

/** Posts; rejects where nothing answered. A body is read up to `longestBody` bytes. Never follows a redirect: it would carry the message to a place that nobody configured. */
export type Post = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>

/** Gets; rejects where nothing answered, or not all of it in time and within so many bytes. Follows no redirect either. */
export type Get = (
  url: string,
  limits: { readonly mostBytes: number; readonly timeoutMs: number },
) => Promise<HttpResponse>

export type Http = {
  readonly post: Post
  readonly get: Get
  /** For a vendor's own client: its connections are guarded like ours. */
  readonly agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent }
  close(): void
}

export type HttpOptions = {
  /** Networks beside the public internet that may be called: `loopback`, `private`, or ranges. */
  readonly allow: readonly AllowedNetwork[]
  /** Certificate authorities beside the system's, PEM. */
  readonly ca?: string
  readonly lookup?: typeof systemLookup
}

/** More of an answer to a message is not read, bytes. */
const longestBody = 16_384
/** How long an idle connection is kept, ms. */
const keepMs = 30_000

/**
 * Connections go to the very address that was checked: the name is looked up once, inside the connection, so that a name
 * which answers something else the second time (DNS rebinding) gains nothing.
 */
export function openHttp({ allow, ca, lookup = systemLookup }: HttpOptions): Http {
  const settings = { keepAlive: true, keepAliveMsecs: keepMs, timeout: keepMs, lookup: guarded(lookup, allow) }
  const httpAgent = new HttpAgent(settings)
  const httpsAgent = new HttpsAgent({ ...settings, ...(ca === undefined ? {} : { ca }) })
  const agentFor = (url: string) => {
    const literal = literalAddress(url)
    if (literal !== undefined && !isAllowed(literal, allow)) throw refused(url, [literal])
    return url.startsWith('https:') ? httpsAgent : httpAgent
  }
  const post: Post = async ({ url, headers, body }, signal) => {
    const agent = agentFor(url)
    const sent = { 'content-length': String(Buffer.byteLength(body)), ...headers }
    const send = () => exchange({ method: 'POST', url, headers: sent, body, read: startOf }, signal, agent)
    try {
      return await send()
    } catch (error) {
      // The other side closed an idle connection while we wrote to it: nothing was answered, and the key is the same.
      if (error instanceof StaleConnection && !signal.aborted) return send()
      throw error
    }
  }
  const get: Get = async (url, { mostBytes, timeoutMs }) => {
    const read = (response: IncomingMessage) => wholeOf(response, mostBytes)
    return exchange({ method: 'GET', url, headers: {}, read }, AbortSignal.timeout(timeoutMs), agentFor(url))
  }
  return {
    ...{ post, get },
    agents: { httpAgent, httpsAgent },
    close: () => {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}

class StaleConnection extends Error {}

type Exchange = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: HttpRequest['headers']
  readonly body?: HttpRequest['body']
  readonly read: (response: IncomingMessage) => Promise<string>
}

function exchange(
  { method, url, headers, body, read }: Exchange,
  signal: AbortSignal,
  agent: HttpAgent | HttpsAgent,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const options: RequestOptions = { method, agent, headers: { 'user-agent': 'tocsin', ...headers } }
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options)
    const stop = () => request.destroy(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    request.once('close', () => signal.removeEventListener('abort', stop))
    request.once('error', (error) => reject(request.reusedSocket && isReset(error) ? new StaleConnection() : error))
    request.once('response', (response) => {
      const answered = (text: string) =>
        resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body: text })
      read(response).then(answered, reject)
    })
    request.end(body)
  })
}

// The status has said it all: a body that is too long, breaks off or never ends changes nothing.
async function startOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of response) {
      chunks.push(chunk)
      length += chunk.length
      if (length > longestBody) break
    }
  } catch {
    return ''
  }
  return Buffer.concat(chunks).subarray(0, longestBody).toString()
}

async function wholeOf(response: IncomingMessage, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    chunks.push(chunk)
    length += chunk.length
    if (length > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`)
  }
  return Buffer.concat(chunks).toString()
}

function headersOf({ headers }: IncomingMessage): HttpResponse['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

/** Looks up, and hands on only addresses that may be called. */
function guarded(lookup: typeof systemLookup, allow: readonly AllowedNetwork[]): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      const addresses: LookupAddress[] = found.filter(({ address }) => isAllowed(address, allow))
      const [first] = addresses
      if (first === undefined)
        return done(
          refused(
            hostname,
            found.map(({ address }) => address),
          ),
          '',
        )
      if (options.all) return done(null, addresses)
      done(null, first.address, first.family)
    })
  }
}

function refused(place: string, addresses: readonly string[]): Error {
  const host = URL.canParse(place) ? new URL(place).hostname : place
  const where = addresses.map((address) => `${address}, which is ${networkOf(address)}`).join('; ')
  return new Error(
    `${host} is at ${where}; expected a public address. Allow others with outbound.allow: [loopback], [private] or a range`,
  )
}
