// Random forests in; the compiled explainer compared with the plain one, which equals brute-force Shapley values.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomFeatures, randomTrees, randomVector } from '../../test/randomTrees.ts'
import { Random } from '../core/random.ts'
import { createPlainExplainer } from './contributions.ts'
import { compileExplainer } from './explain.ts'
import { createPlainPredictor } from './predictor.ts'

function forestOf(seed: number) {
  const random = new Random(seed)
  const features = randomFeatures(random, 1 + random.below(20))
  const trees = randomTrees(random, features, { trees: random.below(12), depth: random.below(13) })
  const vectors = Array.from({ length: 5 }, () => randomVector(random, features))
  const explain = compileExplainer(trees, features)
  if (!explain) throw new Error('the trees were not compiled')
  return { features, trees, vectors, explain }
}

test('compiled contributions equal the plain ones within 1e-9, also where paths test a feature many times', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), (seed) => {
      const { features, trees, vectors, explain } = forestOf(seed)
      const plain = createPlainExplainer(trees, features)
      for (const vector of vectors) {
        const expected = plain(vector)
        // Parts of either sign cancel: what is rounded is of the size of the largest.
        const size = expected.reduce((most, part) => Math.max(most, Math.abs(part)), 1)
        for (const [i, part] of explain(vector).entries())
          expect(Math.abs(part - expected[i]!)).toBeLessThanOrEqual(1e-9 * size)
      }
    }),
    { numRuns: 100 },
  )
})

test('compiled contributions and the bias add up to the margin', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), (seed) => {
      const { features, trees, vectors, explain } = forestOf(seed)
      const { margin } = createPlainPredictor(trees, features)
      for (const vector of vectors) {
        const sum = explain(vector).reduce((total, part) => total + part, 0)
        expect(Math.abs(sum - margin(vector))).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(sum)))
      }
    }),
    { numRuns: 100 },
  )
})

test('a leaf that no training row reached gives finite contributions that add up', () => {
  const features = [
    { name: 'a', kind: 'number' },
    { name: 'b', kind: 'number' },
  ] as const
  const trees = {
    baseMargin: 0,
    roots: [0, 5],
    feature: [0, -1, 1, -1, -1],
    threshold: [0, 0, 0, 0, 0],
    left: [1, 0, 3, 0, 0],
    missingLeft: [0, 0, 0, 0, 0],
    value: [0, 1, 0, 2, 4],
    cover: [10, 10, 0, 0, 0],
    categorySets: [],
  }
  const parts = compileExplainer(trees, features)!(Float32Array.of(1, -1))
  expect(parts.every(Number.isFinite)).toBe(true)
  expect(parts.reduce((a, b) => a + b)).toBeCloseTo(2, 9)
})
