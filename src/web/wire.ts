// Bytes of connections in, answers of the scoring doors out, where requests are plain; any other connection goes on to the server of HTTP, with all that it has sent.
//
// A plain request is a POST to a door as programs send it: HTTP/1.1, one content-length, no header twice, nothing that changes the
// connection, nothing behind the body, small. What is anything else is not judged here: Node's parser sees all of its bytes, and
// those of every request after it on that connection. So there is one judge of HTTP, and a short way past the streams and
// events that it needs for bodies of any size, which cost several times what parsing and scoring one event does.

import { type IncomingHttpHeaders, type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Found } from './desk.ts'
import type { Answer } from './doors/door.ts'
import type { Front } from './front.ts'

/** Larger ones are better read piece by piece. */
const maxBytes = 64 * 1024
const maxHeadBytes = 8 * 1024
/** A request may come in so many pieces, and within this time. */
const maxPieces = 4
const partialMs = 1000
/** A connection that says nothing for so long after it has opened is left to HTTP's own time limits. */
const silenceMs = 5000
const sweepMs = 500

type Parts = {
  readonly front: Pick<Front, 'doorFor' | 'reply'>
  readonly clock: { now(): number }
}

/** Stands before whatever the server does with connections. `close` ends those that wait for a request, and the others with their answer. */
export function addWire(server: Server, parts: Parts): { close(): void } {
  const open = new Set<Connection>()
  const others = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  const dateOf = dateHeader(parts.clock)
  const common = {
    front: parts.front,
    keepAliveMs: server.keepAliveTimeout,
    tail: () => `Date: ${dateOf()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${keepAliveS(server)}\r\n\r\n`,
    handOn: (socket: Socket) => {
      for (const listener of others) listener.call(server, socket)
    },
    gone: (connection: Connection) => open.delete(connection),
  }
  server.on('connection', (socket: Socket) => open.add(new Connection(socket, common)))
  const sweeper = setInterval(() => {
    const now = performance.now()
    for (const connection of open) connection.look(now)
  }, sweepMs)
  sweeper.unref()
  return {
    close: () => {
      clearInterval(sweeper)
      for (const connection of open) connection.end()
    },
  }
}

type Common = {
  readonly front: Parts['front']
  readonly keepAliveMs: number
  /** Where a head ends that leaves the connection open. */
  readonly tail: () => string
  readonly handOn: (socket: Socket) => void
  readonly gone: (connection: Connection) => void
}

class Connection {
  readonly #socket: Socket
  readonly #common: Common
  #held: Buffer | undefined
  #pieces = 0
  /** Of the last answer; of the first piece of what is held; else when it opened. */
  #since = performance.now()
  #hasAsked = false
  #isAnswering = false
  #isEnding = false

  constructor(socket: Socket, common: Common) {
    this.#socket = socket
    this.#common = common
    socket.on('data', this.#take).on('end', this.#over).on('error', this.#failed).on('close', this.#closed)
  }

  /** From time to time: what has waited too long ends, or is somebody else's. */
  look(now: number): void {
    const waited = now - this.#since
    if (this.#isAnswering) return
    if (this.#held) {
      if (waited > partialMs) this.#handOn(this.#held)
    } else if (!this.#hasAsked) {
      if (waited > silenceMs) this.#handOn(undefined)
    } else if (this.#common.keepAliveMs > 0 && waited > this.#common.keepAliveMs) this.#socket.end()
  }

  end(): void {
    this.#isEnding = true
    if (this.#held) this.#handOn(this.#held)
    else if (!this.#isAnswering) this.#socket.end()
  }

  readonly #take = (chunk: Buffer): void => {
    const bytes = this.#held ? Buffer.concat([this.#held, chunk]) : chunk
    const read = readPlain(bytes)
    const found = read?.head && this.#common.front.doorFor('POST', read.head.url, read.head.bodyBytes)
    if (read?.body && found) this.#answer(found, read.head, read.body)
    else if (!read || (read.head && !found) || ++this.#pieces > maxPieces) this.#handOn(bytes)
    else this.#hold(bytes)
  }

  #hold(bytes: Buffer): void {
    if (!this.#held) this.#since = performance.now()
    this.#held = bytes
  }

  #answer(found: Found, { url, headers }: Head, body: Buffer): void {
    this.#held = undefined
    this.#pieces = 0
    this.#hasAsked = true
    this.#isAnswering = true
    this.#common.front.reply(found, { method: 'POST', url, headers, body }, this.#send)
    // Whatever comes before the answer is there stays where it is.
    if (this.#isAnswering) this.#socket.pause()
  }

  readonly #send = ({ status, headers, body }: Answer): void => {
    if (!this.#isAnswering) return
    this.#isAnswering = false
    this.#since = performance.now()
    const socket = this.#socket
    if (socket.destroyed) return
    const isLast = this.#isEnding || headers.connection === 'close'
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`
    if (!isLast) head += this.#common.tail()
    else head += headers.connection === 'close' ? '\r\n' : 'Connection: close\r\n\r\n'
    // As many bytes as characters: one byte each, which is cheaper to write.
    if (typeof body === 'string')
      socket.write(head + body, Number(headers['content-length']) === body.length ? 'latin1' : 'utf8')
    else {
      socket.write(head, 'latin1')
      socket.write(body)
    }
    if (isLast) socket.end()
    else if (socket.isPaused()) socket.resume()
    // A client that asks and asks and does not read the answers is not let on.
    else if (socket.writableNeedDrain) this.#untilDrained()
  }

  #untilDrained(): void {
    this.#socket.pause()
    this.#socket.once('drain', () => this.#socket.resume())
  }

  #handOn(bytes: Buffer | undefined): void {
    const socket = this.#socket
    socket.off('data', this.#take).off('end', this.#over).off('error', this.#failed).off('close', this.#closed)
    this.#common.gone(this)
    socket.pause()
    if (bytes) socket.unshift(bytes)
    this.#common.handOn(socket)
    socket.resume()
  }

  // The server lets connections be half open: the other side has said all, and may still be owed an answer.
  readonly #over = (): void => {
    this.#isEnding = true
    if (!this.#isAnswering) this.#socket.end()
  }
  readonly #failed = (): void => void this.#socket.destroy()
  readonly #closed = (): void => this.#common.gone(this)
}

type Head = { readonly url: string; readonly headers: IncomingHttpHeaders; readonly bodyBytes: number }
type Read =
  | { readonly head: Head; readonly body: Buffer | undefined }
  /** The head is not there yet. */
  | { readonly head: undefined; readonly body: undefined }

const unfinished: Read = { head: undefined, body: undefined }
const beginning = Buffer.from('POST /')
const headEnd = '\r\n\r\n'

/** What has come of a plain request; undefined where it is none, whatever may follow. */
function readPlain(bytes: Buffer): Read | undefined {
  const seen = Math.min(bytes.length, beginning.length)
  for (let i = 0; i < seen; i++) if (bytes[i] !== beginning[i]) return undefined
  const end = bytes.indexOf(headEnd)
  if (end === -1) return bytes.length > maxHeadBytes ? undefined : unfinished
  if (end > maxHeadBytes) return undefined
  const head = readHead(bytes.toString('latin1', 0, end))
  if (!head) return undefined
  const start = end + headEnd.length
  const over = bytes.length - start - head.bodyBytes
  if (over > 0 || start + head.bodyBytes > maxBytes) return undefined
  return { head, body: over === 0 ? bytes.subarray(start) : undefined }
}

// Each line a token, a colon and visible text (RFC 9110 §5.5, 5.6.2); what stands there otherwise is for the other parser to judge.
const plainHead = /^POST (\/[!-~]*) HTTP\/1\.1((?:\r\n[\w!#$%&'*+.^`|~-]+:[\t -~\x80-\xff]*)+)$/
/** They change what the connection or the body is; nothing that a program which asks for scores needs. */
const unusual = new Set(['transfer-encoding', 'connection', 'expect', 'upgrade', 'trailer', 'te', 'proxy-connection'])

function readHead(text: string): Head | undefined {
  const [, url, lines] = plainHead.exec(text) ?? []
  if (url === undefined || lines === undefined) return undefined
  const headers: Record<string, string> = Object.create(null)
  for (let at = 2; at > 1; ) {
    const next = lines.indexOf('\r\n', at)
    const colon = lines.indexOf(':', at)
    const name = lines.slice(at, colon).toLowerCase()
    const value = lines.slice(colon + 1, next === -1 ? undefined : next).trim()
    if (name in headers) return undefined
    if (unusual.has(name) && !(name === 'connection' && value.toLowerCase() === 'keep-alive')) return undefined
    headers[name] = value
    at = next + 2
  }
  const length = headers['content-length']
  if (length === undefined || !/^\d{1,6}$/.test(length) || !headers.host) return undefined
  return { url, headers, bodyBytes: Number(length) }
}

function keepAliveS({ keepAliveTimeout }: Server): number {
  return Math.floor(keepAliveTimeout / 1000)
}

/** The text of now, made once a second. */
function dateHeader(clock: Parts['clock']): () => string {
  let second = 0
  let text = ''
  return () => {
    const now = Math.floor(clock.now() / 1000)
    if (now !== second) {
      second = now
      text = new Date(now * 1000).toUTCString()
    }
    return text
  }
}
