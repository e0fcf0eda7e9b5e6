// A server of HTTP/1.1 in, one that also speaks HTTP/2 without TLS on the same port out: the first bytes of a connection say which.

import type { Server } from 'node:http'
import { createServer, type Http2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'

type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void

const preface = Buffer.from('PRI * HTTP/2.0')
/** A connection that says nothing for so long is left to HTTP/1.1, which has time limits of its own. */
const silenceMs = 5_000

/** Clients with prior knowledge (RFC 9113 §3.3): the Kinesis client of AWS's JavaScript SDK. Closing the returned server ends their sessions. */
export function addHttp2(server: Server, handle: Http2Handler): { close(): void } {
  const http2 = createServer(handle)
  const sessions = new Set<{ close(): void; destroy(): void }>()
  http2.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  const http1 = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => sniff(socket, () => toHttp1(server, http1, socket), http2))
  return {
    close: () => {
      for (const session of sessions) session.close()
    },
  }
}

function toHttp1(server: Server, listeners: readonly ((socket: Socket) => void)[], socket: Socket): void {
  for (const listener of listeners) listener.call(server, socket)
}

function sniff(socket: Socket, toHttp1: () => void, http2: Http2Server): void {
  let seen = Buffer.alloc(0)
  const give = (isHttp2: boolean) => {
    clearTimeout(timer)
    socket.off('readable', look).off('error', end).off('close', end)
    if (seen.length > 0) socket.unshift(seen)
    if (isHttp2) http2.emit('connection', socket)
    else toHttp1()
  }
  const look = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) seen = Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, preface.length)
    const isLike = seen.subarray(0, length).equals(preface.subarray(0, length))
    if (!isLike) give(false)
    else if (length === preface.length) give(true)
  }
  const end = () => clearTimeout(timer)
  const timer = setTimeout(() => give(false), silenceMs)
  socket.on('readable', look).on('error', end).on('close', end)
}
