// A day's counted decisions and answers in, the model's health and its sentences out.

import { expect, test } from 'vitest'
import type { HourSketch } from './drift.ts'
import { type HealthFacts, healthOf } from './health.ts'
import { answersWords, driftWords } from './healthWords.ts'

const model: HealthFacts['model'] = {
  modelVersion: 3,
  features: [
    { name: 'amount', kind: 'number' },
    { name: 'hour', kind: 'number' },
  ],
  baseline: {
    rows: 10_000,
    scoreRows: 10_000,
    score: { kind: 'number', edges: [0.5], shares: [0.9, 0.1, 0] },
    features: [
      { kind: 'number', edges: [10], shares: [0.5, 0.5, 0] },
      { kind: 'number', edges: [12], shares: [0.5, 0.5, 0] },
    ],
    importance: [1, 1],
  },
}

/** A whole day, or its first hours: amounts up to 10 where `low` says how many of a hundred. */
const hours = (low: number, length = 24): HourSketch[] =>
  Array.from({ length }, (_, hour) => ({
    hour: Date.parse('2026-03-09T00:00:00Z') + hour * 3_600_000,
    ...{ modelVersion: 3, events: 100, expected: 0, expectedInAlerts: 0 },
    counts: Uint32Array.from([90, 10, 0, low, 100 - low, 0, 50, 50, 0]),
  }))
const answer = (label: 'anomaly' | 'normal' | null, events: number) => ({
  ...{ hour: Date.parse('2026-03-08T10:00:00Z'), modelVersion: 3, outcome: 'alert' as const, tenth: 9 },
  ...{ label, events, expected: events },
})
const health = (parts: Partial<HealthFacts> = {}) =>
  healthOf({ day: '2026-03-09', timeZone: 'UTC', model, sketches: hours(50), answered: [], ...parts })

test('a day like the training is told as such', () => {
  expect(health().drift).toMatchObject({ events: 2400, shifted: 0, drifted: 0, features: [] })
  expect(driftWords(health())).toBe('The score is spread as in the test period; no feature has moved from training.')
})

test('features that moved are named, those that drifted far counted', () => {
  const found = health({ sketches: hours(90) })
  expect(found.drift).toMatchObject({ shifted: 0, drifted: 1, features: [{ name: 'amount', severity: 'drifted' }] })
  expect(driftWords(found)).toContain('1 feature has moved from training, 1 of them far.')
})

test('a part of a day, and a day that another version decided, are not judged', () => {
  expect(health({ sketches: hours(90, 4) }).drift).toBeNull()
  expect(health({ sketches: hours(90).map((hour) => ({ ...hour, modelVersion: 2 })) }).drift).toBeNull()
  expect(driftWords(health({ sketches: [] }))).toContain('Version 3 decided too little of the day')
})

test('precision is told with its interval, and that it may still change while few alerts are answered', () => {
  expect(answersWords(health())).toBe('No alerts in the last 28 days.')
  expect(answersWords(health({ answered: [answer(null, 5)] }))).toContain('None of the 5 alerts')
  const early = answersWords(health({ answered: [answer('anomaly', 3), answer('normal', 1), answer(null, 6)] }))
  expect(early).toMatch(
    /^75% of the 4 answered alerts of the last 28 days were anomalies \(95% interval \d+% to \d+%\)/,
  )
  expect(early).toContain('Only 40% of them are answered')
  const most = answersWords(health({ answered: [answer('anomaly', 3), answer('normal', 1)] }))
  expect(most).not.toContain('Only')
})
