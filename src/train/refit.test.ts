// A small history in; what the models that were evaluated and that serve have learned from, checked from outside.

import { describe, expect, test } from 'vitest'
import { smallHistory, smallOptions } from '../../test/rig/history.ts'
import { artifactDigest, decodeArtifact, encodeArtifact, loadModel } from '../model/model.ts'
import { averagePrecision } from './metrics.ts'
import { type TrainInput, type TrainOptions, trainBoth } from './train.ts'

const threads = { threads: 1 }
const history = smallHistory(4000, 3)
const train = (options: Partial<TrainOptions>, input: TrainInput = history) =>
  trainBoth({ ...input, options: { ...smallOptions, ...options } }, threads)
const { testStart } = history.split

// Other labels in one stretch: whoever learns from it becomes another.
function relabelled(from: number, to: number): TrainInput {
  const labels = history.labels.slice()
  for (let row = from; row < to; row++) if (row % 7 === 0) labels[row] = 1 - labels[row]!
  return { ...history, labels }
}

describe.each(['boostedTrees', 'linear', 'randomCutForest'] as const)('%s', { timeout: 120_000 }, (algorithm) => {
  test('without refit learns from the training period alone, and what is evaluated serves', async () => {
    const { served, evaluated } = await train({ algorithm, refit: 'none' })
    expect(served).toBe(evaluated)
    expect(evaluated).toMatchObject(bodyOf((await train({ algorithm })).evaluated))
  })

  test('refitted before the test period has the same calibration and threshold, and other insides', async () => {
    const first = (await train({ algorithm })).evaluated
    const { served, evaluated } = await train({ algorithm, refit: 'beforeTest' })
    expect(served).toBe(evaluated)
    expect(bodyOf(evaluated)).not.toEqual(bodyOf(first))
    // Up to the ends, which reach as far as either model does.
    const inner = (artifact: typeof first) => artifact.calibration.scores.slice(1, -1)
    expect(inner(evaluated)).toEqual(inner(first))
    expect(evaluated.operatingPoint.threshold).toBeCloseTo(first.operatingPoint.threshold, 3)
  })

  test('what is evaluated has learned nothing from the test period', async () => {
    const one = await train({ algorithm, refit: 'all' })
    const other = await train({ algorithm, refit: 'all' }, relabelled(testStart, history.labels.length))
    expect(bodyOf(other.evaluated)).toEqual(bodyOf(one.evaluated))
    // A forest does not look at labels.
    if (algorithm !== 'randomCutForest') expect(bodyOf(other.served)).not.toEqual(bodyOf(one.served))
  })

  test('what serves after a refit on all keeps the evaluation of the one before', async () => {
    const { served, evaluated } = await train({ algorithm, refit: 'all' })
    expect(bodyOf(served)).not.toEqual(bodyOf(evaluated))
    // Its margins have a scale of their own; what they mean is the same.
    expect(served.calibration.scores).toEqual(evaluated.calibration.scores)
    expect({ ...served, ...bodyOf(evaluated), calibration: evaluated.calibration }).toEqual(evaluated)
    expect(decodeArtifact(encodeArtifact(served))).toEqual(served)
  })

  test('the evaluation is that of the scores that the evaluated model gives the test period', async () => {
    const { evaluated } = await train({ algorithm, refit: 'all' })
    const model = loadModel(evaluated)
    const scores = Float64Array.from({ length: history.labels.length - testStart }, (_, i) =>
      model.score(Float32Array.from(history.columns, (column) => column[testStart + i]!)),
    )
    const test = { labels: history.labels.subarray(testStart), weights: history.weights.subarray(testStart) }
    expect(evaluated.evaluation.averagePrecision.value).toBeCloseTo(averagePrecision({ scores, ...test }), 9)
  })
})

test('several models on redrawn weights agree on the number of trees: that of the served ones too', async () => {
  const treesOf = async (options: Partial<TrainOptions>) => {
    const { served, evaluated } = await train({ earlyStoppingRounds: 3, maxTrees: 60, ...options })
    if (served.algorithm !== 'boostedTrees' || evaluated.algorithm !== 'boostedTrees') throw new Error('not trees')
    return [served.trees.roots.length - 1, evaluated.trees.roots.length - 1]
  }
  const [alone] = await treesOf({})
  const [served, evaluated] = await treesOf({ stoppingModels: 5, refit: 'all' })
  expect(served).toBe(evaluated)
  expect(served).not.toBe(alone)
  expect(await treesOf({ stoppingModels: 5 })).toEqual([evaluated, evaluated])
})

test('bags are refitted bag by bag, and the same with more threads', async () => {
  const input = { ...history, options: { ...smallOptions, bags: 3, refit: 'all' as const } }
  const [one, two] = [await trainBoth(input, threads), await trainBoth(input, { threads: 2 })]
  expect(artifactDigest(two.served)).toBe(artifactDigest(one.served))
  if (one.served.algorithm !== 'boostedTrees' || one.evaluated.algorithm !== 'boostedTrees')
    throw new Error('not trees')
  expect(one.served.trees.roots.length).toBe(one.evaluated.trees.roots.length)
  const weight = history.weights.reduce((sum, held) => sum + held, 0)
  expect(one.served.trees.cover[0]! / weight).toBeGreaterThan(0.9)
  const before = history.weights.subarray(0, testStart).reduce((sum, held) => sum + held, 0)
  expect(one.evaluated.trees.cover[0]! / before).toBeGreaterThan(0.9)
})

function bodyOf(artifact: Awaited<ReturnType<typeof train>>['served']): object {
  if (artifact.algorithm === 'linear') return { linear: artifact.linear }
  return artifact.algorithm === 'boostedTrees' ? { trees: artifact.trees } : { forest: artifact.forest }
}
