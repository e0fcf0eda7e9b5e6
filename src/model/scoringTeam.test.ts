// Rows in; the scores of several threads compared with those of one, bit for bit.

import { expect, test } from 'vitest'
import { randomFeatures, randomTrees, randomVector } from '../../test/randomTrees.ts'
import { smallArtifact } from '../../test/rig/artifact.ts'
import { Random } from '../core/random.ts'
import type { Artifact } from './artifact.ts'
import { loadModel } from './model.ts'
import { leastSharedRows, openScoringTeam } from './scoringTeam.ts'

const random = new Random(5)
const features = randomFeatures(random, 7)
const artifact = {
  ...smallArtifact,
  features,
  trees: randomTrees(random, features, { trees: 30, depth: 6 }),
} as Artifact
// More than one window, and a last chunk that is not full.
const rows = 70_001
const vectors = new Float32Array(rows * features.length)
for (let row = 0; row < rows; row++) vectors.set(randomVector(random, features), row * features.length)
const expected = new Float64Array(rows)
loadModel(artifact).scoreMany(vectors, rows, expected)

test.each([1, 2, 3])(
  'with %d threads the scores are the same bits, of many rows and of few, again and again',
  async (threads) => {
    const team = openScoringTeam(artifact, threads)
    for (const count of [rows, 10, leastSharedRows - 1, leastSharedRows, 0, rows]) {
      const out = new Float64Array(count)
      team.scoreMany(vectors, count, out)
      expect(Buffer.from(out.buffer).equals(Buffer.from(expected.buffer, 0, count * 8))).toBe(true)
    }
    await team.close()
  },
)

test('helpers that have come up take their part', { timeout: 60_000 }, async () => {
  const team = openScoringTeam(artifact, 2)
  const out = new Float64Array(rows)
  const helped = () => {
    team.scoreMany(vectors, rows, out)
    return team.sharedChunks()
  }
  await expect.poll(helped, { timeout: 50_000 }).toBeGreaterThan(0)
  expect(out).toEqual(expected)
  await team.close()
})
