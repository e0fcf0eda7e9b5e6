import { createServer, type Server } from 'node:http'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { connect as connectTcp } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addHttp2 } from './protocols.ts'

let server: Server
let http2: { close(): void }
let port: number

beforeEach(async () => {
  server = createServer((request, response) => response.end(`one ${request.url}`))
  http2 = addHttp2(server, (request, response) => response.end(`two ${request.url}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  http2.close()
  await new Promise((resolve) => server.close(resolve))
})

const http2Get = (path: string) =>
  new Promise<string>((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`).once('error', reject)
    const stream = session.request({ ':path': path })
    let text = ''
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    stream.once('end', () => session.close(() => resolve(text)))
  })

/** What is answered to bytes that come in the given pieces, until the connection ends. */
const rawly = (pieces: readonly string[]) =>
  new Promise<string>((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1').once('error', reject)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.once('end', () => resolve(text))
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise((later) => setTimeout(later, 10))
      }
    })()
  })

test('one port answers HTTP/1.1 and HTTP/2 without TLS', async () => {
  expect(await (await fetch(`http://127.0.0.1:${port}/a`)).text()).toBe('one /a')
  expect(await http2Get('/b')).toBe('two /b')
  expect(await (await fetch(`http://127.0.0.1:${port}/c`)).text()).toBe('one /c')
})

test('a first line that comes letter by letter is understood, also one that begins like that of HTTP/2', async () => {
  const request = 'GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'
  expect(await rawly([...request.slice(0, 8), request.slice(8)])).toMatch(/one \/slow$/)
  expect(await rawly(['PR', 'OPFIND / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'])).toMatch(/one \/$/)
})

test('a client that leaves without a word disturbs nobody', async () => {
  await new Promise<void>((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => socket.end())
    socket.once('close', () => resolve())
    socket.resume()
  })
  expect(await http2Get('/still')).toBe('two /still')
})
