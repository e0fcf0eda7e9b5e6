// Generated histories and one option of growth at a time in; what it promises of the trees, checked from outside.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cardLike } from '../../bench/cardlike.ts'
import { Random } from '../core/random.ts'
import { encodeArtifact, loadModel, type TreesData } from '../model/model.ts'
import { type TrainHooks, type TrainInput, type TrainOptions, train } from './train.ts'

const rows = 4_000
const width = 6
const plain: TrainOptions = {
  algorithm: 'boostedTrees',
  seed: 1,
  maxTrees: 12,
  learningRate: 0.2,
  maxDepth: 6,
  maxLeafNodes: 12,
  maxBins: 63,
  minSamplesLeaf: 5,
  l2Regularization: 1,
  positiveWeight: 1,
  earlyStoppingRounds: 12,
  operatingPoint: { alertsPerDay: 50 },
}

// Anomalies are one in nine and lie on both sides in x0 and x1, so that without a constraint the score turns.
function history(seed: number): Omit<TrainInput, 'options'> {
  const random = new Random(seed)
  const { names, columns, times } = cardLike(rows, width, seed)
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    const [a, b] = [columns[0]![row]!, columns[1]![row]!]
    return random.uniform() < (Math.abs(a) > 1.2 ? 0.3 : 0.02) + (Math.abs(b) > 1.5 ? 0.2 : 0) ? 1 : 0
  })
  for (let row = 0; row < rows; row += 11) columns[1]![row] = Number.NaN
  return {
    schema: {
      detector: 'test',
      id: null,
      time: null,
      entity: null,
      amount: null,
      label: { column: 'y', anomaly: '1' },
      weight: null,
      fields: [],
      features: [],
    },
    features: names.map((name) => ({ name, kind: 'number' })),
    columns,
    labels,
    weights: new Float64Array(rows).fill(1),
    times,
    amounts: null,
    split: { validationStart: 2_400, testStart: 3_200 },
    fingerprint: 'f',
    codeVersion: '0.0.0',
  }
}

async function learn(seed: number, options: Partial<TrainOptions>, hooks: TrainHooks = { threads: 1 }) {
  const artifact = await train({ ...history(seed), options: { ...plain, ...options } }, hooks)
  if (artifact.algorithm !== 'boostedTrees') throw new TypeError('trees were asked for')
  return artifact
}

const nodesByTree = ({ roots }: TreesData) =>
  roots.slice(0, -1).map((root, tree) => Array.from({ length: roots[tree + 1]! - root }, (_, i) => root + i))
const testedBy = (trees: TreesData) =>
  nodesByTree(trees).map((nodes) => new Set(nodes.map((node) => trees.feature[node]!).filter((f) => f >= 0)))

// Depths of the nodes that were split, in the order of the splits: children are numbered as they come.
function depthsInOrder({ feature, left }: TreesData, nodes: readonly number[]): number[] {
  const depth = new Map([[nodes[0]!, 0]])
  const inner = nodes.filter((node) => feature[node]! >= 0)
  for (const node of inner) for (const child of [left[node]!, left[node]! + 1]) depth.set(child, depth.get(node)! + 1)
  return inner.sort((a, b) => left[a]! - left[b]!).map((node) => depth.get(node)!)
}
const isRising = (values: readonly number[]) => values.every((value, i) => i === 0 || value >= values[i - 1]!)

// How often, among random rows, raising a feature moves the score against `direction`.
function turnings(
  artifact: Awaited<ReturnType<typeof learn>>,
  feature: number,
  direction: 1 | -1,
  seed: number,
): number {
  const { score } = loadModel(artifact)
  const random = new Random(seed)
  let turned = 0
  for (let i = 0; i < 300; i++) {
    const vector = Float32Array.from({ length: width }, () =>
      random.below(9) === 0 ? Number.NaN : random.normal() * 2,
    )
    const [low, high] = [random.normal() * 2, random.normal() * 2].sort((a, b) => a - b) as [number, number]
    vector[feature] = low
    const before = score(vector)
    vector[feature] = high
    if ((score(vector) - before) * direction < 0) turned++
  }
  return turned
}

describe('options of growth', () => {
  test('raising a feature with a monotone constraint never moves the score against it, whatever the data and the other options', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom('leafWise' as const, 'depthWise' as const),
        fc.constantFrom(0.5, 1),
        async (seed, growth, share) => {
          const monotone = { x0: 'increasing', x1: 'decreasing' } as const
          const artifact = await learn(seed, { monotone, growth, subsample: share, colsampleByTree: share })
          expect(turnings(artifact, 0, 1, seed)).toBe(0)
          expect(turnings(artifact, 1, -1, seed)).toBe(0)
        },
      ),
      { numRuns: 12 },
    )
  }, 60_000)

  test('without the constraint the same data turn the score', async () => {
    const artifact = await learn(1, {})
    expect(turnings(artifact, 0, 1, 1)).toBeGreaterThan(0)
    expect(turnings(artifact, 1, -1, 1)).toBeGreaterThan(0)
  })

  test('a constrained feature is still used', async () => {
    const { trees } = await learn(1, { monotone: { x0: 'increasing' } })
    expect(trees.feature).toContain(0)
  })

  test('a constraint on no feature, or for a learner that does not keep it, is refused by name', async () => {
    await expect(learn(1, { monotone: { amuont: 'increasing' } })).rejects.toMatchObject({
      code: 'TRAIN_MONOTONE_INVALID',
      message: expect.stringContaining('amuont'),
    })
    const linear = { ...plain, algorithm: 'linear', monotone: { x0: 'increasing' } } as const
    await expect(train({ ...history(1), options: linear })).rejects.toMatchObject({ code: 'TRAIN_MONOTONE_INVALID' })
  })

  test('depth-wise growth splits level by level; leaf-wise growth follows the gain', async () => {
    const levels = async (growth: 'leafWise' | 'depthWise') => {
      const { trees } = await learn(2, { growth })
      return nodesByTree(trees).map((nodes) => isRising(depthsInOrder(trees, nodes)))
    }
    expect(await levels('depthWise')).not.toContain(false)
    expect(await levels('leafWise')).toContain(false)
  })

  test('each tree tests no more than its share of the features, and other trees test others', async () => {
    const { trees } = await learn(3, { colsampleByTree: 0.5 })
    const tested = testedBy(trees)
    expect(Math.max(...tested.map(({ size }) => size))).toBeLessThanOrEqual(3)
    expect(new Set(tested.flatMap((features) => [...features])).size).toBeGreaterThan(3)
    expect(Math.max(...testedBy((await learn(3, {})).trees).map(({ size }) => size))).toBeGreaterThan(3)
  })

  test('a share of the rows searches for splits: fewer than two leaves need, and no tree grows', async () => {
    const minSamplesLeaf = 400
    expect((await learn(4, { minSamplesLeaf, subsample: 0.2 })).trees.roots).toEqual([0])
    expect((await learn(4, { minSamplesLeaf })).trees.roots.length).toBeGreaterThan(1)
  })

  test('all options together give the same bytes with one thread or three, compiled or plain', async () => {
    const monotone = { x0: 'increasing', x2: 'decreasing' } as const
    const options = { monotone, growth: 'depthWise', subsample: 0.6, colsampleByTree: 0.4 } as const
    const bytes = async (hooks: TrainHooks) => Buffer.from(encodeArtifact(await learn(5, options, hooks)))
    const reference = await bytes({ threads: 1, kernel: 'plain' })
    for (const hooks of [{ threads: 3 }, { threads: 1 }]) expect((await bytes(hooks)).equals(reference)).toBe(true)
  })
})
