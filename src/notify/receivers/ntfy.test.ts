import { expect, it } from 'vitest'
import { exampleDelivery, exampleSummary } from '../../../test/contract/receiver.ts'
import { vendorContract } from '../../../test/contract/vendor.ts'
import { systemClock } from '../../core/clock.ts'
import { ntfyReceiver } from './ntfy.ts'

const config = { topic: 'fraud', token: 'tk_s3cret', priority: 5, timeoutMs: 5_000 }

// docs.ntfy.sh/publish: "Publish as JSON", "Limitations"; errors as its server words them.
vendorContract('ntfy', {
  receiver: (url, parts) => ntfyReceiver('ntfy', { ...config, url }, parts),
  hears: { status: 200, body: '{"id":"sPs71M8A2T","event":"message","topic":"fraud"}' },
  fails: { status: 507, body: '{"code":50701,"http":507,"error":"cannot publish to UnifiedPush topic"}' },
  refuses: { status: 400, body: '{"code":40009,"http":400,"error":"invalid request: topic invalid"}' },
  busy: {
    status: 429,
    headers: { 'retry-after': '20' },
    body: '{"code":42901,"http":429,"error":"limit reached: too many requests","link":"https://ntfy.sh/docs/publish/#limitations"}',
    waitMs: 20_000,
  },
  // ntfy itself knows no keys: it may show a message twice.
  key: ({ headers }) => String(headers['idempotency-key']),
})

it('has three buttons at most, and a summary does not burst through "do not disturb"', () => {
  const answers = {
    anomaly: 'https://t.example/a',
    normal: 'https://t.example/n',
    unsure: 'https://t.example/u',
    silence: 'https://t.example/s',
  }
  const parts = {
    ...{ clock: systemClock, timeZone: 'UTC', answerUrls: () => answers },
    post: () => Promise.reject(new Error('nothing is sent here')),
  }
  const receiver = ntfyReceiver('ntfy', { ...config, url: 'https://ntfy.example' }, parts)
  const alert = JSON.parse(receiver.preview(exampleDelivery()).body)
  expect(alert.actions.map(({ label }: { label: string }) => label)).toEqual(['Anomaly', 'Normal', 'Unsure'])
  expect(alert).toMatchObject({ topic: 'fraud', priority: 5, click: 'http://127.0.0.1:4380/alerts/al_1' })
  expect(JSON.parse(receiver.preview(exampleDelivery({ message: exampleSummary })).body).priority).toBe(3)
})
