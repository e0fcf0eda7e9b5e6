// Several models in, their mean out: its margin on any vector, and what training makes of it.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomFeatures, randomTrees, randomVector } from '../../test/randomTrees.ts'
import { smallHistory, smallOptions } from '../../test/rig/history.ts'
import { Random } from '../core/random.ts'
import { artifactDigest, decodeArtifact, encodeArtifact } from '../model/model.ts'
import { createPlainPredictor } from '../model/predictor.ts'
import { meanOfTrees, redrawn } from './bags.ts'
import { train } from './train.ts'

test('the mean of models has the mean of their margins', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 5 }), (seed, count) => {
      const random = new Random(seed)
      const features = randomFeatures(random, 4)
      const models = Array.from({ length: count }, () => randomTrees(random, features, { trees: 3, depth: 3 }))
      const mean = createPlainPredictor(meanOfTrees(models, features), features)
      const vector = randomVector(random, features)
      const margins = models.map((model) => createPlainPredictor(model, features).margin(vector))
      expect(mean.margin(vector)).toBeCloseTo(margins.reduce((sum, margin) => sum + margin, 0) / count, 9)
    }),
    { numRuns: 50 },
  )
})

test('weights are redrawn where rows train, stay over 0, and keep their mean', () => {
  const weights = new Float64Array(5000).fill(2)
  const drawn = redrawn(weights, 4000, new Random(1))
  expect(drawn.subarray(4000)).toEqual(weights.subarray(4000))
  const trained = drawn.subarray(0, 4000)
  expect(Math.min(...trained)).toBeGreaterThan(0)
  expect(Math.abs(trained.reduce((sum, weight) => sum + weight, 0) / 4000 - 2)).toBeLessThan(0.15)
})

test('a model of three bags is a sound artifact, the same for the same seed, with more trees', async () => {
  const history = { ...smallHistory(3000, 2), options: { ...smallOptions, bags: 3, earlyStoppingRounds: 100 } }
  const artifact = await train(history, { threads: 1 })
  expect(decodeArtifact(encodeArtifact(artifact))).toEqual(artifact)
  expect(artifactDigest(await train(history, { threads: 2 }))).toBe(artifactDigest(artifact))
  const single = await train({ ...history, options: { ...history.options, bags: 1 } }, { threads: 1 })
  if (artifact.algorithm !== 'boostedTrees' || single.algorithm !== 'boostedTrees') throw new Error('not trees')
  expect(artifact.trees.roots.length).toBeGreaterThan(single.trees.roots.length)
})
