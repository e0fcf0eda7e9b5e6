// Counts by hour in, drift out, against figures worked by hand.

import { expect, test } from 'vitest'
import { allBins, countInto } from '../core/binning.ts'
import { Random } from '../core/random.ts'
import { type DriftFacts, driftOf, type HourSketch, shiftOf } from './drift.ts'

const baseline = {
  rows: 10_000,
  scoreRows: 10_000,
  score: { kind: 'number' as const, edges: [0.5], shares: [0.9, 0.1, 0] },
  features: [
    { kind: 'number' as const, edges: [10, 100], shares: [0.5, 0.3, 0.1, 0.1] },
    { kind: 'category' as const, places: [1, 0], shares: [0.6, 0.3, 0.05, 0.05] },
    { kind: 'number' as const, edges: [], shares: [1, 0] },
  ],
  importance: [1, 3, 4],
} satisfies DriftFacts['baseline']
const features: DriftFacts['features'] = [
  { name: 'amount', kind: 'number' },
  { name: 'country', kind: 'category', dictionary: ['DE', 'FR', 'PL'] },
  { name: 'flat', kind: 'number' },
]

/** `n` decisions of an hour, drawn so that each bin has its share. */
function sketch(iso: string, n: number, shares: readonly (readonly number[])[], modelVersion = 1): HourSketch {
  const counts = Uint32Array.from(shares.flatMap((own) => own.map((share) => Math.round(share * n))))
  return { hour: Date.parse(iso), modelVersion, events: n, expected: 0, expectedInAlerts: 0, counts }
}
const asTrained = [baseline.score, ...baseline.features].map(({ shares }) => shares)
const moved = asTrained.with(1, [0.2, 0.3, 0.4, 0.1])

const facts = (sketches: readonly HourSketch[]): DriftFacts => ({
  ...{ timeZone: 'Europe/Berlin', modelVersion: 1, features, baseline, sketches },
  ...{ until: '2026-03-10', days: 14, recentDays: 7 },
})

test('the index is the sum over bins of (now − then) × ln(now / then)', () => {
  const [then, now] = [
    { shares: [0.5, 0.5], events: 1e9 },
    { shares: [0.8, 0.2], events: 1e9 },
  ]
  expect(shiftOf(then, now).psi).toBeCloseTo(0.3 * Math.log(1.6) - 0.3 * Math.log(0.4), 6)
  expect(shiftOf(then, now)).toMatchObject({ severity: 'drifted' })
  expect(shiftOf(then, then)).toMatchObject({ psi: 0, severity: 'steady' })
})

test('a bin that was empty is no infinity, and one that is empty on both sides counts for nothing', () => {
  const then = { shares: [1, 0, 0], events: 10_000 }
  const now = { shares: [0.5, 0.5, 0], events: 10_000 }
  const { psi, severity } = shiftOf(then, now)
  expect(severity).toBe('drifted')
  expect(psi).toBeLessThan(10)
  expect(psi).toBeCloseTo(shiftOf({ ...then, shares: [1, 0] }, { ...now, shares: [0.5, 0.5] }).psi!, 12)
})

test('nothing is said of too few events: their index would be chance', () => {
  const then = { shares: new Array<number>(10).fill(0.1), events: 100_000 }
  const now = { shares: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], events: 5 }
  expect(shiftOf(then, now).severity).toBe('unknown')
  expect(shiftOf(null, now)).toEqual({ psi: null, chance: null, severity: 'unknown' })
})

test('of streams that have not changed, one in twenty exceeds what is called chance', () => {
  const random = new Random(5)
  const then = { shares: new Array<number>(10).fill(0.1), events: 1e9 }
  const rounds = 1000
  let over = 0
  for (let round = 0; round < rounds; round++) {
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 2000; i++) counts[random.below(10)]!++
    const { psi, chance } = shiftOf(then, { shares: counts.map((count) => count / 2000), events: 2000 })
    if (psi! > chance!) over++
  }
  expect(over / rounds).toBeGreaterThan(0.02)
  expect(over / rounds).toBeLessThan(0.09)
})

test('features come by drift times importance, with their bins in words; other versions and older days do not count', () => {
  const found = driftOf(
    facts([
      sketch('2026-03-10T10:00:00Z', 2000, moved),
      sketch('2026-03-10T11:00:00Z', 2000, moved),
      sketch('2026-03-03T10:00:00Z', 9000, asTrained),
      sketch('2026-03-09T10:00:00Z', 8000, [[0, 1, 0], ...asTrained.slice(1)], 2),
    ]),
  )
  expect(found).toMatchObject({ from: '2026-02-25', to: '2026-03-10', events: 4000, weekdayEvents: 9000 })
  expect(found.features.map(({ name }) => name)).toEqual(['amount', 'country', 'flat'])
  const [amount, country, flat] = found.features
  expect(amount).toMatchObject({
    importance: 1 / 8,
    fromTraining: { severity: 'drifted' },
    fromWeekdays: { severity: 'drifted' },
  })
  expect(amount!.fromTraining.psi).toBeCloseTo(-0.3 * Math.log(0.4) + 0.3 * Math.log(4), 2)
  expect(amount!.bins.map(({ name }) => name)).toEqual(['up to 10', '10 to 100', 'over 100', 'missing'])
  expect(amount!.bins[2]).toEqual({ name: 'over 100', trained: 0.1, now: 0.4 })
  expect(country!.bins.map(({ name }) => name)).toEqual(['FR', 'DE', 'all others', 'missing or new'])
  expect(country!.fromTraining).toMatchObject({ severity: 'steady' })
  expect(flat!.fromTraining).toMatchObject({ psi: 0, severity: 'steady' })
  expect(found.score).toMatchObject({ name: 'score', importance: null, fromTraining: { severity: 'steady' } })
})

test('each day is told by itself, in the detector’s time zone; a day without events is none', () => {
  const late = sketch('2026-03-09T23:00:00Z', 3000, moved)
  const byDay = driftOf(facts([late, sketch('2026-03-08T10:00:00Z', 3000, asTrained)])).features[0]!.byDay
  expect(byDay).toHaveLength(14)
  expect(byDay.slice(-3).map(({ severity, psi }) => [severity, psi === null])).toEqual([
    ['steady', false],
    ['unknown', true],
    ['drifted', false],
  ])
})

test('a part of a day is not judged: its hours are not those of a whole one', () => {
  const whole = Array.from({ length: 20 }, (_, hour) =>
    sketch(`2026-03-09T${String(hour).padStart(2, '0')}:00:00Z`, 500, asTrained),
  )
  const part = sketch('2026-03-10T10:00:00Z', 5000, moved)
  const severities = driftOf(facts([...whole, part]))
    .features.find(({ name }) => name === 'amount')!
    .byDay.slice(-2)
  expect(severities.map(({ severity }) => severity)).toEqual(['steady', 'unknown'])
})

test('values fall into the bin up to their edge; missing ones and unknown categories into the last', () => {
  const counts = new Uint32Array(allBins(baseline))
  const vectors = [
    [10, 1, 5],
    [10.5, 0, Number.NaN],
    [101, 2, 0],
    [Number.NaN, Number.NaN, 0],
  ]
  countInto(
    counts,
    baseline,
    vectors.map((values) => ({ score: 0.5, vector: new Float32Array(values) })),
  )
  expect([...counts]).toEqual([4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 3, 1])
})
