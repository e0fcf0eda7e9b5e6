// scikit-learn's logistic regressions (linear.py made them) in; ours compared with them.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type FeatureSpec, loadBody } from '../../src/model/model.ts'
import { fitLinear } from '../../src/train/linear.ts'

const numbers = z.array(z.number())
const recorded = z
  .object({
    source: z.string(),
    numbers: z.array(z.array(z.number().nullable())),
    category: numbers,
    labels: numbers,
    weights: numbers,
    fits: z.array(
      z.object({
        l1: z.number(),
        l2: z.number(),
        positiveWeight: z.number(),
        coefficients: numbers,
        margins: numbers,
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('linear.json', import.meta.url), 'utf8')))

const columns = [
  ...recorded.numbers.map((column) => Float32Array.from(column, (x) => x ?? Number.NaN)),
  Float32Array.from(recorded.category),
]
const features: FeatureSpec[] = [
  ...recorded.numbers.map((_, place) => ({ name: `x${place}`, kind: 'number' as const })),
  { name: 'c', kind: 'category', dictionary: ['a', 'b', 'c'] },
]

describe(`beside ${recorded.source}`, () => {
  test.each(recorded.fits)('margins agree with l1 $l1, l2 $l2 and positiveWeight $positiveWeight', async (fit) => {
    const linear = await fitLinear({
      features,
      columns,
      labels: Uint8Array.from(recorded.labels),
      weights: Float64Array.from(recorded.weights),
      rows: recorded.labels.length,
      options: {
        l1Regularization: fit.l1,
        l2Regularization: fit.l2,
        positiveWeight: fit.positiveWeight,
        minSamplesLeaf: 1,
      },
      onStep: async () => {},
    })
    const { margin } = loadBody({ algorithm: 'linear', linear }, features)
    // Both stop near the optimum, not at it: 1e-5 of log-odds is a hundred times what changes any score's fourth digit.
    for (const [row, expected] of fit.margins.entries())
      expect(margin(Float32Array.from(columns, (column) => column[row]!))).toBeCloseTo(expected, 5)
    const zeros = [0, 1, 2, 3].map((place) => {
      const term = linear.terms[place]!
      return term.kind === 'number' && term.slope === 0
    })
    // In the record the third number is followed by its indicator.
    expect(zeros).toEqual([0, 1, 2, 4].map((place) => fit.coefficients[place] === 0))
  })
})
