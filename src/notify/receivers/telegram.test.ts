import { expect, it } from 'vitest'
import { exampleAlert, exampleDelivery } from '../../../test/contract/receiver.ts'
import { jsonOf, vendorContract } from '../../../test/contract/vendor.ts'
import { systemClock } from '../../core/clock.ts'
import { telegramReceiver } from './telegram.ts'

const config = { botToken: '1:s3cret', chatId: '-100', timeoutMs: 5_000 }

// core.telegram.org/bots/api: "Making requests", "ResponseParameters".
vendorContract('telegram', {
  receiver: (url, parts) => telegramReceiver('telegram', { ...config, url }, parts),
  hears: { status: 200, body: '{"ok":true,"result":{"message_id":1}}' },
  fails: { status: 502, body: '{"ok":false,"error_code":502,"description":"Bad Gateway"}' },
  refuses: {
    status: 403,
    body: '{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}',
  },
  busy: {
    status: 429,
    body: '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 17","parameters":{"retry_after":17}}',
    waitMs: 17_000,
  },
  // Telegram itself knows no keys: it may show a message twice.
  key: ({ headers }) => String(headers['idempotency-key']),
  text: (call) => jsonOf(call).text,
})

it('no name becomes markup, and links hold what they should', () => {
  const parts = { clock: systemClock, post: () => Promise.reject(new Error('nothing is sent here')), timeZone: 'UTC' }
  const receiver = telegramReceiver('telegram', { ...config, url: 'https://api.telegram.example' }, parts)
  const alert = { ...exampleAlert, entity: '<a href="https://evil.example">pay</a> & "go"' }
  const message = { kind: 'alert', alert, urls: { alert: 'https://t.example/alerts/1' } } as const
  const { text, chat_id, parse_mode } = JSON.parse(receiver.preview(exampleDelivery({ message })).body)
  expect([chat_id, parse_mode]).toEqual(['-100', 'HTML'])
  expect(text).toContain('&lt;a href=&quot;https://evil.example&quot;&gt;pay&lt;/a&gt; &amp; &quot;go&quot;')
  expect(text).toContain('<a href="https://t.example/alerts/1">See it</a>')
})
