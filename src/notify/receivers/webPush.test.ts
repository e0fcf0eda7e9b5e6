import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import webPush from 'web-push'
import { exampleDelivery, receiverContract } from '../../../test/contract/receiver.ts'
import { freePort } from '../../../test/contract/sides.ts'
import type { PushSubscription } from '../../core/alert.ts'
import { systemClock } from '../../core/clock.ts'
import { openHttp } from '../http.ts'
import { webPushReceiver } from './webPush.ts'

const { signal } = new AbortController()
const vapid = webPush.generateVAPIDKeys()

/** A browser's part: the keys that it never gives away, and what it reads with them (RFC 8291, aes128gcm of RFC 8188). */
function browser(endpoint: string) {
  const keys: ECDH = createECDH('prime256v1')
  keys.generateKeys()
  const auth = randomBytes(16)
  const subscription: PushSubscription = {
    ...{ endpoint, addedAt: 0 },
    p256dh: keys.getPublicKey('base64url'),
    auth: auth.toString('base64url'),
  }
  const read = (body: Buffer) => {
    const [salt, sender] = [body.subarray(0, 16), body.subarray(21, 21 + body[20]!)]
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender])
    const secret = Buffer.from(hkdfSync('sha256', keys.computeSecret(sender), auth, info, 32))
    const derive = (name: string, length: number) =>
      Buffer.from(hkdfSync('sha256', secret, salt, `Content-Encoding: ${name}\0`, length))
    const sealed = body.subarray(21 + body[20]!)
    const decipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12))
    decipher.setAuthTag(sealed.subarray(-16))
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString())
  }
  return { subscription, read }
}

type Push = { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: Buffer }

/** A push service that answers each path with its status; 0: not at all. */
async function pushService(statusOf: (path: string) => number) {
  const received: Push[] = []
  const port = await freePort()
  let server: ReturnType<typeof createServer> | undefined
  const open = async () => {
    server ??= createServer(async (request, response) => {
      const path = request.url ?? ''
      received.push({ path, headers: request.headers, body: await buffer(request) })
      const status = statusOf(path)
      if (status > 0) response.writeHead(status, status === 429 ? { 'retry-after': '9' } : {}).end()
    })
    const opening = server
    if (!opening.listening) await new Promise<void>((resolve) => opening.listen(port, '127.0.0.1', resolve))
  }
  const close = async () => {
    const closing = server
    server = undefined
    closing?.closeAllConnections()
    if (closing) await new Promise((resolve) => closing.close(resolve))
  }
  await open()
  return { url: `http://127.0.0.1:${port}`, received, open, close }
}

function receiverFor(subscriptions: PushSubscription[]) {
  const http = openHttp({ allow: ['loopback'] })
  const push = {
    subscriptions: async () => [...subscriptions],
    removeSubscription: async (endpoint: string) => {
      subscriptions.splice(0, subscriptions.length, ...subscriptions.filter((one) => one.endpoint !== endpoint))
    },
    keys: async () => vapid,
  }
  const parts = { clock: systemClock, timeZone: 'UTC', post: http.post, push }
  return { receiver: webPushReceiver('push', { contact: 'mailto:ops@shop.example', timeoutMs: 5_000 }, parts), http }
}

receiverContract('webPush', ['fails', 'refuses', 'silent', 'gone'], async () => {
  let status = 201
  const service = await pushService(() => status)
  const { subscription, read } = browser(`${service.url}/send/1`)
  const { receiver, http } = receiverFor([subscription])
  return {
    receiver,
    behave: async (behaviour) => {
      if (behaviour === 'gone') return service.close()
      status = { hears: 201, fails: 503, refuses: 413, silent: 0 }[behaviour]
      await service.open()
    },
    keys: () => service.received.map(({ headers }) => String(headers.topic)),
    texts: () =>
      service.received.map(({ body }) => {
        const { title, body: words } = read(body)
        return `${title}\n${words}`
      }),
    close: async () => {
      http.close()
      await service.close()
    },
  }
})

describe('a web push', () => {
  const setUp = async (statuses: Readonly<Record<string, number>>) => {
    const service = await pushService((path) => statuses[path] ?? 201)
    const browsers = Object.keys(statuses).map((path) => browser(`${service.url}${path}`))
    const subscriptions = browsers.map(({ subscription }) => subscription)
    const { receiver, http } = receiverFor(subscriptions)
    onTestFinished(async () => {
      http.close()
      await service.close()
    })
    return { service, browsers, subscriptions, deliver: () => receiver.deliver(exampleDelivery(), signal) }
  }

  it('can be read by the browser that asked for it alone, and says where to go', async () => {
    const { service, browsers, deliver } = await setUp({ '/1': 201, '/2': 201 })
    expect(await deliver()).toEqual({ ok: true })
    const first = service.received.find(({ path }) => path === '/1')!
    expect(browsers[0]!.read(first.body)).toMatchObject({
      title: 'Alert: card-00412, 812.40 at risk (score 0.97)',
      tag: exampleDelivery().id,
      url: 'http://127.0.0.1:4380/alerts/al_1',
    })
    expect(() => browsers[1]!.read(first.body)).toThrow()
    expect(first.headers).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'high' })
    expect(first.headers.authorization).toContain(`k=${vapid.publicKey}`)
  })

  it.each([404, 410])(
    'forgets a browser that the push service no longer knows (%i), and tells the others',
    async (status) => {
      const { subscriptions, deliver, service } = await setUp({ '/gone': status, '/here': 201 })
      expect(await deliver()).toEqual({ ok: true })
      expect(subscriptions.map(({ endpoint }) => endpoint)).toEqual([`${service.url}/here`])
    },
  )

  it('is tried again where one push service asks to wait, for as long as it asks', async () => {
    const { deliver } = await setUp({ '/busy': 429, '/here': 201 })
    expect(await deliver()).toMatchObject({ ok: false, retry: true, retryAfterMs: 9_000 })
  })

  it('that no browser asked for is given up, and says so', async () => {
    const { deliver } = await setUp({})
    expect(await deliver()).toMatchObject({ ok: false, retry: false, reason: expect.stringContaining('no browser') })
  })
})
