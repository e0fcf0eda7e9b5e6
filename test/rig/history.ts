// A seed in, a small labelled matrix ready for training out: numbers with holes, categories, weights, a rare label that they tell.

import { Random } from '../../src/core/random.ts'
import type { FeatureSpec } from '../../src/model/model.ts'
import type { TrainInput, TrainOptions } from '../../src/train/train.ts'

export const smallOptions: TrainOptions = {
  algorithm: 'boostedTrees',
  seed: 1,
  maxTrees: 20,
  learningRate: 0.1,
  maxDepth: 4,
  maxLeafNodes: 15,
  maxBins: 255,
  minSamplesLeaf: 20,
  l2Regularization: 1,
  positiveWeight: 1,
  earlyStoppingRounds: 20,
  operatingPoint: { alertsPerDay: 50 },
}

export const smallWidth = 6

/** Features 0 to 3 are numbers, 4 and 5 categories; `order` says in which order they come. */
export function smallHistory(rows: number, seed: number, order: readonly number[] = [0, 1, 2, 3, 4, 5]): TrainInput {
  const random = new Random(seed)
  const labels = Uint8Array.from({ length: rows }, () => (random.below(20) === 0 ? 1 : 0))
  const number = (shift: number, holes: number) =>
    Float32Array.from(labels, (label) => (random.uniform() < holes ? Number.NaN : random.normal() + shift * label))
  const category = (places: number, favourite: number) =>
    Float32Array.from(labels, (label) =>
      label === 1 && random.below(3) === 0 ? favourite : Math.floor(places * random.uniform() ** 2),
    )
  const columns = [number(1.5, 0), number(-1, 0.1), number(0, 0), number(0.5, 0.02), category(6, 5), category(200, 150)]
  const dictionary = (places: number) => Array.from({ length: places }, (_, i) => `c${i}`)
  const features: FeatureSpec[] = [
    ...[0, 1, 2, 3].map((place) => ({ name: `x${place}`, kind: 'number' as const })),
    { name: 'kind', kind: 'category', dictionary: dictionary(6) },
    { name: 'place', kind: 'category', dictionary: dictionary(200) },
  ]
  return {
    schema: {
      ...{ detector: 'test', id: null, time: null, entity: null, amount: null, weight: null },
      label: { column: 'y', anomaly: '1' },
      ...{ fields: [], features: [] },
    },
    features: order.map((place) => features[place]!),
    columns: order.map((place) => columns[place]!),
    labels,
    weights: Float64Array.from(labels, (label) => (label === 1 ? 1 : 1 + random.below(3))),
    times: Float64Array.from(labels, (_, row) => row * 60_000),
    amounts: null,
    split: { validationStart: Math.floor(rows * 0.6), testStart: Math.floor(rows * 0.8) },
    fingerprint: 'f',
    codeVersion: '0.0.0',
    options: smallOptions,
  }
}
