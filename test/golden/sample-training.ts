// Nothing in, a small training whose every figure is fixed out: a model of one split, and five days of payments.

import { Random } from '../../src/core/random.ts'
import type { TrainingPage } from '../../src/report/report.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { type FactsInput, reportFacts } from '../../src/train/facts.ts'
import { smallArtifact } from '../rig/artifact.ts'

const rows = 1500
const split = { validationStart: 900, testStart: 1100 }

/** Amounts over 500 alert; one anomaly in four is small, and one normal payment in a hundred large. */
export function sampleFacts(): FactsInput {
  const random = new Random(5)
  const labels = Uint8Array.from({ length: rows }, (_, row) => (row % 20 === 3 ? 1 : 0))
  const isLarge = (row: number) => (labels[row] === 1 ? row % 80 !== 3 : row % 100 === 50)
  const amounts = Float64Array.from({ length: rows }, (_, row) =>
    Math.round((isLarge(row) ? 600 : 20) + random.uniform() * 300),
  )
  const countries = Float32Array.from({ length: rows }, (_, row) => (row % 9 === 0 ? Number.NaN : row % 2))
  const weights = new Float64Array(rows).fill(1)
  const times = Float64Array.from({ length: rows }, (_, row) => Date.UTC(2026, 2, 1) + row * 1_200_000)
  const test = amounts.subarray(split.testStart)
  const evaluation = evaluate({
    scores: test.map((amount) => (amount > 500 ? 0.98 : 0.02)),
    labels: labels.subarray(split.testStart),
    wish: { cost: { missed: 'amount', review: 5 } },
    weights: weights.subarray(split.testStart),
    times: times.subarray(split.testStart),
    ...{ amounts: test, threshold: 0.5, prior: 0.05, bestFeature: { name: 'amount', scores: test }, seed: 1 },
  })
  return {
    artifact: {
      ...smallArtifact,
      operatingPoint: { threshold: 0.5, chosenBy: { cost: { missed: 'amount', review: 5 } } },
      evaluation,
    },
    columns: [Float32Array.from(amounts), countries],
    labels,
    weights,
    times,
    amounts,
    ids: Array.from({ length: rows }, (_, row) => `t-${row}`),
    split,
    reasonsOf: (row, contributions, side) => [`amount ${amounts[row]} ${side} it by ${contributions[0]!.toFixed(2)}`],
  }
}

export function sampleTraining(): TrainingPage {
  return {
    facts: reportFacts(sampleFacts()),
    source: 'payments.csv',
    version: 3,
    digest: 'd21ab3a082fe0000',
    sampling: 'of 900 normal rows 90 were drawn',
    lint: {
      findings: [
        { code: 'LEAK_VALUE', severity: 'error', message: '"<chargeback>" alone is nearly the label' },
        { code: 'LABEL_GAP', severity: 'warning', message: 'no anomaly in 3,527 events' },
      ],
      accepted: [{ code: 'CLOCK', columns: ['day'] }],
    },
  }
}
