import { expect, it } from 'vitest'
import { exampleAlert, exampleDelivery } from '../../../test/contract/receiver.ts'
import { jsonOf, vendorContract } from '../../../test/contract/vendor.ts'
import { systemClock } from '../../core/clock.ts'
import { discordReceiver } from './discord.ts'

// docs.discord.com: "Execute Webhook", "Rate Limits", "JSON error codes".
vendorContract('discord', {
  receiver: (url, parts) =>
    discordReceiver('discord', { url: `${url}/api/webhooks/1/s3cret`, timeoutMs: 5_000 }, parts),
  hears: { status: 200, body: '{"id":"1","type":0}' },
  fails: { status: 503, body: '{"message":"Service resource is being rate limited.","code":0}' },
  refuses: { status: 404, body: '{"message":"Unknown Webhook","code":10015}' },
  busy: {
    status: 429,
    headers: { 'retry-after': '65' },
    body: '{"message":"You are being rate limited.","retry_after":64.57,"global":false}',
    waitMs: 65_000,
  },
  key: (call) => jsonOf(call).embeds[0].footer.text,
  text: ({ body }) => {
    const { title, description } = JSON.parse(body).embeds[0]
    return `${title}\n${description}`.replace(/\\(.)/g, '$1')
  },
})

const parts = { clock: systemClock, post: () => Promise.reject(new Error('nothing is sent here')), timeZone: 'UTC' }

it('no name is a mention, a link or a heading, and nobody is called', () => {
  const receiver = discordReceiver('discord', { url: 'https://discord.example/x', timeoutMs: 1_000 }, parts)
  const alert = { ...exampleAlert, entity: '@everyone [pay](https://evil.example) <@1> `x`' }
  const message = { kind: 'alert', alert, urls: { alert: 'https://t.example/alerts/al_1' } } as const
  const body = JSON.parse(receiver.preview(exampleDelivery({ message })).body)
  expect(body.allowed_mentions).toEqual({ parse: [] })
  expect(body.embeds[0].title).toContain('\\@everyone \\[pay\\]\\(https\\://evil.example\\) \\<\\@1\\> \\`x\\`')
  expect(body.embeds[0].description).toContain('[See it](https://t.example/alerts/al%5f1)')
})
