// Random small trees in; exact contributions compared with Shapley values added up over all subsets.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomFeatures, randomTrees, randomVector } from '../../test/randomTrees.ts'
import { Random } from '../core/random.ts'
import type { FeatureSpec, TreesData } from './artifact.ts'
import { createPlainExplainer, gaussLegendre } from './contributions.ts'
import { createPlainPredictor } from './predictor.ts'

// Lundberg 2018, Algorithm 1: the mean of a tree where only the features in `known` are known.
function expectation(trees: TreesData, features: readonly FeatureSpec[], vector: Float32Array, known: number): number {
  const walk = (node: number): number => {
    const feature = trees.feature[node]!
    if (feature < 0) return trees.value[node]!
    const left = trees.left[node]!
    if ((known >> feature) & 1) return walk(goesLeft(trees, features, vector, node) ? left : left + 1)
    const share = trees.cover[left]! / trees.cover[node]!
    return share * walk(left) + (1 - share) * walk(left + 1)
  }
  return trees.roots.slice(0, -1).reduce((sum, root) => sum + walk(root), trees.baseMargin)
}

function goesLeft(trees: TreesData, features: readonly FeatureSpec[], vector: Float32Array, node: number): boolean {
  const x = vector[trees.feature[node]!]!
  if (Number.isNaN(x)) return trees.missingLeft[node] === 1
  const threshold = trees.threshold[node]!
  return features[trees.feature[node]!]!.kind === 'number' ? x <= threshold : trees.categorySets[threshold]!.includes(x)
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1)
}

function shapley(trees: TreesData, features: readonly FeatureSpec[], vector: Float32Array): number[] {
  const width = features.length
  return features.map((_, feature) => {
    let sum = 0
    for (let known = 0; known < 1 << width; known++) {
      if ((known >> feature) & 1) continue
      const size = known.toString(2).replaceAll('0', '').length
      const weight = (factorial(size) * factorial(width - size - 1)) / factorial(width)
      const gain =
        expectation(trees, features, vector, known | (1 << feature)) - expectation(trees, features, vector, known)
      sum += weight * gain
    }
    return sum
  })
}

test('contributions equal Shapley values added up over all subsets of features', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), (seed) => {
      const random = new Random(seed)
      const features = randomFeatures(random, 1 + random.below(6))
      const trees = randomTrees(random, features, { trees: 1 + random.below(3), depth: 1 + random.below(7) })
      const vector = randomVector(random, features)
      const parts = createPlainExplainer(trees, features)(vector)
      const expected = shapley(trees, features, vector)
      for (const [i, value] of expected.entries()) expect(parts[i]).toBeCloseTo(value, 9)
      expect(parts[features.length]).toBeCloseTo(expectation(trees, features, vector, 0), 9)
    }),
    { numRuns: 200 },
  )
})

test('contributions and the bias add up to the margin, also in deep trees that test a feature many times', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), (seed) => {
      const random = new Random(seed)
      const features = randomFeatures(random, 1 + random.below(20))
      const trees = randomTrees(random, features, { trees: 10, depth: 12 })
      const vector = randomVector(random, features)
      const sum = createPlainExplainer(trees, features)(vector).reduce((total, part) => total + part, 0)
      expect(sum).toBeCloseTo(createPlainPredictor(trees, features).margin(vector), 8)
    }),
    { numRuns: 50 },
  )
})

test('an ensemble without trees has no contributions and its base margin as bias', () => {
  const trees = {
    ...randomTrees(new Random(1), [{ name: 'a', kind: 'number' }], { trees: 0, depth: 1 }),
    baseMargin: -3,
  }
  expect([...createPlainExplainer(trees, [{ name: 'a', kind: 'number' }])(new Float32Array(1))]).toEqual([0, -3])
})

test('Gauss–Legendre points integrate polynomials of degree 2n − 1 exactly', () => {
  for (let n = 1; n <= 16; n++) {
    const { points, weights } = gaussLegendre(n)
    for (let degree = 0; degree < 2 * n; degree++) {
      const integral = points.reduce((sum, point, i) => sum + weights[i]! * point ** degree, 0)
      expect(integral).toBeCloseTo(1 / (degree + 1), 12)
    }
  }
})
