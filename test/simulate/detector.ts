// A detector small enough to reckon by hand: amount over 100 alerts. Its schema and its scorer.

import type { EventSchema } from '../../src/core/event.ts'
import type { FeatureSpec, Model } from '../../src/model/model.ts'
import { createScorer, type Scorer } from '../../src/score/score.ts'

export const detector = 'simulated'

const schema: EventSchema = {
  detector,
  id: 'id',
  time: { column: 'time', unit: 'ms' },
  entity: 'card',
  amount: 'amount',
  label: { column: 'is_fraud', anomaly: '1' },
  weight: null,
  fields: [
    { name: 'id', kind: 'category', isNullable: false },
    { name: 'time', kind: 'number', isNullable: false },
    { name: 'card', kind: 'category', isNullable: false },
    { name: 'amount', kind: 'number', isNullable: false },
  ],
  features: ['amount'],
}

export const alertsFrom = 100

export function simulatedScorer(): Scorer {
  const features: FeatureSpec[] = [{ name: 'amount', kind: 'number' }]
  const margin = (vectors: Float32Array, offset = 0) => vectors[offset]! / alertsFrom - 1
  const calibrate = (logOdds: number) => 1 / (1 + Math.exp(-logOdds))
  const model: Model = {
    features,
    margin,
    calibrate,
    score: (vectors, offset) => calibrate(margin(vectors, offset)),
    scoreMany: (vectors, rows, out) => {
      for (let row = 0; row < rows; row++) out[row] = calibrate(margin(vectors, row))
    },
    contributions: (vectors, offset = 0) => Float64Array.of(vectors[offset]! / alertsFrom, -1),
  }
  return createScorer({
    artifact: {
      ...{ schema, features, sketches: [], algorithm: 'boostedTrees' },
      operatingPoint: { threshold: 0.5, chosenBy: { recall: 0.8 } },
    },
    model,
    modelVersion: 1,
    labelInStream: 'refuse',
    unknownFields: 'refuse',
  })
}

export type SimulatedEvent = {
  readonly id: string
  readonly time: number
  readonly card: string
  readonly amount: number
}

export function bytesOf(event: SimulatedEvent | { readonly bad: string }): Uint8Array {
  return new TextEncoder().encode('bad' in event ? event.bad : JSON.stringify(event))
}
