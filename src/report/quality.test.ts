// Answers by hour in, live quality out, against figures worked by hand.

import { expect, test } from 'vitest'
import { type AnsweredEvents, type QualityFacts, qualityOf } from './quality.ts'

const rows = (iso: string, label: AnsweredEvents['label'], events: number, parts: Partial<AnsweredEvents> = {}) => ({
  ...{ hour: Date.parse(iso), modelVersion: 1, outcome: 'alert' as const, label, tenth: 9 },
  ...{ events, expected: 0.95 * events },
  ...parts,
})
const facts = (answered: readonly AnsweredEvents[], expected: QualityFacts['expected'] = []): QualityFacts => ({
  ...{ timeZone: 'Europe/Berlin', answered, expected, until: '2026-03-10', days: 14 },
})

test('precision is of the answered alerts, with Wilson’s interval; a day is mature from four fifths answered on', () => {
  const quality = qualityOf(
    facts([
      rows('2026-03-09T10:00:00Z', 'anomaly', 6),
      rows('2026-03-09T11:00:00Z', 'normal', 2),
      rows('2026-03-09T12:00:00Z', null, 2),
      rows('2026-03-10T10:00:00Z', 'anomaly', 1),
      rows('2026-03-10T10:00:00Z', null, 9),
    ]),
  )
  const [yesterday, today] = quality.byDay.slice(-2)
  expect(yesterday).toMatchObject({ day: '2026-03-09', alerts: 10, answeredShare: 0.8, isMature: true })
  expect(yesterday!.precision!.value).toBe(0.75)
  expect(yesterday!.precision!.low).toBeCloseTo(0.409, 3)
  expect(yesterday!.precision!.high).toBeCloseTo(0.9285, 3)
  expect(today).toMatchObject({ alerts: 10, answeredShare: 0.1, isMature: false, precision: { value: 1 } })
  expect(quality).toMatchObject({ alerts: 20, anomalies: 7, normals: 2, isMature: false })
  expect(quality.bounds).toEqual({ low: 7 / 20, high: 18 / 20 })
  expect(quality.byWeek.map(({ week, alerts }) => [week, alerts])).toEqual([
    ['2026-02-23', 0],
    ['2026-03-02', 0],
    ['2026-03-09', 20],
  ])
})

test('days are those of the detector’s time zone; what lies outside of them does not count', () => {
  const { byDay, alerts } = qualityOf(
    facts([
      rows('2026-03-09T23:00:00Z', null, 1),
      rows('2026-03-10T23:00:00Z', null, 5),
      rows('2026-02-24T22:00:00Z', null, 7),
    ]),
  )
  expect(byDay.map((day) => day.alerts)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  expect(alerts).toBe(1)
})

test('without alerts, nothing is claimed', () => {
  const quality = qualityOf(facts([]))
  expect(quality).toMatchObject({ alerts: 0, answeredShare: null, isMature: false, precision: null, bounds: null })
  expect(quality.recall).toEqual({ known: null, expected: null })
  expect(quality.calibration).toEqual([])
})

test('recall is not known from alerts alone; from labels of events that passed it is', () => {
  const alerts = [rows('2026-03-09T10:00:00Z', 'anomaly', 8)]
  expect(qualityOf(facts(alerts)).recall.known).toBeNull()
  const missed = rows('2026-03-09T10:00:00Z', 'anomaly', 2, { outcome: 'pass', tenth: 0 })
  const looked = rows('2026-03-09T10:00:00Z', 'normal', 30, { outcome: 'pass', tenth: 0 })
  const { known } = qualityOf(facts([...alerts, missed, looked])).recall
  expect(known).toMatchObject({ value: 0.8, anomalies: 10, caught: 8, labelledPasses: 32 })
  expect(known!.low).toBeCloseTo(0.4902, 3)
})

test('what the model itself expects is summed up over the hours of the days', () => {
  const hour = Date.parse('2026-03-09T10:00:00Z')
  const before = { hour: Date.parse('2026-01-01T10:00:00Z'), expected: 100, expectedInAlerts: 0 }
  const { expected } = qualityOf(facts([], [{ hour, expected: 10, expectedInAlerts: 7.5 }, before])).recall
  expect(expected).toEqual({ value: 0.75, missed: 2.5, all: 10 })
})

test('scores are held against answers of alerts, tenth by tenth', () => {
  const passed = rows('2026-03-09T10:00:00Z', 'anomaly', 5, { outcome: 'pass', tenth: 3 })
  const low = rows('2026-03-09T10:00:00Z', 'normal', 3, { tenth: 4, expected: 1.35 })
  const lowAnomaly = rows('2026-03-10T10:00:00Z', 'anomaly', 1, { tenth: 4, expected: 0.45 })
  const open = rows('2026-03-09T10:00:00Z', null, 50, { tenth: 4 })
  const { calibration } = qualityOf(facts([passed, low, lowAnomaly, open]))
  expect(calibration).toHaveLength(1)
  expect(calibration[0]).toMatchObject({ from: 0.4, to: 0.5, events: 4, anomalies: 1, found: { value: 0.25 } })
  expect(calibration[0]!.predicted).toBeCloseTo(0.45, 12)
})
