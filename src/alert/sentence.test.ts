import { expect, test } from 'vitest'
import { Policy } from '../core/policy.ts'
import { sentenceOf } from './sentence.ts'

test.each([
  [{}, 'Alerts are told at once.'],
  [
    {
      atOnce: { amount: { over: 1000 } },
      perEntity: '1 per hour',
      inAll: '20 per hour',
      quiet: { from: '22:00', to: '07:00', except: 'critical' as const },
    },
    'Alerts are told at once where they are over 1,000 at risk; at most one message an hour about one entity; ' +
      'no more than 20 messages an hour in all; beyond that one message says so and digests follow; ' +
      'between 22:00 and 07:00 (Europe/Berlin) only those that are critical; the rest is in the daily report.',
  ],
  [
    { alerts: ['critical', { entity: 'vip-*', score: { from: 0.6 } }] as const, rest: { digest: '4 hours' } },
    'Alerts of critical or of a score of at least 0.6 and of entity vip-* are told at once.',
  ],
  [
    {
      inAll: '3 per 15 minutes',
      escalate: [
        { after: '15 minutes', to: 'ann' },
        { after: '1 hour', to: ['ben', 'boss'] },
      ],
    },
    'Alerts are told at once; no more than 3 messages in 15 minutes in all; beyond that one message says so and digests ' +
      'follow; what nobody has answered for 15 minutes is told to ann; what nobody has answered for 75 minutes is told to ben, boss.',
  ],
  [
    { quiet: { days: ['sat', 'sun'] as const, holidays: ['2026-12-25'] }, rest: { digest: '1 day' } },
    'Alerts are told at once; on Saturdays, Sundays and on one holiday none; ' +
      'the rest comes in a digest within one day and in the daily report.',
  ],
  [
    { inhibit: [{ when: 'critical' as const, mute: 'low' as const, for: '30 minutes' }] },
    'Alerts are told at once; after an alert that is critical, those of the same entity that are low are not told for 30 minutes.',
  ],
])('%j is said in one sentence', (policy, sentence) => {
  expect(sentenceOf(Policy.parse(policy), 'Europe/Berlin')).toBe(sentence)
})
