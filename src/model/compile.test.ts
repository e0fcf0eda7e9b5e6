// Random forests in; the compiled predictor compared with the plain walker, bit for bit.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomFeatures, randomTrees, randomVector } from '../../test/randomTrees.ts'
import { Random } from '../core/random.ts'
import type { FeatureSpec, TreesData } from './artifact.ts'
import { compilePredictor } from './compile.ts'
import { createPlainPredictor, type Predictor } from './predictor.ts'

const seeds = fc.integer({ min: 0 })

function compiled(trees: TreesData, features: readonly FeatureSpec[]): Predictor {
  const predictor = compilePredictor(trees, features)
  if (!predictor) throw new Error('the trees were not compiled')
  return predictor
}

// As JSON of bits: toEqual would take −0 and 0, or two NaN, as it likes.
function bitsOf(values: Float64Array): string {
  return new BigInt64Array(values.buffer).join()
}

function expectEqual(trees: TreesData, features: readonly FeatureSpec[], vectors: Float32Array): void {
  const rows = vectors.length / features.length
  const predictor = compiled(trees, features)
  const expected = new Float64Array(rows)
  const many = new Float64Array(rows)
  createPlainPredictor(trees, features).margins(vectors, rows, expected)
  predictor.margins(vectors, rows, many)
  const single = Float64Array.from(many, (_, row) => predictor.margin(vectors, row * features.length))
  expect(bitsOf(many)).toBe(bitsOf(expected))
  expect(bitsOf(single)).toBe(bitsOf(expected))
}

// The float32 values next to x, and x.
function around(x: number): number[] {
  const [value, up, down] = Float32Array.of(x, x, x)
  const step = (from: number, by: number) => {
    const float = Float32Array.of(from)
    new Int32Array(float.buffer)[0]! += from >= 0 ? by : -by
    return float[0]!
  }
  return [value!, step(up!, 1), down === 0 ? -1e-45 : step(down!, -1)]
}

// A value of the feature that a test of it might mistake: on a threshold, one step beside it, missing, far away.
function awkward(random: Random, feature: FeatureSpec, thresholds: readonly number[]): number {
  if (random.below(8) === 0) return Number.NaN
  if (random.below(20) === 0) return [Infinity, -Infinity, 0, -0, 3e38, -1, 1e9][random.below(7)]!
  if (feature.kind === 'category') return random.below(feature.dictionary.length + 3)
  if (thresholds.length === 0) return random.normal()
  return around(thresholds[random.below(thresholds.length)]!)[random.below(3)]!
}

function awkwardVectors(random: Random, trees: TreesData, features: readonly FeatureSpec[], rows: number) {
  const thresholds = features.map((_, f) => trees.threshold.filter((_, node) => trees.feature[node] === f))
  return Float32Array.from({ length: rows * features.length }, (_, i) => {
    const place = i % features.length
    return awkward(random, features[place]!, thresholds[place]!)
  })
}

describe('the compiled predictor', () => {
  test('equals the plain walker on thresholds, one step beside them, with values missing and categories unseen', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed)
        const features = randomFeatures(random, 1 + random.below(12))
        const trees = randomTrees(random, features, { trees: random.below(20), depth: 1 + random.below(9) })
        const vectors = awkwardVectors(random, trees, features, 1 + random.below(150))
        expectEqual(trees, features, vectors)
        // As an imported model sums.
        const float32 = { divisor: 1 + random.below(3), last: Math.fround(random.normal()) }
        expectEqual({ ...trees, float32 }, features, vectors)
      }),
      { numRuns: 150 },
    )
  })

  test('takes thresholds of either sign that no float32 equals, infinite ones, and nought of both signs', () => {
    const features: FeatureSpec[] = [{ name: 'x', kind: 'number' }]
    const stump = (threshold: number, missingLeft: number): TreesData => ({
      baseMargin: 0,
      roots: [0, 3],
      feature: [0, -1, -1],
      threshold: [threshold, 0, 0],
      left: [1, 0, 0],
      missingLeft: [missingLeft, 0, 0],
      value: [0, -0, 2],
      cover: [2, 1, 1],
      categorySets: [],
    })
    const thresholds = [0.1, -0.1, 1e-50, -1e-50, 0, -0, 1e300, -1e300, Infinity, -Infinity, 16777217, -16777217]
    for (const threshold of thresholds)
      for (const missingLeft of [0, 1]) {
        const values = [Number.NaN, Infinity, -Infinity, ...around(threshold), ...around(-threshold)]
        expectEqual(stump(threshold, missingLeft), features, Float32Array.from(values))
      }
  })

  test('equals the plain walker for features with 15 to 5,000 thresholds, over all levels of the search', () => {
    const random = new Random(1)
    const features: FeatureSpec[] = [{ name: 'x', kind: 'number' }]
    for (const count of [15, 16, 17, 255, 256, 257, 4095, 4096, 5000]) {
      const trees = stumps(Array.from({ length: count }, () => random.normal()))
      expectEqual(trees, features, awkwardVectors(random, trees, features, 70))
    }
  })

  test('equals the plain walker for trees of one side only, up to 64 levels deep', () => {
    const features: FeatureSpec[] = [{ name: 'x', kind: 'number' }]
    for (const depth of [5, 15, 16, 17, 31, 32, 33, 64])
      expectEqual(
        chain(depth),
        features,
        Float32Array.from({ length: 80 }, (_, i) => i - 5),
      )
  })

  test('is deterministic and keeps no trace of earlier rows', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed)
        const features = randomFeatures(random, 4)
        const trees = randomTrees(random, features, { trees: 5, depth: 6 })
        const predictor = compiled(trees, features)
        const vector = randomVector(random, features)
        const first = predictor.margin(vector)
        predictor.margins(awkwardVectors(random, trees, features, 64), 64, new Float64Array(64))
        expect(predictor.margin(vector)).toBe(first)
      }),
      { numRuns: 30 },
    )
  })
})

describe('what does not suit the compiled predictor is left to the plain walker', () => {
  const features: FeatureSpec[] = [{ name: 'x', kind: 'number' }]

  test('a tree of 65 levels', () => {
    expect(compilePredictor(chain(65), features)).toBeNull()
  })

  test('a feature with more than 65,533 thresholds', () => {
    const thresholds = Array.from({ length: 65_534 }, (_, i) => i)
    expect(compilePredictor(stumps(thresholds), features)).toBeNull()
    expectEqual(stumps(thresholds.slice(1)), features, Float32Array.of(0, 1, 2, 65_533, 65_534, Number.NaN, 30_000.5))
  })

  test('a threshold that is not a number', () => {
    expect(compilePredictor(stumps([1, Number.NaN]), features)).toBeNull()
  })
})

function stumps(thresholds: readonly number[]): TreesData {
  return {
    baseMargin: 0.5,
    roots: [...thresholds.map((_, i) => i * 3), thresholds.length * 3],
    feature: thresholds.flatMap(() => [0, -1, -1]),
    threshold: thresholds.flatMap((threshold) => [threshold, 0, 0]),
    left: thresholds.flatMap((_, i) => [i * 3 + 1, 0, 0]),
    missingLeft: thresholds.flatMap((_, i) => [i % 2, 0, 0]),
    value: thresholds.flatMap((_, i) => [0, 0.1 + i, -0.3]),
    cover: thresholds.flatMap(() => [2, 1, 1]),
    categorySets: [],
  }
}

// Level k sends x ≤ k to a leaf and the rest on.
function chain(depth: number): TreesData {
  const levels = Array.from({ length: depth }, (_, i) => i)
  return {
    baseMargin: 0,
    roots: [0, 2 * depth + 1],
    feature: [0, ...levels.flatMap((k) => [-1, k + 1 < depth ? 0 : -1])],
    threshold: [0, ...levels.flatMap((k) => [0, k + 1])],
    left: [1, ...levels.flatMap((k) => [0, k + 1 < depth ? 2 * k + 3 : 0])],
    missingLeft: [0, ...levels.flatMap(() => [0, 1])],
    value: [0, ...levels.flatMap((k) => [k, k + 1 < depth ? 0 : -1])],
    cover: [depth + 1, ...levels.flatMap((k) => [1, depth - k])],
    categorySets: [],
  }
}
