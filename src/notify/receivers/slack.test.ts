import { expect, it } from 'vitest'
import { exampleAlert, exampleDelivery } from '../../../test/contract/receiver.ts'
import { jsonOf, vendorContract } from '../../../test/contract/vendor.ts'
import { systemClock } from '../../core/clock.ts'
import { slackReceiver } from './slack.ts'

// docs.slack.dev: "Sending messages using incoming webhooks", "Handling errors"; "Rate limits".
vendorContract('slack', {
  receiver: (url, parts) => slackReceiver('slack', { url: `${url}/services/T0/B0/s3cret`, timeoutMs: 5_000 }, parts),
  hears: { status: 200, body: 'ok' },
  fails: { status: 500, body: 'rollup_error' },
  refuses: { status: 410, body: 'channel_is_archived' },
  busy: { status: 429, headers: { 'retry-after': '30' }, body: 'rate_limited', waitMs: 30_000 },
  key: (call) => jsonOf(call).blocks[0].block_id,
})

const parts = { clock: systemClock, post: () => Promise.reject(new Error('nothing is sent here')), timeZone: 'UTC' }
const bodyFor = (entity: string, template?: { body: string }) => {
  const receiver = slackReceiver('slack', { url: 'https://hooks.slack.example/x', timeoutMs: 1_000, template }, parts)
  const alert = { ...exampleAlert, entity }
  const message = { kind: 'alert', alert, urls: { alert: 'https://tocsin.example/alerts/al_1' } } as const
  return JSON.parse(receiver.preview(exampleDelivery({ message })).body)
}

it('nobody is called and nothing is linked by an entity’s name', () => {
  const [{ text }] = bodyFor('<!channel> <https://evil.example|click> & more').blocks
  expect(text.text).toContain('&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; more')
  expect(text.verbatim).toBe(true)
})

it('a long message is cut at its lines into sections that Slack takes', () => {
  const { blocks } = bodyFor('card-1', { body: `${'0123456789'.repeat(20)}\n`.repeat(19) })
  expect(blocks).toHaveLength(2)
  for (const { text } of blocks) expect(text.text.length).toBeLessThanOrEqual(3000)
  expect(blocks.map(({ block_id }: { block_id: string }) => block_id)).toEqual([
    exampleDelivery().id,
    `${exampleDelivery().id}-1`,
  ])
})
