import { expect, test } from 'vitest'
import type { AlertJson, DaySummary } from '../api.ts'
import { withLabelsOf } from './day-now.ts'

const alert = (id: string, label: AlertJson['label']): AlertJson => ({
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

const summary: DaySummary = {
  detector: 'cards',
  day: '2026-11-22',
  timeZone: 'UTC',
  isClosed: true,
  events: 1000,
  alerts: 3,
  amount: null,
  amountAtRisk: null,
  scoreHistogram: [],
  eventsByHour: [],
  alertsByHour: [],
  strongestReasons: [],
  topAlerts: [alert('a', null)],
  labels: { anomaly: 0, normal: 0, unlabelled: 3, precision: null },
  lateArrivals: [],
  deadLetters: 0,
  modelVersions: [1],
  skippedDays: null,
  topEntities: [],
  undelivered: 0,
  held: [],
  usual: null,
  health: null,
}

test('answers given after a day has closed are counted and shown', () => {
  const now = withLabelsOf(summary, [alert('a', 'anomaly'), alert('b', 'normal'), alert('c', null)], true)
  expect(now.topAlerts[0]?.label).toBe('anomaly')
  expect(now.labels).toMatchObject({ anomaly: 1, normal: 1, unlabelled: 1, precision: { value: 0.5 } })
})

test('of a part of the alerts nothing is counted', () => {
  const now = withLabelsOf(summary, [alert('a', 'anomaly')], false)
  expect(now.topAlerts[0]?.label).toBe('anomaly')
  expect(now.labels).toEqual(summary.labels)
})
