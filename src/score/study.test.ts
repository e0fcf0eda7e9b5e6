import { expect, test } from 'vitest'
import { smallArtifact } from '../../test/rig/artifact.ts'
import { type Artifact, loadModel, type TreesData } from '../model/model.ts'
import { studyOf } from './study.ts'

const study = (artifact: Artifact, vector: readonly number[], fields = {}) =>
  studyOf({
    ...{ artifact, model: loadModel(artifact), fields, threshold: artifact.operatingPoint.threshold },
    vector: Float32Array.from(vector),
  })

test('the parts lead from the base to the margin, and the least margin that alerts is between them', () => {
  const { base, margin, alertsFrom, parts } = study(smallArtifact, [900, 0], { amount: 900, country: 'DE' })
  expect(base + parts.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(margin, 9)
  expect(parts[0]).toMatchObject({ feature: 'amount', value: 900 })
  expect(loadModel(smallArtifact).calibrate(alertsFrom)).toBeCloseTo(0.5, 9)
})

test('the smallest change stops just where the model changes its mind', () => {
  const { wouldPass } = study(smallArtifact, [900, 0], { amount: 900, country: 'DE' })
  expect(wouldPass?.changes).toEqual([{ feature: 'amount', from: 900, to: 500 }])
  expect(wouldPass?.score).toBeLessThan(0.5)
})

/** Two trees, either of which is enough to alert: amount over 500, country FR. */
const trees: TreesData = {
  ...{ baseMargin: 0, roots: [0, 3, 6], feature: [0, -1, -1, 1, -1, -1], threshold: [500, 0, 0, 0, 0, 0] },
  ...{ left: [1, 0, 0, 4, 0, 0], missingLeft: [1, 0, 0, 1, 0, 0], value: [0, -1, 4, 0, -1, 4] },
  ...{ cover: [100, 90, 10, 100, 90, 10], categorySets: [[0]] },
}

test('where no single change is enough, two are named', () => {
  const { wouldPass } = study({ ...smallArtifact, trees } as Artifact, [900, 1], { amount: 900, country: 'FR' })
  expect(wouldPass?.changes.map(({ feature, from }) => [feature, from])).toEqual([
    ['amount', 900],
    ['country', 'FR'],
  ])
  expect(wouldPass?.changes[1]?.to).toBe('DE')
})

test('a model that alerts on everything offers no way out', () => {
  const always = { ...trees, value: [0, 4, 4, 0, 4, 4] }
  expect(study({ ...smallArtifact, trees: always } as Artifact, [900, 1]).wouldPass).toBeNull()
})
