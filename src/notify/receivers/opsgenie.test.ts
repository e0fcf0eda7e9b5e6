import { expect, it } from 'vitest'
import { exampleAlert, exampleDelivery } from '../../../test/contract/receiver.ts'
import { jsonOf, vendorContract } from '../../../test/contract/vendor.ts'
import { systemClock } from '../../core/clock.ts'
import { opsgenieReceiver } from './opsgenie.ts'

const config = { apiKey: 's3cret', priority: 'P1', timeoutMs: 5_000 } as const

// docs.opsgenie.com: "Create Alert", "Response", "API Rate Limiting".
vendorContract('opsgenie', {
  receiver: (url, parts) => opsgenieReceiver('opsgenie', { ...config, url }, parts),
  hears: { status: 202, body: '{"result":"Request will be processed","took":0.3,"requestId":"43a29c5c"}' },
  fails: { status: 503, body: '{"message":"Service Unavailable","took":0.1,"requestId":"43a29c5c"}' },
  refuses: { status: 422, body: '{"message":"Request body is not processable. Please check the errors.","errors":{}}' },
  busy: {
    status: 429,
    headers: { 'retry-after': '5' },
    body: '{"message":"You are making too many requests!"}',
    waitMs: 5_000,
  },
  key: (call) => jsonOf(call).alias,
})

it('logs in with its key, names the entity, and keeps to the lengths', async () => {
  const calls: { url: string; headers: Readonly<Record<string, string>>; body: string }[] = []
  const post = async (request: {
    url: string
    headers: Readonly<Record<string, string>>
    body: string | Uint8Array
  }) => {
    calls.push({ ...request, body: String(request.body) })
    return { status: 202, headers: {}, body: '' }
  }
  const parts = { clock: systemClock, post, timeZone: 'UTC' }
  const receiver = opsgenieReceiver('opsgenie', { ...config, url: 'https://api.opsgenie.example/' }, parts)
  const alert = { ...exampleAlert, entity: 'x'.repeat(300) }
  const message = { kind: 'alert', alert, urls: { alert: 'https://t.example/' } } as const
  await receiver.deliver(exampleDelivery({ message }), new AbortController().signal)
  expect(calls[0]!.url).toBe('https://api.opsgenie.example/v2/alerts')
  expect(calls[0]!.headers.authorization).toBe('GenieKey s3cret')
  const body = JSON.parse(calls[0]!.body)
  expect(body.message.length).toBe(130)
  expect(body).toMatchObject({ priority: 'P1', details: { score: '0.97', eventId: 't-0048151' } })
})
