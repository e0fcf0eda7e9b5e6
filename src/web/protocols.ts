// A server of HTTP/1.1 in, one that also speaks HTTP/2 without TLS on the same port out: the first bytes of a connection say which.

import type { Server } from 'node:http'
import { createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'

type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void

const preface = Buffer.from('PRI * HTTP/2.0')
/** A connection that says nothing for so long is left to HTTP/1.1, which has time limits of its own. */
const silenceMs = 5_000

/** Clients with prior knowledge (RFC 9113 §3.3): the Kinesis client of AWS's JavaScript SDK. `close` ends their sessions, and connections that have said nothing yet. */
export function addHttp2(server: Server, handle: Http2Handler): { close(): void } {
  const http2 = createServer(handle)
  const open = new Set<{ close(): void }>()
  const keep = (closable: { close(): void; once(event: 'close', forget: () => void): unknown }) => {
    open.add(closable)
    closable.once('close', () => open.delete(closable))
  }
  http2.on('session', keep)
  const http1 = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const unknown = { close: () => void socket.destroy() }
    open.add(unknown)
    sniff(socket, (isHttp2) => {
      open.delete(unknown)
      if (isHttp2) http2.emit('connection', socket)
      else if (isHttp2 === false) for (const listener of http1) listener.call(server, socket)
    })
  })
  return {
    close: () => {
      for (const closable of open) closable.close()
    },
  }
}

/** Gives back what it has read; undefined where the connection ended before it said what it is. */
function sniff(socket: Socket, found: (isHttp2: boolean | undefined) => void): void {
  let seen = Buffer.alloc(0)
  const finish = (isHttp2: boolean | undefined) => {
    clearTimeout(timer)
    socket.off('readable', look).off('end', end).off('error', end).off('close', end)
    // A stream that has ended takes nothing back.
    if (seen.length > 0 && isHttp2 !== undefined) socket.unshift(seen)
    found(isHttp2)
  }
  const look = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) seen = Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, preface.length)
    const isLike = seen.subarray(0, length).equals(preface.subarray(0, length))
    if (!isLike) finish(false)
    else if (length === preface.length) finish(true)
  }
  const end = () => {
    finish(undefined)
    socket.destroy()
  }
  const timer = setTimeout(() => finish(false), silenceMs)
  socket.on('readable', look).on('end', end).on('error', end).on('close', end)
}
