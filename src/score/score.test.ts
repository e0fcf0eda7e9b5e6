// Records to decisions with a model small enough to reckon by hand.

import { describe, expect, test } from 'vitest'
import { TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import type { FeatureSpec, Model } from '../model/model.ts'
import { createScorer, type ScorerOptions } from './score.ts'

const schema: EventSchema = {
  detector: 'card-fraud',
  id: null,
  time: null,
  entity: 'card',
  amount: 'amount',
  label: { column: 'is_fraud', anomaly: '1' },
  weight: null,
  fields: [
    { name: 'card', kind: 'category', isNullable: false },
    { name: 'amount', kind: 'number', isNullable: false },
    { name: 'channel', kind: 'category', isNullable: true },
  ],
  features: ['amount', 'channel'],
}
const features: FeatureSpec[] = [
  { name: 'amount', kind: 'number' },
  { name: 'channel', kind: 'category', dictionary: ['chip', 'online'] },
]

// margin = amount / 100 + (1 where online) − 3; each term is its feature's contribution.
const terms = (vectors: Float32Array, offset = 0) => [vectors[offset]! / 100, vectors[offset + 1] === 1 ? 1 : 0, -3]
const margin = (vectors: Float32Array, offset = 0) => terms(vectors, offset).reduce((sum, term) => sum + term, 0)
const calibrate = (logOdds: number) => 1 / (1 + Math.exp(-logOdds))
const model: Model = {
  features,
  margin,
  calibrate,
  score: (vectors, offset) => calibrate(margin(vectors, offset)),
  scoreMany: (vectors, rows, out) => {
    for (let row = 0; row < rows; row++) out[row] = calibrate(margin(vectors, row * 2))
  },
  contributions: (vectors, offset) => Float64Array.from(terms(vectors, offset)),
}

function scorer(changes: Partial<ScorerOptions> = {}) {
  return createScorer({
    artifact: {
      schema,
      features,
      algorithm: 'boostedTrees',
      operatingPoint: { threshold: 0.5, chosenBy: { alertsPerDay: 50 } },
      sketches: [
        { name: 'amount', kind: 'number', missing: 0, quantiles: [0, 1, 4.1, 10, 22, 40, 96, 300, 900] },
        {
          name: 'channel',
          kind: 'category',
          missing: 0,
          shares: [
            ['chip', 0.97],
            ['online', 0.03],
          ],
        },
      ],
    },
    model,
    modelVersion: 3,
    labelInStream: 'refuse',
    unknownFields: 'refuse',
    ...changes,
  })
}

const record = (value: unknown, position = 17) => ({
  bytes: new TextEncoder().encode(JSON.stringify(value)),
  partition: 2,
  position,
  appendedAt: 5000,
})
const calm = { card: 'c1', amount: 10, channel: 'chip' }
const wild = { card: 'c2', amount: 812.4, channel: 'online' }

test('a record becomes an event, named after its place and timed by its arrival where it says neither', () => {
  const { id, time, entity, amount, fields } = scorer().decode(record(calm))
  expect({ id, time, entity, amount, fields }).toEqual({
    id: 'p2-17',
    time: 5000,
    entity: 'c1',
    amount: 10,
    fields: calm,
  })
})

test('each event gets one decision, in order, with its own vector and the version that decided', () => {
  const { decode, decide } = scorer()
  const events = [calm, wild, calm].map((value, i) => decode(record(value, i)))
  const decisions = decide(events)
  expect(decisions.map(({ event }) => event.id)).toEqual(['p2-0', 'p2-1', 'p2-2'])
  expect(decisions.map(({ outcome }) => outcome)).toEqual(['pass', 'alert', 'pass'])
  expect(decisions.map(({ vector }) => [...vector])).toEqual([
    [10, 0],
    [Math.fround(812.4), 1],
    [10, 0],
  ])
  for (const { score, threshold, modelVersion, vector } of decisions) {
    expect(score).toBe(calibrate(margin(vector)))
    expect({ threshold, modelVersion }).toEqual({ threshold: 0.5, modelVersion: 3 })
  }
})

test('one batch or many give the same decisions', () => {
  const { decode, decide } = scorer()
  const events = [calm, wild, { card: 'c3', amount: 250 }, wild].map((value, i) => decode(record(value, i)))
  expect(decide(events)).toEqual(events.flatMap((event) => decide([event])))
})

test('no events, no decisions', () => {
  expect(scorer().decide([])).toEqual([])
})

test('an event exactly at the threshold alerts', () => {
  const { parse, decide } = scorer()
  const [decision] = decide([parse({ ...calm, amount: 300 }, { id: 'x', time: 0 })])
  expect(decision).toMatchObject({ score: 0.5, outcome: 'alert' })
})

describe('reasons', () => {
  test('stand on alerts, and only there', () => {
    const { parse, decide } = scorer()
    const [pass, alert] = decide([calm, wild].map((value) => parse(value, { id: 'x', time: 0 })))
    expect(pass!.reasons).toEqual([])
    expect(alert!.reasons.map(({ text }) => text)).toEqual([
      'amount 812.40 is very high (usually 4.10 to 96.00)',
      'channel online is rare here (3 % of events)',
    ])
  })

  test('can be asked for of any event', () => {
    const { parse, explain } = scorer()
    expect(explain(parse(calm, { id: 'x', time: 0 }))).toEqual([
      {
        feature: 'amount',
        value: 10,
        contribution: expect.closeTo(0.1, 6),
        text: 'amount 10.00 raises the risk together with other features',
      },
    ])
  })
})

describe('a failure is never a score', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, -0.1, 1.1])('a model that answers %s is refused', (answer) => {
    const broken = { ...model, scoreMany: (_: Float32Array, __: number, out: Float64Array) => void out.fill(answer) }
    const { parse, decide } = scorer({ model: broken })
    expect(() => decide([parse(calm, { id: 'e1', time: 0 })])).toThrow(
      expect.objectContaining({ code: 'SCORE_INVALID', message: expect.stringContaining(`event e1 scored ${answer}`) }),
    )
  })

  test('a label in the stream is refused or dropped, as configured, and never scored', () => {
    const labelled = record({ ...calm, is_fraud: 1 })
    expect(() => scorer().decode(labelled)).toThrow(TocsinError)
    expect(scorer({ labelInStream: 'drop' }).decode(labelled).fields).toEqual(calm)
  })

  test('bytes that are no JSON are refused', () => {
    expect(() => scorer().decode({ ...record(calm), bytes: Uint8Array.of(0x7b) })).toThrow(
      expect.objectContaining({ code: 'EVENT_NOT_JSON' }),
    )
  })
})
