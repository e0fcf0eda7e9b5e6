import { expect, test } from 'vitest'
import { outcomesByThreshold } from './whatIf.ts'

const scored = [
  { score: 0.2, amount: 5 },
  { score: 0.9, amount: 100 },
  { score: 0.5, amount: null },
  { score: 0.5, amount: 20 },
]

test('each threshold alerts on what reaches it, and knows what people said of that', () => {
  const answered = [
    { score: 0.9, label: 'anomaly' as const },
    { score: 0.5, label: 'normal' as const },
    { score: 0.5, label: null },
  ]
  expect(outcomesByThreshold(scored, answered, [0.5, 0.95, 0.1, 0.5])).toEqual([
    { threshold: 0.95, alerts: 0, amountAtRisk: 0, anomalies: 0, normals: 0 },
    { threshold: 0.5, alerts: 3, amountAtRisk: 120, anomalies: 1, normals: 1 },
    { threshold: 0.1, alerts: 4, amountAtRisk: 125, anomalies: 1, normals: 1 },
  ])
})

test('money stays unknown where no event has an amount', () => {
  expect(outcomesByThreshold([{ score: 1, amount: null }], [], [0.5])[0]?.amountAtRisk).toBeNull()
})
