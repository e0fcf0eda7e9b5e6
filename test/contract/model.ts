// A way to train a model in; the promises that every model keeps checked.

import { describe, expect, test } from 'vitest'
import { Random } from '../../src/core/random.ts'
import { type Artifact, decodeArtifact, encodeArtifact, loadModel, type Model } from '../../src/model/model.ts'

export type MakeModel = (recipe: {
  readonly seed: number
  /** Features of the history, in the order in which training gets them. */
  readonly order: readonly number[]
}) => Promise<Artifact>

export type ModelTraits = {
  /** How many features the history has. */
  readonly width: number
  /** Whether the order of features makes no difference (beyond rounding). */
  readonly isOrderFree: boolean
}

const vectorCount = 200

export function modelContract(name: string, make: MakeModel, { width, isOrderFree }: ModelTraits): void {
  const order = Array.from({ length: width }, (_, place) => place)

  describe(`a model of ${name}`, () => {
    test('scores the same after it was saved and loaded', async () => {
      const artifact = await make({ seed: 1, order })
      const read = decodeArtifact(encodeArtifact(artifact))
      expect(read).toEqual(artifact)
      const [fresh, loaded] = [loadModel(artifact), loadModel(read)]
      const vectors = vectorsOf(artifact, 2)
      for (let row = 0; row < vectorCount; row++) {
        expect(loaded.margin(vectors, row * width)).toBe(fresh.margin(vectors, row * width))
        expect(loaded.score(vectors, row * width)).toBe(fresh.score(vectors, row * width))
        expect(loaded.contributions(vectors, row * width)).toEqual(fresh.contributions(vectors, row * width))
      }
    })

    test('gives the same bytes for the same seed', async () => {
      const [one, two] = [await make({ seed: 5, order }), await make({ seed: 5, order })]
      expect(Buffer.from(encodeArtifact(one)).equals(encodeArtifact(two))).toBe(true)
    })

    test('scores within 0 and 1, whatever the vector, one by one as many at once', async () => {
      const artifact = await make({ seed: 1, order })
      const model = loadModel(artifact)
      const vectors = vectorsOf(artifact, 3)
      const scores = new Float64Array(vectorCount)
      model.scoreMany(vectors, vectorCount, scores)
      for (const [row, score] of scores.entries()) {
        expect(score).toBeGreaterThan(0)
        expect(score).toBeLessThan(1)
        expect(score).toBe(model.score(vectors, row * width))
      }
      expect(new Set(scores).size).toBeGreaterThan(1)
    })

    test('has contributions that add up to the margin', async () => {
      const artifact = await make({ seed: 1, order })
      const model = loadModel(artifact)
      const vectors = vectorsOf(artifact, 4)
      for (let row = 0; row < vectorCount; row++) {
        const parts = model.contributions(vectors, row * width)
        expect(parts.length).toBe(width + 1)
        const margin = model.margin(vectors, row * width)
        expect(parts.reduce((sum, part) => sum + part, 0) - margin).toBeLessThan(1e-9 * Math.max(1, sizeOf(parts)))
        expect(margin - parts.reduce((sum, part) => sum + part, 0)).toBeLessThan(1e-9 * Math.max(1, sizeOf(parts)))
      }
    })

    test('has a calibration that rises with the margin', async () => {
      const artifact = await make({ seed: 1, order })
      const model = loadModel(artifact)
      const vectors = vectorsOf(artifact, 5)
      const margins = Array.from({ length: vectorCount }, (_, row) => model.margin(vectors, row * width))
      margins.sort((a, b) => a - b)
      for (const [i, margin] of margins.entries())
        if (i > 0) expect(model.calibrate(margin)).toBeGreaterThanOrEqual(model.calibrate(margins[i - 1]!))
    })

    if (!isOrderFree) return
    test('does not care for the order of the features', async () => {
      const turned = new Random(9).shuffle([...order])
      const straight = await make({ seed: 1, order })
      const [one, two] = [loadModel(straight), loadModel(await make({ seed: 1, order: turned }))]
      const vectors = vectorsOf(straight, 6)
      for (let row = 0; row < vectorCount; row++) {
        const vector = vectors.subarray(row * width, (row + 1) * width)
        const other = Float32Array.from(turned, (place) => vector[place]!)
        expect(Math.abs(two.margin(other) - one.margin(vector))).toBeLessThan(1e-4 * spread(one, vectors))
      }
    })
  })
}

// Ordinary values, missing ones, and now and then one that no history holds.
function vectorsOf({ features }: Artifact, seed: number): Float32Array {
  const random = new Random(seed)
  const draw = (feature: Artifact['features'][number]) => {
    const kind = random.below(12)
    if (kind === 0) return Number.NaN
    if (feature.kind === 'category') return random.below(feature.dictionary.length)
    return kind === 1 ? random.normal() * 1e30 : random.normal() * 2
  }
  return Float32Array.from(Array.from({ length: vectorCount }, () => features.map(draw)).flat())
}

function sizeOf(parts: Float64Array): number {
  return parts.reduce((sum, part) => sum + Math.abs(part), 0)
}

function spread(model: Model, vectors: Float32Array): number {
  let most = 1
  for (let at = 0; at < vectors.length; at += model.features.length)
    most = Math.max(most, Math.abs(model.margin(vectors, at)))
  return most
}
