import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { exampleAlert, exampleDelivery } from '../../../test/contract/receiver.ts'
import { openWebhookServer, type TestServer, type WebhookCall } from '../../../test/contract/sides.ts'
import { vendorContract } from '../../../test/contract/vendor.ts'
import { type Clock, ManualClock, systemClock } from '../../core/clock.ts'
import { openHttp } from '../http.ts'
import { webhookReceiver } from './webhook.ts'

const secret = `whsec_${Buffer.from('thirty-two bytes of test secret!').toString('base64')}`
const { signal } = new AbortController()

const http = openHttp({ allow: ['loopback'] })
afterAll(() => http.close())
type Fields = { clock?: Clock; timeoutMs?: number; secrets?: string | string[] }

function receiverAt(port: number, { clock = systemClock, timeoutMs = 5_000, secrets = secret }: Fields = {}) {
  const url = `http://127.0.0.1:${port}/hooks/a-secret-path`
  return webhookReceiver('hook', { url, secret: secrets, timeoutMs }, { timeZone: 'UTC', clock, post: http.post })
}

vendorContract('webhook', {
  receiver: (url, parts) => webhookReceiver('hook', { url: `${url}/s3cret`, secret, timeoutMs: 5_000 }, parts),
  hears: { status: 204 },
  fails: { status: 500 },
  refuses: { status: 410 },
  busy: { status: 429, headers: { 'retry-after': '120' }, waitMs: 120_000 },
  key: ({ headers }) => String(headers['webhook-id']),
})

describe('a webhook', () => {
  let server: TestServer<WebhookCall>
  afterEach(() => server.close())

  it('is signed so that the reference library verifies it, and carries the whole alert', async () => {
    server = await openWebhookServer()
    await receiverAt(server.port).deliver(exampleDelivery(), signal)
    const { body, headers } = server.received[0]!
    const { eventTime: _, ...facts } = exampleAlert
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({
      type: 'alert.created',
      timestamp: '2026-11-22T13:03:07.000Z',
      data: { ...facts, eventTime: '2026-11-22T13:03:07.000Z', url: 'http://127.0.0.1:4380/alerts/al_1' },
    })
  })

  it('is signed with every secret, so that one can take over from another', async () => {
    server = await openWebhookServer()
    const next = `whsec_${Buffer.from('the secret of next month, longer').toString('base64')}`
    await receiverAt(server.port, { secrets: [next, secret] }).deliver(exampleDelivery(), signal)
    const { body, headers } = server.received[0]!
    for (const known of [next, secret])
      expect(new Webhook(known).verify(body, headers as Record<string, string>)).toBeDefined()
    const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
    expect(() => new Webhook(other).verify(body, headers as Record<string, string>)).toThrow('No matching signature')
  })

  it('that was changed on its way, or signed with another secret, does not verify', async () => {
    server = await openWebhookServer()
    await receiverAt(server.port).deliver(exampleDelivery(), signal)
    const { body, headers } = server.received[0]!
    const sent = headers as Record<string, string>
    expect(() => new Webhook(secret).verify(body.replace('812.4', '12.4'), sent)).toThrow('No matching signature')
    expect(() => new Webhook(`whsec_${Buffer.alloc(32).toString('base64')}`).verify(body, sent)).toThrow()
  })

  it('has the same body at every try, and the time of the try in its header', async () => {
    server = await openWebhookServer()
    const clock = new ManualClock(1_700_000_000_900)
    const receiver = receiverAt(server.port, { clock })
    await receiver.deliver(exampleDelivery(), signal)
    await clock.advance(60_000)
    await receiver.deliver(exampleDelivery({ attempts: 1 }), signal)
    const [first, second] = server.received
    expect(second!.body).toBe(first!.body)
    expect([first, second].map((call) => call!.headers['webhook-timestamp'])).toEqual(['1700000000', '1700000060'])
  })

  it.each([
    ['429 and seconds', 429, '120', 120_000],
    ['503 and an HTTP date', 503, 'Tue, 14 Nov 2023 22:14:20 GMT', 60_000],
    ['503 and a date gone by', 503, 'Tue, 14 Nov 2023 22:13:00 GMT', 0],
    ['503 and nonsense', 503, 'soon', undefined],
  ])('waits as long as Retry-After says: %s', async (_, status, header, expected) => {
    server = await openWebhookServer((response) => response.writeHead(status, { 'retry-after': header }).end())
    const receiver = receiverAt(server.port, { clock: new ManualClock(1_700_000_000_000) })
    const outcome = await receiver.deliver(exampleDelivery(), signal)
    expect(outcome).toMatchObject({ ok: false, retry: true, reason: `127.0.0.1:${server.port} answered ${status}` })
    expect('retryAfterMs' in outcome ? outcome.retryAfterMs : undefined).toBe(expected)
  })

  it('does not follow a redirect', async () => {
    server = await openWebhookServer((response) => response.writeHead(307, { location: '/elsewhere' }).end())
    expect(await receiverAt(server.port).deliver(exampleDelivery(), signal)).toMatchObject({ ok: false, retry: true })
    expect(server.received).toHaveLength(1)
  })

  it('counts as heard when the answer’s body never ends', async () => {
    server = await openWebhookServer((response) => {
      response.writeHead(200)
      const more = setInterval(() => response.write('x'.repeat(65_536)), 1)
      response.on('close', () => clearInterval(more))
    })
    expect(await receiverAt(server.port).deliver(exampleDelivery(), signal)).toEqual({ ok: true })
  })

  it('is given up after its time-out, to be tried again', async () => {
    server = await openWebhookServer(() => {})
    expect(await receiverAt(server.port, { timeoutMs: 100 }).deliver(exampleDelivery(), signal)).toEqual({
      ok: false,
      retry: true,
      reason: `127.0.0.1:${server.port} cannot be reached: no answer within 0.1 s`,
    })
  })

  it('never tells its address’s path, which may be a secret', async () => {
    server = await openWebhookServer()
    await server.close()
    const outcome = await receiverAt(server.port).deliver(exampleDelivery(), signal)
    expect(outcome).toEqual({
      ok: false,
      retry: true,
      reason: `127.0.0.1:${server.port} cannot be reached: ECONNREFUSED`,
    })
  })
})

it.each([['whsec_'], ['whsec_c2hvcnQ='], ['whsec_not base64 at all, but long enough to be one'], ['plain']])(
  'a secret that is none is refused at once: %s',
  (wrong) => {
    const parts = { timeZone: 'UTC', clock: systemClock, post: http.post }
    const config = { url: 'http://127.0.0.1/', secret: wrong, timeoutMs: 1000 }
    expect(() => webhookReceiver('hook', config, parts)).toThrow('notify.hook.secret: not a Standard Webhooks secret')
  },
)
