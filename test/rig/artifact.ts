// Nothing in, the smallest model of card payments out: over 500 alerts.

import type { EventSchema } from '../../src/core/event.ts'
import type { Artifact } from '../../src/model/model.ts'

const schema: EventSchema = {
  detector: 'card-fraud',
  id: 'transaction_id',
  time: { column: 'time', unit: 'iso' },
  entity: 'card',
  amount: 'amount',
  label: { column: 'is_fraud', anomaly: '1' },
  weight: null,
  fields: [
    { name: 'transaction_id', kind: 'category', isNullable: false },
    { name: 'time', kind: 'category', isNullable: false },
    { name: 'card', kind: 'category', isNullable: false },
    { name: 'amount', kind: 'number', isNullable: false },
    { name: 'country', kind: 'category', isNullable: true },
  ],
  features: ['amount', 'country'],
}

const figure = { value: 0.9, low: 0.8, high: 0.95 }

/** One tree of one split: amount ≤ 500 is normal. */
export const smallArtifact: Artifact = {
  format: 1,
  codeVersion: '0.0.0',
  schema,
  features: [
    { name: 'amount', kind: 'number' },
    { name: 'country', kind: 'category', dictionary: ['DE', 'FR'] },
  ],
  algorithm: 'boostedTrees',
  hyperparameters: {},
  trees: {
    baseMargin: 0,
    roots: [0, 3],
    feature: [0, -1, -1],
    threshold: [500, 0, 0],
    left: [1, 0, 0],
    missingLeft: [1, 0, 0],
    value: [0, -4, 4],
    cover: [100, 90, 10],
    categorySets: [],
  },
  calibration: { margins: [-4, 4], scores: [0.02, 0.98] },
  operatingPoint: { threshold: 0.5, chosenBy: { alertsPerDay: 50 } },
  evaluation: {
    period: { from: 0, to: 86_400_000, days: 1 },
    ...{ rows: 100, anomalies: 10, events: 100 },
    ...{ averagePrecision: figure, rocAuc: figure, logLoss: figure, brier: figure },
    atOperatingPoint: {
      ...{ precision: figure, recall: figure, alertsPerDay: figure },
      ...{ caughtAmount: 1, anomalousAmount: 2 },
    },
    baselines: {
      prior: { averagePrecision: 0.1, logLoss: 0.3 },
      bestFeature: { name: 'amount', averagePrecision: figure },
    },
  },
  sketches: [
    { name: 'amount', kind: 'number', missing: 0, quantiles: [0, 1, 4, 10, 20, 40, 96, 200, 500] },
    {
      name: 'country',
      kind: 'category',
      missing: 0.1,
      shares: [
        ['DE', 0.7],
        ['FR', 0.3],
      ],
    },
  ],
  baseline: {
    rows: 100,
    scoreRows: 100,
    score: { kind: 'number', edges: [0.5], shares: [0.9, 0.1, 0] },
    features: [
      { kind: 'number', edges: [10, 96], shares: [0.5, 0.4, 0.1, 0] },
      { kind: 'category', places: [0], shares: [0.6, 0.3, 0.1] },
    ],
    importance: [3, 1],
  },
  training: { fingerprint: 'f', rows: 100, anomalies: 10, from: 0, to: 1, seed: 1 },
}

/** A payment that the model's schema accepts. */
export function payment(id: string, amount: number, time = '2026-03-03T10:00:00Z') {
  return { transaction_id: id, time, card: `C-${id}`, amount, country: 'DE' }
}
