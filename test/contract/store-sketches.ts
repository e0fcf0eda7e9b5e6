// An open store in, tests out: what it counts for drift and for live quality.

import { describe, expect, test } from 'vitest'
import type { Binning } from '../../src/core/binning.ts'
import type { Label } from '../../src/core/event.ts'
import type { StoreBench } from './store.ts'
import { alerting, batch, decision, detector, start } from './store-samples.ts'

const hourMs = 3_600_000
/** Of a vector (amount, share, kind): score up to 0.5 or beyond; amount up to 10, 100 or beyond; share; places 0 and 1 of kind. */
const binning: Binning = {
  score: { kind: 'number', edges: [0.5] },
  features: [
    { kind: 'number', edges: [10, 100] },
    { kind: 'number', edges: [] },
    { kind: 'category', places: [0, 1] },
  ],
}
const vector = (...values: number[]) => new Float32Array(values)

export function sketchContract(bench: StoreBench): void {
  const label = (eventId: string, of: Label, labelledAt: number) =>
    bench.store.label({ detector, eventId, label: of, labelledAt, by: 'ann', note: null })

  describe('sketches', () => {
    test('decisions are counted by hour and bin, however the stream was cut into batches and partitions', async () => {
      const { store } = bench
      const at = (time: number) => ({ event: { time } })
      const first = decision('a', { ...at(start), vector: vector(10, 0.1, Number.NaN) })
      const second = alerting('b', { ...at(start + hourMs - 1), vector: vector(11, 0.1, 1) })
      const third = decision('c', { ...at(start + 1), vector: vector(101, Number.NaN, 7) })
      const next = decision('d', { ...at(start + hourMs), vector: vector(1, 1, 0) })
      await store.commit(batch(0, [first], { binning }))
      await store.commit(batch(1, [second, next], { binning }))
      await store.commit({ ...batch(0, [third], { binning }), partition: 1 })
      const found = await store.sketches(detector, start, start + 2 * hourMs)
      expect(found.map(({ hour, modelVersion, events }) => [hour, modelVersion, events])).toEqual([
        [start, 1, 3],
        [start + hourMs, 1, 1],
      ])
      expect([...found[0]!.counts]).toEqual([2, 1, 0, 1, 1, 1, 0, 2, 1, 0, 1, 1, 1])
      expect(found[0]!.expected).toBeCloseTo(0.01 + 0.97 + 0.01, 12)
      expect(found[0]!.expectedInAlerts).toBeCloseTo(0.97, 12)
      expect(await store.sketches(detector, start + 1, start + hourMs)).toEqual([])
    })

    test('late events, events that are stored already, and those of a model without bins are not counted', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a'), decision('b', { isLate: true })], { binning }))
      await store.commit(batch(2, [decision('a'), decision('c')], { binning }))
      await store.commit(batch(4, [decision('d')]))
      expect((await store.sketches(detector, start, start + 1))[0]).toMatchObject({ events: 2 })
    })

    test('alerts are added up by hour, answer and tenth of their score; of other events those that have a label', async () => {
      const { store } = bench
      const later = start + 5 * hourMs
      await store.commit(
        batch(0, [
          alerting('a'),
          alerting('b', { score: 0.92 }),
          alerting('c', { score: 1 }),
          decision('d'),
          decision('e', { score: 0.25 }),
          decision('f', { event: { time: later } }),
          alerting('g', { event: { time: later } }),
        ]),
      )
      await label('a', 'anomaly', later)
      await label('b', 'normal', later)
      await label('d', 'anomaly', later)
      // The newest answer counts, in whatever order they came.
      await label('e', 'normal', later + 2)
      await label('e', 'anomaly', later + 1)
      const found = await store.answeredEvents(detector, start, later)
      const rows = found.map(({ hour, modelVersion, outcome, label, tenth, events }) =>
        [hour - start, modelVersion, outcome, label, tenth, events].join(' '),
      )
      expect(rows.sort()).toEqual([
        '0 1 alert  9 1',
        '0 1 alert anomaly 9 1',
        '0 1 alert normal 9 1',
        '0 1 pass anomaly 0 1',
        '0 1 pass normal 2 1',
      ])
      expect(found.find((row) => row.label === 'anomaly' && row.outcome === 'alert')?.expected).toBeCloseTo(0.97, 12)
    })
  })
}
