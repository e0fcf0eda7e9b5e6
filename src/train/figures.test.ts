// Small periods in; metrics, intervals, calibration, operating points and sketches compared with what they must be.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import { createCalibrator, type OperatingPoint } from '../model/model.ts'
import { edgeRows, edgesOf } from './bin.ts'
import { bootstrapInterval } from './bootstrap.ts'
import { calibrate } from './calibrate.ts'
import { evaluate, rank } from './evaluate.ts'
import { averagePrecision, type Scored } from './metrics.ts'
import { chooseOperatingPoint } from './operatingPoint.ts'
import { sampleLimit } from './sample.ts'
import { sketchFeatures } from './sketch.ts'

function period(seed: number, rows: number, distinct: number): Scored {
  const random = new Random(seed)
  const labels = Uint8Array.from({ length: rows }, (_, row) => (row === 0 || random.below(6) === 0 ? 1 : 0))
  labels[rows - 1] = 0
  const scores = Float64Array.from(
    labels,
    (label) => (1 + random.below(distinct) + label * random.below(distinct)) / (2 * distinct + 2),
  )
  return { labels, scores, weights: Float64Array.from(labels, () => 1 + random.below(4)) }
}

// The definition, threshold by threshold.
function slowAveragePrecision({ scores, labels, weights }: Scored): number {
  const sum = (counts: (row: number) => boolean) =>
    weights.reduce((total, weight, row) => total + (counts(row) ? weight : 0), 0)
  const all = sum((row) => labels[row] === 1)
  let [area, before] = [0, 0]
  for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
    const caught = sum((row) => scores[row]! >= threshold && labels[row] === 1)
    area += ((caught - before) / all) * (caught / sum((row) => scores[row]! >= threshold))
    before = caught
  }
  return area
}

function slowRocAuc({ scores, labels, weights }: Scored): number {
  let [won, pairs] = [0, 0]
  for (let a = 0; a < labels.length; a++)
    for (let b = 0; b < labels.length; b++) {
      if (labels[a] !== 1 || labels[b] !== 0) continue
      const weight = weights[a]! * weights[b]!
      pairs += weight
      won += scores[a]! > scores[b]! ? weight : scores[a] === scores[b] ? weight / 2 : 0
    }
  return won / pairs
}

const periods = fc.record({
  seed: fc.integer({ min: 0 }),
  rows: fc.integer({ min: 2, max: 80 }),
  distinct: fc.integer({ min: 1, max: 60 }),
})

describe('metrics', () => {
  test('average precision is what its definition gives, with ties and weights', () => {
    fc.assert(
      fc.property(periods, ({ seed, rows, distinct }) => {
        const scored = period(seed, rows, distinct)
        expect(averagePrecision(scored)).toBeCloseTo(slowAveragePrecision(scored), 12)
      }),
    )
  })

  test('average precision without an anomaly is not a number', () => {
    expect(averagePrecision({ ...period(1, 9, 4), labels: new Uint8Array(9) })).toBeNaN()
  })

  test('an evaluation gives the same figures as the definitions, each inside its interval', () => {
    fc.assert(
      fc.property(periods, ({ seed, rows, distinct }) => {
        const scored = period(seed, rows, distinct)
        const threshold = new Random(seed).uniform()
        const bestFeature = { name: 'f', scores: scored.scores }
        const times = Float64Array.from(scored.labels, (_, row) => row * 3_600_000)
        const found = evaluate({
          ...scored,
          times,
          amounts: null,
          threshold,
          wish: { recall: 0.5 },
          prior: 0.1,
          bestFeature,
          seed: 1,
        })
        expect(found.averagePrecision.value).toBeCloseTo(slowAveragePrecision(scored), 12)
        expect(found.baselines.bestFeature.averagePrecision.value).toBeCloseTo(slowAveragePrecision(scored), 12)
        expect(found.rocAuc.value).toBeCloseTo(slowRocAuc(scored), 12)
        const all = scored.weights.reduce((sum, weight) => sum + weight, 0)
        const brier = scored.weights.reduce(
          (sum, w, row) => sum + w * (scored.scores[row]! - scored.labels[row]!) ** 2,
          0,
        )
        expect(found.brier.value).toBeCloseTo(brier / all, 12)
        const alerts = scored.weights.reduce((sum, w, row) => sum + (scored.scores[row]! >= threshold ? w : 0), 0)
        expect(found.atOperatingPoint.alertsPerDay.value).toBeCloseTo(alerts / found.period.days, 9)
        for (const { low, high } of [found.averagePrecision, found.rocAuc, found.brier])
          expect(low).toBeLessThanOrEqual(high)
      }),
      { numRuns: 30 },
    )
  })
})

test('eight right alerts of eight are no proof that all are right', () => {
  const labels = Uint8Array.from({ length: 100 }, (_, row) => (row < 20 ? 1 : 0))
  const scores = Float64Array.from(labels, (_, row) => (row < 8 ? 0.9 : 0.2 - row / 1000))
  const { atOperatingPoint } = evaluate({
    ...{ labels, scores, weights: new Float64Array(100).fill(1), amounts: null },
    times: Float64Array.from(labels, (_, row) => row * 3_600_000),
    ...{ threshold: 0.5, wish: { alertsPerDay: 2 }, prior: 0.2, bestFeature: { name: 'f', scores }, seed: 1 },
  })
  // Wilson: n / (n + z²).
  expect(atOperatingPoint.precision.value).toBe(1)
  expect(atOperatingPoint.precision.low).toBeCloseTo(8 / (8 + 1.959963984540054 ** 2), 9)
  expect(atOperatingPoint.recall.low).toBeGreaterThan(0.15)
  expect(atOperatingPoint.recall.high).toBeLessThan(0.65)
})

test('an interval covers the truth about as often as it says', () => {
  const random = new Random(4)
  let covered = 0
  for (let trial = 0; trial < 200; trial++) {
    const labels = Uint8Array.from({ length: 300 }, () => (random.uniform() < 0.2 ? 1 : 0))
    const scored = {
      labels,
      scores: Float64Array.from(labels, () => random.uniform()),
      weights: new Float64Array(300).fill(1),
    }
    const units = rank(scored, 0.5)
    const share = (factors: Float64Array) => {
      let [anomalous, all] = [0, 0]
      for (const [i, unit] of units.entries()) {
        all += unit.weight * factors[i]!
        if (unit.isAnomaly) anomalous += unit.weight * factors[i]!
      }
      return anomalous / all
    }
    const { low, high } = bootstrapInterval(units, share, { seed: trial, replicates: 300 })
    if (low <= 0.2 && 0.2 <= high) covered++
  }
  expect(covered).toBeGreaterThan(176)
  expect(covered).toBeLessThan(200)
})

describe('calibration', () => {
  const sample = (seed: number, rows: number) => {
    const random = new Random(seed)
    const margins = Float64Array.from({ length: rows }, () => random.normal() * 3 - 3)
    const labels = Uint8Array.from(margins, (margin) => (random.uniform() < 1 / (1 + Math.exp(-2 * margin)) ? 1 : 0))
    labels[0] = 1
    return { margins, labels, weights: new Float64Array(rows).fill(1) }
  }

  test('keeps the ranking: strictly rising over all margins that trees can give, and never 0 or 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), fc.integer({ min: 2, max: 400 }), (seed, rows) => {
        const { margins, scores } = calibrate(sample(seed, rows), [-30, 30])
        expect(margins[0]).toBe(-30)
        expect(margins.at(-1)).toBe(30)
        for (let i = 1; i < margins.length; i++) {
          expect(margins[i]!).toBeGreaterThan(margins[i - 1]!)
          expect(scores[i]!).toBeGreaterThan(scores[i - 1]!)
        }
        expect(scores[0]).toBeGreaterThan(0)
        expect(scores.at(-1)).toBeLessThan(1)
      }),
    )
  })

  test('finds the probabilities behind distorted margins', () => {
    const calibrator = createCalibrator(calibrate(sample(1, 100_000), [-30, 30]))
    for (const margin of [-2, -1, 0, 1, 2]) expect(calibrator(margin)).toBeCloseTo(1 / (1 + Math.exp(-2 * margin)), 1)
  })
})

describe('the operating point', () => {
  const scores = Float64Array.of(0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
  const validation = {
    scores,
    labels: Uint8Array.of(1, 0, 1, 0, 0, 1),
    weights: Float64Array.of(1, 2, 1, 2, 2, 1),
    days: 2,
    amounts: Float64Array.of(10, 5, 500, 5, 5, 3),
    typicalAmount: 171,
  }
  const wishes: [OperatingPoint['chosenBy'], number[]][] = [
    [{ alertsPerDay: 2 }, [0.9, 0.8, 0.7]],
    [{ alertsPerDay: 0.4 }, [0.9]],
    [{ precision: 0.5 }, [0.9, 0.8, 0.7]],
    [{ precision: 0.99 }, [0.9]],
    [{ recall: 0.6 }, [0.9, 0.8, 0.7]],
    [{ recall: 0.99 }, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]],
    [{ cost: { missed: 'amount', review: 20 } }, [0.9, 0.8, 0.7]],
    // The last anomaly counts (3 + 171) / 2 = 87, five alerts away.
    [{ cost: { missed: 'amount', review: 17 } }, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]],
    [{ cost: { missed: 'amount', review: 18 } }, [0.9, 0.8, 0.7]],
    [{ cost: { missed: 3, review: 2 } }, [0.9]],
    [{ cost: { missed: 1, review: 2 } }, []],
  ]
  test.each(wishes)('for %j alerts the scores %j', (wish, alerting) => {
    const { threshold, chosenBy } = chooseOperatingPoint(validation, wish)
    expect(chosenBy).toEqual(wish)
    expect([...scores].filter((score) => score >= threshold)).toEqual(alerting)
  })

  test('by alerts a day takes the nearer side of a score that many events share, rather than leave the team without alerts', () => {
    const tied = { ...validation, scores: Float64Array.of(0.9, 0.9, 0.9, 0.9, 0.5, 0.4) }
    const alertsFor = (alertsPerDay: number) => {
      const { threshold } = chooseOperatingPoint(tied, { alertsPerDay })
      return tied.scores.filter((score) => score >= threshold).length
    }
    expect([1, 2, 3].map(alertsFor)).toEqual([4, 4, 4])
    expect([4, 4.5].map(alertsFor)).toEqual([5, 6])
  })

  test('its money is what was caught and what misses and reviews cost, each inside its interval', () => {
    const { money } = evaluate({
      ...validation,
      ...{
        times: Float64Array.from(scores, (_, row) => (row * 2 * 86_400_000) / 5),
        threshold: 0.65,
        prior: 0.5,
        seed: 1,
      },
      ...{ wish: { cost: { missed: 'amount', review: 2 } }, bestFeature: { name: 'f', scores } },
    }).atOperatingPoint
    expect(money?.caughtShare?.value).toBeCloseTo(510 / 513, 12)
    // Four alerts by weight, and the anomaly of 3, in two days.
    expect(money?.costPerDay?.value).toBeCloseTo((4 * 2 + 3) / 2, 12)
    for (const { value, low, high } of [money!.caughtShare!, money!.costPerDay!]) {
      expect(low).toBeLessThanOrEqual(value)
      expect(high).toBeGreaterThanOrEqual(value)
    }
  })

  test('by amount without an amount column is refused', () => {
    const wish = { cost: { missed: 'amount', review: 1 } } as const
    expect(() => chooseOperatingPoint({ ...validation, amounts: null, typicalAmount: null }, wish)).toThrow(
      expect.objectContaining({ code: 'OPERATING_POINT_NEEDS_AMOUNT' }),
    )
  })
})

describe('edges', () => {
  test('lie between all distinct values where these are few', () => {
    const values = Float32Array.of(3, 1, 2, 2, Number.NaN, 1)
    expect([...edgesOf(values, edgeRows(new Uint8Array(6)), 255)]).toEqual([1.5, 2.5])
  })

  test('rise, are at most one fewer than the bins, and share rows evenly', () => {
    const random = new Random(2)
    const values = Float32Array.from({ length: 20_000 }, () => (random.below(2) === 0 ? 0 : random.normal()))
    const edges = edgesOf(values, edgeRows(new Uint8Array(20_000)), 64)
    expect(edges.length).toBeGreaterThan(55)
    expect(edges.length).toBeLessThan(64)
    for (let i = 1; i < edges.length; i++) expect(edges[i]!).toBeGreaterThan(edges[i - 1]!)
    const inFirst = values.filter((value) => value <= edges[0]!).length
    expect(inFirst).toBeLessThan(400)
  })

  test('are close where anomalies are, however few these are', () => {
    const values = Float32Array.from({ length: 20_000 }, (_, row) => row)
    const labels = Uint8Array.from(values, (value) => (value >= 19_980 ? 1 : 0))
    const edges = edgesOf(values, edgeRows(labels), 255)
    expect(edges.filter((edge) => edge > 19_970).length).toBeGreaterThan(3)
    expect(edges.filter((edge) => edge < 19_900).length).toBeGreaterThan(240)
  })
})

test('the sampling limit lets about the wanted number of rows take part, and all where they are few', () => {
  const random = new Random(1)
  const sizes = Float32Array.from({ length: 50_000 }, () => Math.abs(random.normal()) * Math.exp(3 * random.normal()))
  const words = new Int32Array(sizes.buffer)
  const tally = new Int32Array(2048)
  for (const bits of words) tally[bits >> 20]!++
  const limit = sampleLimit(tally, sizes.length, 10_000)
  const expected = sizes.reduce((sum, size) => sum + Math.min(1, size / limit), 0)
  expect(expected / 10_000).toBeCloseTo(1, 1)
  expect(sampleLimit(tally, sizes.length, 50_000)).toBe(0)
})

test('a sketch tells the weighted quantiles and the categories of normal rows', () => {
  const rows = 1000
  const labels = Uint8Array.from({ length: rows }, (_, row) => (row === 999 ? 1 : 0))
  const sketches = sketchFeatures({
    features: [
      { name: 'x', kind: 'number' },
      { name: 'c', kind: 'category', dictionary: ['a', 'b', 'unseen'] },
    ],
    columns: [
      Float32Array.from(labels, (_, row) => row),
      Float32Array.from(labels, (_, row) => (row % 4 === 0 ? 0 : 1)),
    ],
    labels,
    weights: Float64Array.from(labels, (_, row) => (row < 500 ? 3 : 1)),
    rows,
  })
  const [x, c] = sketches
  expect(x).toMatchObject({ name: 'x', missing: 0 })
  const quantiles = x!.kind === 'number' ? x.quantiles : []
  expect([quantiles[0], quantiles[8]]).toEqual([0, 998])
  expect(Math.abs(quantiles[4]! - 333)).toBeLessThan(3)
  expect(c!.kind === 'category' && c.shares.map(([text]) => text)).toEqual(['b', 'a'])
})
