import { expect, it } from 'vitest'
import { exampleDelivery, exampleSummary } from '../../../test/contract/receiver.ts'
import { jsonOf, vendorContract } from '../../../test/contract/vendor.ts'
import { systemClock } from '../../core/clock.ts'
import { pagerDutyReceiver } from './pagerduty.ts'

const config = { routingKey: 's3cret-routing-key', severity: 'critical', timeoutMs: 5_000 } as const

// developer.pagerduty.com: "Send an Event to PagerDuty", "Response Codes & Retry Logic".
vendorContract('pagerduty', {
  receiver: (url, parts) => pagerDutyReceiver('pagerduty', { ...config, url: `${url}/v2/enqueue` }, parts),
  hears: { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"x"}' },
  fails: { status: 503, body: '' },
  refuses: {
    status: 400,
    body: '{"status":"invalid event","message":"Event object is invalid","errors":["Length of \'routing_key\' is incorrect"]}',
  },
  busy: { status: 429, headers: { 'retry-after': '60' }, body: '{"status":"throttle exceeded"}', waitMs: 60_000 },
  key: (call) => jsonOf(call).dedup_key,
})

it('triggers an incident that says what, about whom and how bad, with the facts for programs', () => {
  const parts = { clock: systemClock, post: () => Promise.reject(new Error('nothing is sent here')), timeZone: 'UTC' }
  const receiver = pagerDutyReceiver('pagerduty', { ...config, url: 'https://events.example' }, parts)
  const event = JSON.parse(receiver.preview(exampleDelivery()).body)
  expect(event).toMatchObject({
    event_action: 'trigger',
    client_url: 'http://127.0.0.1:4380/alerts/al_1',
    payload: {
      summary: 'Alert: card-00412, 812.40 at risk (score 0.97)',
      severity: 'critical',
      source: 'card-fraud',
      component: 'card-00412',
      timestamp: '2026-11-22T13:03:07.000Z',
      custom_details: { score: 0.97, amount: 812.4 },
    },
  })
  const summary = JSON.parse(receiver.preview(exampleDelivery({ message: exampleSummary })).body)
  expect(summary.payload.severity).toBe('info')
})
