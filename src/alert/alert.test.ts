// Which decisions become alerts.

import { describe, expect, test } from 'vitest'
import type { Decision } from '../core/decision.ts'
import { alertOf, alertsOf } from './alert.ts'

function decision(
  changes: { id?: string; time?: number; entity?: string | null; outcome?: 'alert' | 'pass' } = {},
): Decision {
  const { id = 'e1', time = 1000, entity = 'c1', outcome = 'alert' } = changes
  return {
    detector: 'cards',
    event: { id, time, entity, amount: 12, fields: {} },
    score: 0.9,
    threshold: 0.5,
    outcome,
    modelVersion: 3,
    vector: Float32Array.of(1),
    reasons: [{ feature: 'amount', value: 12, contribution: 2, text: 'amount 12 is high' }],
    partition: 0,
    position: 0,
    isLate: false,
  }
}

describe('an alert', () => {
  test('carries what a person needs to know of the event', () => {
    expect(alertOf(decision())).toEqual({
      id: expect.stringMatching(/^al_[0-9a-f]{24}$/),
      detector: 'cards',
      eventId: 'e1',
      eventTime: 1000,
      groupKey: 'c1',
      entity: 'c1',
      amount: 12,
      score: 0.9,
      threshold: 0.5,
      modelVersion: 3,
      reasons: decision().reasons,
    })
  })

  test('is not made of a decision that passed', () => {
    expect(alertOf(decision({ outcome: 'pass' }))).toBeUndefined()
  })

  test('has the same id however often it is made, and another for another event or detector', () => {
    const { id } = alertOf(decision())!
    expect(alertOf({ ...decision(), modelVersion: 9 })!.id).toBe(id)
    expect(alertOf(decision({ id: 'e2' }))!.id).not.toBe(id)
    expect(alertOf({ ...decision(), detector: 'claims' })!.id).not.toBe(id)
  })

  test('of an event without entity is a group of its own', () => {
    expect(alertOf(decision({ entity: null }))!.groupKey).toBe('e1')
  })
})

test('a batch’s alerts come in its order', () => {
  const batch = [decision({ id: 'e2' }), decision({ id: 'e0', outcome: 'pass' }), decision({ id: 'e1' })]
  expect(alertsOf(batch).map(({ eventId }) => eventId)).toEqual(['e2', 'e1'])
})
