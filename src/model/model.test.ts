// Artifacts made by hand in; their file form, scores and refusals checked.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomFeatures, randomTrees, randomVector } from '../../test/randomTrees.ts'
import { canonicalJson, sha256 } from '../core/digest.ts'
import { Random } from '../core/random.ts'
import { type Artifact as AnyArtifact, artifactDigest, decodeArtifact, encodeArtifact, loadModel } from './model.ts'

type Artifact = Extract<AnyArtifact, { algorithm: 'boostedTrees' }>

const interval = { value: 0.5, low: 0.4, high: 0.6 }

function randomArtifact(seed: number): Artifact {
  const random = new Random(seed)
  const features = randomFeatures(random, 1 + random.below(8))
  return {
    format: 1,
    codeVersion: '0.1.0',
    schema: {
      detector: 'test',
      id: null,
      time: { column: 't', unit: 's' },
      entity: null,
      amount: null,
      label: { column: 'y', anomaly: '1' },
      weight: null,
      fields: [{ name: 'f0', kind: 'number', isNullable: true }],
      features: features.map(({ name }) => name),
    },
    features,
    algorithm: 'boostedTrees',
    hyperparameters: { maxTrees: 10 },
    trees: randomTrees(random, features, { trees: 5, depth: 5 }),
    calibration: { margins: [-4, -1, 3], scores: [0.01, 0.2, 0.9] },
    operatingPoint: { threshold: 0.4, chosenBy: { cost: { missed: 'amount', review: 2 } } },
    evaluation: {
      period: { from: 0, to: 1, days: 1 },
      rows: 10,
      anomalies: 1,
      events: 10,
      averagePrecision: interval,
      rocAuc: interval,
      logLoss: interval,
      brier: interval,
      atOperatingPoint: {
        precision: interval,
        recall: interval,
        alertsPerDay: interval,
        caughtAmount: null,
        anomalousAmount: null,
      },
      baselines: {
        prior: { averagePrecision: 0.1, logLoss: 0.3 },
        bestFeature: { name: 'f0', averagePrecision: interval },
      },
    },
    sketches: [{ name: 'f0', kind: 'category', missing: 0, shares: [['a', 1]] }],
    training: { fingerprint: 'ab', rows: 10, anomalies: 1, from: 0, to: 1, seed: 1 },
  }
}

function fileOf(value: unknown): Uint8Array {
  const body = canonicalJson(value)
  return new TextEncoder().encode(`tocsin-model 1 ${sha256(body)}\n${body}`)
}

describe('a model file', () => {
  test('gives back what was written, with the same digest and the same scores', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (seed) => {
        const artifact = randomArtifact(seed)
        const read = decodeArtifact(encodeArtifact(artifact))
        expect(read).toEqual(artifact)
        expect(artifactDigest(read)).toBe(artifactDigest(artifact))
        const vector = randomVector(new Random(seed + 1), artifact.features)
        expect(loadModel(read).margin(vector)).toBe(loadModel(artifact).margin(vector))
        expect(loadModel(read).contributions(vector)).toEqual(loadModel(artifact).contributions(vector))
      }),
      { numRuns: 50 },
    )
  })

  test('begins with a magic line that names the format and the SHA-256 of what follows', () => {
    const artifact = randomArtifact(1)
    const [first] = new TextDecoder().decode(encodeArtifact(artifact)).split('\n')
    expect(first).toBe(`tocsin-model 1 ${artifactDigest(artifact)}`)
  })

  test('that is something else is refused as foreign', () => {
    expect(() => decodeArtifact(new TextEncoder().encode('{"learner": {}}'))).toThrow(
      expect.objectContaining({ code: 'MODEL_FOREIGN', message: expect.stringContaining('{\\"learner') }),
    )
  })

  test('of a later format is refused with the advice to update', () => {
    const bytes = new TextEncoder().encode(`tocsin-model 2 ${'0'.repeat(64)}\n{}`)
    expect(() => decodeArtifact(bytes)).toThrow(
      expect.objectContaining({ code: 'MODEL_TOO_NEW', message: expect.stringContaining('Update Tocsin') }),
    )
  })

  test('that was cut off or changed anywhere is refused as damaged', () => {
    const bytes = encodeArtifact(randomArtifact(2))
    fc.assert(
      fc.property(fc.integer({ min: 90, max: bytes.length - 1 }), (place) => {
        const changed = bytes.slice()
        changed[place]! ^= 1
        expect(() => decodeArtifact(changed)).toThrow(expect.objectContaining({ code: 'MODEL_CORRUPT' }))
        expect(() => decodeArtifact(bytes.slice(0, place))).toThrow(expect.objectContaining({ code: 'MODEL_CORRUPT' }))
      }),
      { numRuns: 30 },
    )
  })

  const broken: [string, (artifact: Artifact) => unknown][] = [
    ['a missing part', ({ trees: _, ...rest }) => rest],
    ['a score of 1 in the calibration', (a) => ({ ...a, calibration: { margins: [0, 1], scores: [0.1, 1] } })],
    ['a falling calibration', (a) => ({ ...a, calibration: { margins: [0, 1], scores: [0.2, 0.1] } })],
    ['node arrays of unequal length', (a) => ({ ...a, trees: { ...a.trees, value: a.trees.value.slice(1) } })],
    ['roots that leave nodes out', (a) => ({ ...a, trees: { ...a.trees, roots: a.trees.roots.slice(0, -1) } })],
    ['a child that comes before its parent', (a) => ({ ...a, trees: { ...a.trees, left: a.trees.left.map(() => 0) } })],
    [
      'a feature that is not there',
      (a) => ({
        ...a,
        features: a.features.slice(0, 1),
        trees: { ...a.trees, feature: a.trees.feature.map((f) => (f < 0 ? f : 7)) },
      }),
    ],
  ]
  test.each(broken)('with %s is refused as damaged, though its digest is right', (_, breakIt) => {
    const artifact = randomArtifact(4)
    expect(artifact.trees.feature.some((feature) => feature >= 0)).toBe(true)
    expect(() => decodeArtifact(fileOf(breakIt(artifact)))).toThrow(expect.objectContaining({ code: 'MODEL_CORRUPT' }))
  })
})

describe('a model', () => {
  test('scores many vectors as it scores one, each within 0 and 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (seed) => {
        const artifact = randomArtifact(seed)
        const model = loadModel(artifact)
        const random = new Random(seed)
        const vectors = Float32Array.from(
          Array.from({ length: 7 }, () => [...randomVector(random, artifact.features)]).flat(),
        )
        const scores = new Float64Array(7)
        model.scoreMany(vectors, 7, scores)
        for (const [row, score] of scores.entries()) {
          expect(score).toBe(model.score(vectors, row * artifact.features.length))
          expect(score).toBe(model.calibrate(model.margin(vectors, row * artifact.features.length)))
          expect(score).toBeGreaterThan(0)
          expect(score).toBeLessThan(1)
        }
      }),
      { numRuns: 50 },
    )
  })

  const stump = (
    feature: Artifact['features'][number],
    threshold: number,
    categorySets: number[][] = [],
  ): Artifact => ({
    ...randomArtifact(1),
    features: [feature],
    trees: {
      baseMargin: 1,
      roots: [0, 3],
      feature: [0, -1, -1],
      threshold: [threshold, 0, 0],
      left: [1, 0, 0],
      missingLeft: [1, 0, 0],
      value: [0, 10, 20],
      cover: [2, 1, 1],
      categorySets,
    },
  })

  test('sends numbers up to the threshold, and missing ones where it says, to the left', () => {
    const { margin } = loadModel(stump({ name: 'x', kind: 'number' }, 0.5))
    expect([0.5, 0.50001, Number.NaN].map((x) => margin(Float32Array.of(x)))).toEqual([11, 21, 11])
  })

  test('sends categories of the set to the left and all others to the right', () => {
    const dictionary = Array.from({ length: 70 }, (_, i) => `c${i}`)
    const { margin } = loadModel(stump({ name: 'x', kind: 'category', dictionary }, 0, [[0, 33, 64]]))
    expect([0, 33, 64, 1, 32, 65, 69].map((x) => margin(Float32Array.of(x)))).toEqual([11, 11, 11, 21, 21, 21, 21])
  })

  test('calibrates between knots by a straight line and beyond them by the last knot', () => {
    const { calibrate } = loadModel(randomArtifact(1))
    expect([-9, -4, -2.5, -1, 1, 3, 8].map((margin) => Number(calibrate(margin).toFixed(12)))).toEqual([
      0.01, 0.01, 0.105, 0.2, 0.55, 0.9, 0.9,
    ])
  })
})
