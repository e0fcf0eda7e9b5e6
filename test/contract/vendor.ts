// A receiver that posts over HTTP and what its vendor documents in, the tests of the contract and of everything that HTTP can do to it out.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock, systemClock } from '../../src/core/clock.ts'
import { type Http, openHttp } from '../../src/notify/http.ts'
import type { HttpParts } from '../../src/notify/overHttp.ts'
import type { Receiver } from '../../src/notify/receiver.ts'
import type { WordingParts } from '../../src/notify/wording.ts'
import { certificate, certificateKey } from '../rig/certificate.ts'
import { exampleDelivery, receiverContract } from './receiver.ts'
import { freePort } from './sides.ts'

export type HttpCall = { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string }
type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
type VendorParts = HttpParts & WordingParts & { readonly http: Http }

export type Vendor = {
  /** A receiver whose messages go to the server at `url`, which ends without a slash. */
  readonly receiver: (url: string, parts: VendorParts) => Receiver
  /** What the vendor's documentation says that it answers, word by word where it gives the words. */
  readonly hears: Answer
  readonly fails: Answer
  readonly refuses: Answer
  /** 429, and how long it asks to wait. */
  readonly busy: Answer & { readonly waitMs: number }
  /** What the vendor, or whoever reads there, tells a second copy by. */
  readonly key: (call: HttpCall) => string
  readonly text?: (call: HttpCall) => string
}

const forever = new AbortController().signal

/** `conduct` decides what becomes of a request once its body was read. */
type Conduct = Answer | 'silent' | 'hangsUp' | 'breaksOff'

async function openVendor({ tls = false }: { tls?: boolean } = {}) {
  const received: HttpCall[] = []
  const port = await freePort()
  const state = { conduct: { status: 200 } as Conduct, server: undefined as Server | undefined }
  const answer = async (request: IncomingMessage, response: import('node:http').ServerResponse) => {
    received.push({ path: request.url ?? '', headers: request.headers, body: await text(request) })
    const { conduct } = state
    if (conduct === 'silent') return
    // Half-closed: its side of the connection ends, with no answer or in the middle of one.
    if (conduct === 'hangsUp') return request.socket.end()
    if (conduct === 'breaksOff') return request.socket.end('HTTP/1.1 200 OK\r\ncontent-le')
    response.writeHead(conduct.status, conduct.headers).end(conduct.body ?? '')
  }
  const open = async () => {
    if (state.server) return
    const server = tls ? createTlsServer({ cert: certificate, key: certificateKey }, answer) : createServer(answer)
    state.server = server
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  }
  const close = async () => {
    const { server } = state
    state.server = undefined
    server?.closeAllConnections()
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  await open()
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, received, state, open, close }
}

function partsOf(http: Http, clock = systemClock): VendorParts {
  return { clock, http, post: http.post, timeZone: 'UTC' }
}

export function vendorContract(name: string, vendor: Vendor): void {
  const { key, text: textOf = ({ body }) => body } = vendor

  receiverContract(name, ['fails', 'refuses', 'silent', 'gone'], async () => {
    const server = await openVendor()
    server.state.conduct = vendor.hears
    const http = openHttp({ allow: ['loopback'] })
    const receiver = vendor.receiver(server.url, partsOf(http))
    return {
      receiver,
      behave: async (behaviour) => {
        if (behaviour === 'gone') return server.close()
        server.state.conduct = behaviour === 'silent' ? 'silent' : vendor[behaviour]
        await server.open()
      },
      keys: () => server.received.map(key),
      texts: () => server.received.map(textOf),
      close: async () => {
        await receiver.close?.()
        http.close()
        await server.close()
      },
    }
  })

  describe(`HTTP as it is: ${name}`, () => {
    const closers: (() => unknown)[] = []
    afterEach(async () => {
      for (const close of closers.splice(0).reverse()) await close()
    })
    const setUp = async ({
      tls = false,
      ca,
      allow = ['loopback'],
    }: {
      tls?: boolean
      ca?: string
      allow?: string[]
    } = {}) => {
      const server = await openVendor({ tls })
      const http = openHttp({ allow, ...(ca === undefined ? {} : { ca }) })
      const receiver = vendor.receiver(server.url, partsOf(http))
      closers.push(server.close, http.close, () => receiver.close?.())
      const deliver = (conduct: Conduct = vendor.hears) => {
        server.state.conduct = conduct
        return receiver.deliver(exampleDelivery(), forever)
      }
      return { server, receiver, deliver }
    }

    it('waits as long as the other side asks when it is too much', async () => {
      const { deliver } = await setUp()
      const { waitMs } = vendor.busy
      expect(await deliver(vendor.busy)).toMatchObject({ ok: false, retry: true, retryAfterMs: waitMs })
    })

    it.each([500, 502, 503, 504, 408])('tries again after %i', async (status) => {
      const { deliver } = await setUp()
      expect(await deliver({ status, body: '<html>gateway</html>' })).toMatchObject({ ok: false, retry: true })
      expect(await deliver()).toEqual({ ok: true })
    })

    it.each(['hangsUp', 'breaksOff'] as const)('tries again where the other side %s', async (conduct) => {
      const { deliver } = await setUp()
      expect(await deliver(conduct)).toMatchObject({ ok: false, retry: true, reason: expect.stringMatching(/./) })
      expect(await deliver()).toEqual({ ok: true })
    })

    it('does not trust a certificate that nobody vouches for, and says so', async () => {
      const { deliver, server } = await setUp({ tls: true })
      const outcome = await deliver()
      expect(outcome).toMatchObject({
        ok: false,
        retry: true,
        reason: expect.stringMatching(/certificate|SELF_SIGNED/i),
      })
      expect(server.received).toEqual([])
    })

    it('gives up a silent side after its own time, to try again', async () => {
      const { server } = await setUp()
      server.state.conduct = 'silent'
      const clock = new ManualClock(Date.now())
      const http = openHttp({ allow: ['loopback'] })
      closers.push(http.close)
      const outcome = vendor.receiver(server.url, partsOf(http, clock)).deliver(exampleDelivery(), forever)
      while (server.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      await clock.advance(5_000)
      expect(await outcome).toMatchObject({ ok: false, retry: true, reason: expect.stringMatching(/./) })
    })

    it('previews what it sends, with none of its secrets', async () => {
      const { receiver } = await setUp()
      const { body } = receiver.preview(exampleDelivery())
      expect(body).toContain('amount 812.40 is high')
      expect(body).not.toContain('s3cret')
    })
  })
}

/** JSON of a call's body. */
export function jsonOf({ body }: HttpCall) {
  return JSON.parse(body)
}
