// Generated matrices in; the artifact that training makes of them checked from outside.

import { describe, expect, test } from 'vitest'
import { cardLike } from '../../bench/cardlike.ts'
import { Random } from '../core/random.ts'
import { decodeArtifact, encodeArtifact, type FeatureSpec, loadModel } from '../model/model.ts'
import { averagePrecision } from './metrics.ts'
import { type TrainHooks, type TrainInput, type TrainOptions, train as trainAny } from './train.ts'

const options: TrainOptions = {
  algorithm: 'boostedTrees',
  seed: 1,
  maxTrees: 40,
  learningRate: 0.1,
  maxDepth: 4,
  maxLeafNodes: 16,
  maxBins: 255,
  minSamplesLeaf: 20,
  l2Regularization: 1,
  positiveWeight: 1,
  earlyStoppingRounds: 20,
  operatingPoint: { alertsPerDay: 50 },
}

async function train(input: TrainInput, hooks: TrainHooks = {}) {
  const artifact = await trainAny(input, hooks)
  if (artifact.algorithm !== 'boostedTrees') throw new TypeError(`trees were asked for, not ${artifact.algorithm}`)
  return artifact
}

const schema: TrainInput['schema'] = {
  detector: 'test',
  id: null,
  time: null,
  entity: null,
  amount: null,
  label: { column: 'y', anomaly: '1' },
  weight: null,
  fields: [],
  features: [],
}

// Numbers with holes, a category that tells, a category with many places, weights and amounts.
function mixed(rows: number, seed: number): Omit<TrainInput, 'options'> {
  const random = new Random(seed)
  const matrix = cardLike(rows, 6, seed)
  const labels = Uint8Array.from(matrix.labels, (label) => (label === 1 || random.uniform() < 0.01 ? 1 : 0))
  for (let row = 0; row < rows; row++) if (random.below(10) === 0) matrix.columns[1]![row] = Number.NaN
  const telling = Float32Array.from(labels, (label) => (label === 1 && random.below(3) > 0 ? 3 : random.below(9)))
  const many = Float32Array.from(labels, () => (random.below(20) === 0 ? Number.NaN : random.below(400)))
  const dictionary = (places: number) => Array.from({ length: places }, (_, i) => `c${i}`)
  const features: FeatureSpec[] = [
    ...matrix.names.map((name) => ({ name, kind: 'number' as const })),
    { name: 'telling', kind: 'category', dictionary: dictionary(9) },
    { name: 'many', kind: 'category', dictionary: dictionary(400) },
  ]
  return {
    schema,
    features,
    columns: [...matrix.columns, telling, many],
    labels,
    weights: Float64Array.from(labels, (label) => (label === 1 ? 1 : 1 + random.below(3))),
    times: matrix.times,
    amounts: Float64Array.from(labels, () => random.exponential(50)),
    split: { validationStart: Math.floor(rows * 0.6), testStart: Math.floor(rows * 0.8) },
    fingerprint: 'f',
    codeVersion: '0.0.0',
  }
}

const card = (rows: number, width = 24): Omit<TrainInput, 'options'> => {
  const matrix = cardLike(rows, width, 5)
  return {
    ...mixed(rows, 5),
    features: matrix.names.map((name) => ({ name, kind: 'number' })),
    columns: matrix.columns,
    labels: matrix.labels,
    weights: new Float64Array(rows).fill(1),
    amounts: null,
    split: { validationStart: Math.floor(rows * 0.8), testStart: Math.floor(rows * 0.9) },
  }
}

const bytesOf = async (input: TrainInput, hooks: TrainHooks) => Buffer.from(encodeArtifact(await train(input, hooks)))

describe('training', () => {
  test('gives the same bytes with one thread or three, compiled or plain, also where rows are sampled', async () => {
    // More rows than take part in each tree, so that the draw is part of what must agree.
    const input = { ...card(50_000, 9), options: { ...options, maxTrees: 4 } }
    const reference = await bytesOf(input, { threads: 1, kernel: 'plain' })
    for (const hooks of [{ threads: 1 }, { threads: 2 }, { threads: 3, kernel: 'plain' as const }])
      expect((await bytesOf(input, hooks)).equals(reference)).toBe(true)
  }, 60_000)

  test('gives the same bytes for numbers, categories, missing values and weights, whoever works', async () => {
    const input = { ...mixed(6_000, 2), options }
    const reference = await bytesOf(input, { threads: 1, kernel: 'plain' })
    expect((await bytesOf(input, { threads: 2 })).equals(reference)).toBe(true)
  })

  test('gives other trees for another seed where rows are sampled', async () => {
    const input = card(50_000, 9)
    const [one, two] = await Promise.all(
      [1, 2].map((seed) => train({ ...input, options: { ...options, maxTrees: 3, seed } }, { threads: 1 })),
    )
    expect(one!.trees.value).not.toEqual(two!.trees.value)
  })

  test('learns what a single feature does not tell', async () => {
    const { evaluation } = await train({ ...card(60_000), options })
    expect(evaluation.averagePrecision.low).toBeGreaterThan(evaluation.baselines.bestFeature.averagePrecision.value)
    expect(evaluation.averagePrecision.value).toBeGreaterThan(0.5)
    expect(evaluation.logLoss.value).toBeLessThan(evaluation.baselines.prior.logLoss)
  })

  test('evaluates the very scores that the stored model gives for the test period', async () => {
    const input = { ...mixed(6_000, 3), options }
    const artifact = decodeArtifact(encodeArtifact(await train(input)))
    const model = loadModel(artifact)
    if (artifact.algorithm !== 'boostedTrees') throw new TypeError('trees were trained')
    const { testStart } = input.split
    const rows = input.labels.length - testStart
    const vectors = new Float32Array(rows * input.columns.length)
    for (let row = 0; row < rows; row++)
      for (const [place, column] of input.columns.entries())
        vectors[row * input.columns.length + place] = column[testStart + row]!
    const scores = new Float64Array(rows)
    model.scoreMany(vectors, rows, scores)
    const labels = input.labels.subarray(testStart)
    const weights = input.weights.subarray(testStart)
    expect(artifact.trees.roots.length).toBeGreaterThan(2)
    expect(artifact.evaluation.averagePrecision.value).toBeCloseTo(averagePrecision({ scores, labels, weights }), 12)
    let [alerts, caught] = [0, 0]
    for (const [row, score] of scores.entries()) {
      if (score < artifact.operatingPoint.threshold) continue
      alerts += weights[row]!
      caught += weights[row]! * labels[row]!
    }
    expect(artifact.evaluation.atOperatingPoint.precision.value).toBeCloseTo(caught / alerts, 12)
  })

  test('splits categories by sets and uses them', async () => {
    const { trees, features } = await train({ ...mixed(6_000, 4), options })
    const tested = trees.feature.flatMap((feature, node) => (feature >= 0 ? [{ feature, node }] : []))
    const telling = tested.filter(({ feature }) => features[feature]!.name === 'telling')
    expect(telling.length).toBeGreaterThan(0)
    for (const { node } of telling) expect(trees.categorySets[trees.threshold[node]!]!.length).toBeGreaterThan(0)
  })

  test('adds up covers to the weight of the training rows in every tree', async () => {
    const input = { ...mixed(6_000, 6), options }
    const { trees } = await train(input)
    const weight = input.weights.subarray(0, input.split.validationStart).reduce((sum, held) => sum + held, 0)
    for (const root of trees.roots.slice(0, -1)) expect(trees.cover[root]).toBeCloseTo(weight, 6)
  })

  test('keeps to the limits of depth and leaves', async () => {
    const { trees } = await train({ ...card(30_000), options: { ...options, maxDepth: 3, maxLeafNodes: 5 } })
    const depth = (node: number): number =>
      trees.feature[node]! < 0 ? 0 : 1 + Math.max(depth(trees.left[node]!), depth(trees.left[node]! + 1))
    for (const [tree, root] of trees.roots.slice(0, -1).entries()) {
      expect(depth(root)).toBeLessThanOrEqual(3)
      expect(trees.roots[tree + 1]! - root).toBeLessThanOrEqual(9)
    }
  })

  test('stops with the reason of its signal, and reports its progress until then', async () => {
    const controller = new AbortController()
    const trees: number[] = []
    const onProgress = (progress: { phase: string; trees: number }) => {
      if (progress.phase === 'boost') trees.push(progress.trees)
      if (progress.trees === 3) controller.abort(new Error('enough'))
    }
    await expect(train({ ...card(30_000), options }, { onProgress, signal: controller.signal })).rejects.toThrow(
      'enough',
    )
    expect(trees).toEqual([0, 1, 2, 3])
  })

  test('refuses a period with one class only, by name', async () => {
    const input = { ...mixed(2_000, 1), options }
    const labels = input.labels.slice().fill(0, input.split.testStart)
    await expect(train({ ...input, labels })).rejects.toMatchObject({
      code: 'TRAIN_ONE_CLASS',
      message: expect.stringContaining('test period'),
    })
  })

  test('refuses a split that leaves a period empty', async () => {
    const input = { ...mixed(2_000, 1), options, split: { validationStart: 500, testStart: 500 } }
    await expect(train(input)).rejects.toMatchObject({ code: 'TRAIN_INPUT_INVALID' })
  })

  test('takes a feature of a million categories: the most frequent are told apart, all others go one way', async () => {
    const input = mixed(3_000, 3)
    const dictionary = Array.from({ length: 1_000_000 }, (_, place) => `m${place}`)
    const column = Float32Array.from(input.labels, (label, row) =>
      label === 1 && row % 2 === 0 ? 7 : row * 300 + 1000,
    )
    const features = [...input.features, { name: 'merchant', kind: 'category' as const, dictionary }]
    const artifact = await train({ ...input, features, columns: [...input.columns, column], options })
    const model = loadModel(artifact)
    const vector = (place: number) => Float32Array.from([...input.columns.map((values) => values[0]!), place])
    expect(model.margin(vector(7))).toBeGreaterThan(model.margin(vector(999_999)))
    expect(model.margin(vector(999_998))).toBe(model.margin(vector(999_999)))
  })

  test('works with constant columns, a column without any value, and a single anomaly in training', async () => {
    const input = mixed(3_000, 7)
    const labels = input.labels.slice().fill(0, 0, input.split.validationStart)
    labels[100] = 1
    const columns = [
      new Float32Array(3_000).fill(4),
      new Float32Array(3_000).fill(Number.NaN),
      ...input.columns.slice(2),
    ]
    const artifact = await train({ ...input, labels, columns, options })
    expect(decodeArtifact(encodeArtifact(artifact))).toEqual(artifact)
    expect(artifact.sketches[1]).toEqual({ name: 'x1', kind: 'number', missing: 1, quantiles: [] })
  })
})
