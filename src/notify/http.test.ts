import type { lookup as systemLookup } from 'node:dns'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { certificate, certificateKey } from '../../test/rig/certificate.ts'
import { type HttpOptions, openHttp } from './http.ts'

const forever = new AbortController().signal
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(answer: RequestListener, { tls = false } = {}) {
  let calls = 0
  const counted: RequestListener = (request, response) => {
    calls++
    answer(request, response)
  }
  const server = tls ? createTlsServer({ cert: certificate, key: certificateKey }, counted) : createServer(counted)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => server.closeAllConnections(),
  )
  const { port } = server.address() as AddressInfo
  return { port, server, calls: () => calls }
}

function open(options: Partial<HttpOptions> = {}) {
  const http = openHttp({ allow: [], ...options })
  closers.push(http.close)
  return (url: string) => http.post({ url, headers: {}, body: '{}' }, forever)
}

/** A name server that answers one list after the other, and the last for ever. */
function names(...answers: readonly (readonly string[])[]) {
  let asked = 0
  const lookup = ((_name: string, _options: object, done: (error: null, found: object[]) => void) => {
    const found = answers[Math.min(asked++, answers.length - 1)]!
    done(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as typeof systemLookup
  return { lookup, asked: () => asked }
}

describe('what a message may reach', () => {
  it.each([
    ['http://127.0.0.1:9/', '127.0.0.1, which is loopback'],
    ['http://localhost:9/', '127.0.0.1, which is loopback'],
    ['http://[::ffff:127.0.0.1]:9/', 'which is loopback'],
    ['http://2130706433:9/', '127.0.0.1, which is loopback'],
    ['http://169.254.169.254/latest/meta-data/', 'which is linkLocal'],
    ['http://10.0.0.1/', 'which is private'],
    ['http://[fd00::1]/', 'which is private'],
    ['http://0.0.0.0/', 'which is reserved'],
  ])('%s is refused where nothing allows it', async (url, reason) => {
    await expect(open()(url)).rejects.toThrow(reason)
  })

  it('a name is judged by the address behind it', async () => {
    const { calls, port } = await serve((_, response) => response.end())
    const inside = names(['127.0.0.1'])
    await expect(open({ lookup: inside.lookup })(`http://shop.example:${port}/`)).rejects.toThrow('which is loopback')
    expect(calls()).toBe(0)
    await open({ lookup: inside.lookup, allow: ['loopback'] })(`http://shop.example:${port}/`)
    expect(calls()).toBe(1)
  })

  it('a name that answers something else the second time gains nothing: the connection goes where the check looked', async () => {
    const { calls, port } = await serve((_, response) => response.end())
    // 203.0.113.1 would be public to a check of its own; here the checked answer and the connected one are the same.
    const rebinding = names(['8.8.8.8'], ['127.0.0.1'])
    const post = open({ lookup: rebinding.lookup })
    const stop = AbortSignal.timeout(300)
    const http = openHttp({ allow: [], lookup: rebinding.lookup })
    closers.push(http.close)
    await expect(http.post({ url: `http://shop.example:${port}/`, headers: {}, body: '' }, stop)).rejects.toThrow()
    expect(rebinding.asked()).toBe(1)
    await expect(post(`http://shop.example:${port}/`)).rejects.toThrow('which is loopback')
    expect(calls()).toBe(0)
  })

  it('of several addresses only those that are allowed are tried', async () => {
    const { calls, port } = await serve((_, response) => response.end())
    const mixed = names(['10.0.0.1', '127.0.0.1'])
    await open({ lookup: mixed.lookup, allow: ['loopback'] })(`http://shop.example:${port}/`)
    expect(calls()).toBe(1)
  })

  it('a redirect is an answer, and is followed nowhere', async () => {
    const inner = await serve((_, response) => response.end('secret'))
    const outer = await serve((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end(),
    )
    const answer = await open({ allow: ['loopback'] })(`http://127.0.0.1:${outer.port}/`)
    expect(answer.status).toBe(302)
    expect(inner.calls()).toBe(0)
  })
})

describe('what is read of an address', () => {
  const limits = { mostBytes: 100, timeoutMs: 2_000 }
  function reader(options: Partial<HttpOptions> = {}) {
    const http = openHttp({ allow: ['loopback'], ...options })
    closers.push(http.close)
    return (url: string, limit: Partial<typeof limits> = {}) => http.get(url, { ...limits, ...limit })
  }

  it('is all of the answer', async () => {
    const { port } = await serve((request, response) => response.end(`${request.method} ${'a'.repeat(96)}`))
    const answer = await reader()(`http://127.0.0.1:${port}/`)
    expect(answer).toMatchObject({ status: 200, body: `GET ${'a'.repeat(96)}` })
  })

  it('goes nowhere that a message may not go, by number, by name or by redirect', async () => {
    const { calls, port } = await serve((_, response) => response.writeHead(302, { location: '/' }).end())
    const closed = reader({ allow: [], lookup: names(['127.0.0.1']).lookup })
    await expect(closed(`http://127.0.0.1:${port}/`)).rejects.toThrow('which is loopback')
    await expect(closed(`http://shop.example:${port}/`)).rejects.toThrow('which is loopback')
    expect(calls()).toBe(0)
    expect((await reader()(`http://127.0.0.1:${port}/`)).status).toBe(302)
    expect(calls()).toBe(1)
  })

  it('is no half of an answer: one that is too long, breaks off or never ends is a failure', async () => {
    const long = await serve((_, response) => response.end('a'.repeat(101)))
    await expect(reader()(`http://127.0.0.1:${long.port}/`)).rejects.toThrow('longer than 100 bytes')
    const broken = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 50 })
      response.write('a', () => response.destroy())
    })
    await expect(reader()(`http://127.0.0.1:${broken.port}/`)).rejects.toThrow()
    const endless = await serve((_, response) => void response.writeHead(200).write('a'))
    await expect(reader()(`http://127.0.0.1:${endless.port}/`, { timeoutMs: 200 })).rejects.toThrow()
  })
})

describe('a connection', () => {
  it('is kept for the next message, and made anew where the other side has closed it meanwhile', async () => {
    const { port, server, calls } = await serve((_, response) => response.end())
    let connections = 0
    server.on('connection', () => connections++)
    const post = open({ allow: ['loopback'] })
    const url = `http://127.0.0.1:${port}/`
    await post(url)
    await post(url)
    expect(connections).toBe(1)
    server.closeAllConnections()
    expect((await post(url)).status).toBe(200)
    expect([calls(), connections]).toEqual([3, 2])
  })

  it('is trusted under a certificate that a known authority vouches for, and under no other', async () => {
    const { port } = await serve((_, response) => response.end('hello'), { tls: true })
    const url = `https://127.0.0.1:${port}/`
    await expect(open({ allow: ['loopback'] })(url)).rejects.toThrow(/self-signed|self signed/i)
    expect(await open({ allow: ['loopback'], ca: certificate })(url)).toMatchObject({ status: 200, body: 'hello' })
  })

  it('that speaks something else than HTTP is a failure, not an answer', async () => {
    const server = createTcpServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('SSH-2.0-OpenSSH\r\n'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    const { port } = server.address() as AddressInfo
    await expect(open({ allow: ['loopback'] })(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  })
})
