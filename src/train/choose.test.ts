// Made-up scores of a validation period in; which learner is taken checked.

import { describe, expect, test } from 'vitest'
import { smallHistory, smallOptions } from '../../test/rig/history.ts'
import { Random } from '../core/random.ts'
import { decodeArtifact, encodeArtifact } from '../model/model.ts'
import { chooseLearner } from './choose.ts'
import { train } from './train.ts'

const rows = 4_000
const random = new Random(1)
const labels = Uint8Array.from({ length: rows }, () => (random.below(20) === 0 ? 1 : 0))
const period = { labels, weights: new Float64Array(rows).fill(1), seed: 1 }
// One noise for all: learners see the same rows.
const noise = Float64Array.from(labels, () => random.normal())
const scores = (strength: number) => noise.map((held, row) => held + strength * labels[row]!)

describe('the choice among learners', () => {
  test('takes the best where it is clearly better', () => {
    const choice = chooseLearner(
      [
        { algorithm: 'linear', scores: scores(1) },
        { algorithm: 'boostedTrees', scores: scores(3) },
      ],
      period,
    )
    expect(choice.algorithm).toBe('boostedTrees')
    expect(choice.candidates[0]!.behind.low).toBeGreaterThan(0)
    expect(choice.why).toContain('it ranks best')
  })

  test('takes a simpler one that is level with the best, and says so', () => {
    const nudged = scores(2).map((score, row) => (row === labels.indexOf(1) ? score + 9 : score))
    const choice = chooseLearner(
      [
        { algorithm: 'boostedTrees', scores: nudged },
        { algorithm: 'linear', scores: scores(2) },
        { algorithm: 'randomCutForest', scores: nudged },
      ],
      period,
    )
    expect(choice.algorithm).toBe('linear')
    expect(choice.why).toMatch(/^linear, because it is level with boostedTrees and simpler/)
  })

  test('never takes a slower one that is only level', () => {
    const candidates = (['randomCutForest', 'boostedTrees'] as const).map((algorithm) => ({
      algorithm,
      scores: scores(2),
    }))
    expect(chooseLearner(candidates, period).algorithm).toBe('boostedTrees')
  })
})

test('auto trains all, keeps in the artifact why it chose, and gives what the chosen learner alone gives', async () => {
  const input = smallHistory(3_000, 1)
  const artifact = await train({ ...input, options: { ...smallOptions, algorithm: 'auto' } })
  expect(artifact.choice?.candidates.map(({ algorithm }) => algorithm)).toEqual([
    'linear',
    'boostedTrees',
    'randomCutForest',
  ])
  expect(artifact.algorithm).toBe(artifact.choice?.algorithm)
  expect(decodeArtifact(encodeArtifact(artifact))).toEqual(artifact)
  const alone = await train({ ...input, options: { ...smallOptions, algorithm: artifact.algorithm } })
  const { choice: _, hyperparameters: __, ...rest } = artifact
  expect(alone).toMatchObject(rest)
})
