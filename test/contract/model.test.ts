// Every learner of ours in; the contract of a model checked.

import { expect, test } from 'vitest'
import { type Artifact, decodeArtifact, encodeArtifact } from '../../src/model/model.ts'
import { train } from '../../src/train/train.ts'
import { smallHistory, smallOptions, smallWidth } from '../rig/history.ts'
import { type MakeModel, modelContract } from './model.ts'

const make =
  (algorithm: typeof smallOptions.algorithm): MakeModel =>
  ({ seed, order }) =>
    train({ ...smallHistory(3_000, 1, order), options: { ...smallOptions, algorithm, seed } })

modelContract('boosted trees', make('boostedTrees'), { width: smallWidth, isOrderFree: true })
modelContract('logistic regression', make('linear'), { width: smallWidth, isOrderFree: true })
modelContract('random cuts', make('randomCutForest'), { width: smallWidth, isOrderFree: false })

const order = [0, 1, 2, 3, 4, 5]
const refusal = (artifact: Artifact) => {
  try {
    decodeArtifact(encodeArtifact(artifact))
  } catch (error) {
    return String(error)
  }
  return 'no refusal'
}

test('a linear model with a term too few, or one of another kind, is refused as damaged', async () => {
  const artifact = await make('linear')({ seed: 1, order })
  if (artifact.algorithm !== 'linear') throw new TypeError('linear was asked for')
  const { terms, bias } = artifact.linear
  expect(refusal({ ...artifact, linear: { bias, terms: terms.slice(1) } })).toContain('has 5 entries; expected 6')
  expect(refusal({ ...artifact, linear: { bias, terms: [...terms].reverse() } })).toContain('takes x0 for a category')
})

test('a forest that names what it does not hold is refused as damaged', async () => {
  const artifact = await make('randomCutForest')({ seed: 1, order })
  if (artifact.algorithm !== 'randomCutForest') throw new TypeError('a forest was asked for')
  const { forest } = artifact
  const swap = (change: Partial<typeof forest>) => refusal({ ...artifact, forest: { ...forest, ...change } })
  expect(swap({ points: forest.points.slice(0, 64) })).toMatch(/names point \d+ of 2/)
  expect(swap({ left: forest.left.map(() => 0) })).toContain('has children outside its tree')
  expect(swap({ mass: forest.mass.slice(1) })).toContain('forest.mass has')
  expect(swap({ typical: [] })).toContain('forest.typical has 0 entries')
})
