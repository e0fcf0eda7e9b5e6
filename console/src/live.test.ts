import { expect, test } from 'vitest'
import type { AlertJson } from './api.ts'
import { newestFirst } from './live.tsx'

const alert = (id: string, label: AlertJson['label'] = null): AlertJson => ({
  id,
  detector: 'cards',
  eventId: id,
  eventTime: '2026-11-22T14:00:00.000Z',
  groupKey: id,
  entity: null,
  amount: null,
  score: 0.9,
  threshold: 0.4,
  modelVersion: 1,
  reasons: [],
  label,
  labelledBy: null,
  labelledAt: null,
  deliveries: [],
})
const ids = (alerts: readonly AlertJson[]) => alerts.map(({ id }) => id)

test('what arrived last stands first, before what is held', () => {
  expect(ids(newestFirst([alert('b'), alert('c')], [alert('a')]))).toEqual(['c', 'b', 'a'])
})

test('an alert that is held stays once, with the label it has there', () => {
  const merged = newestFirst([alert('a'), alert('b'), alert('b')], [alert('a', 'anomaly')])
  expect(ids(merged)).toEqual(['b', 'a'])
  expect(merged[1]?.label).toBe('anomaly')
})

test('no more than fifty are kept', () => {
  const many = Array.from({ length: 60 }, (_, i) => alert(`n${i}`))
  expect(newestFirst(many, [alert('old')])).toHaveLength(50)
})
