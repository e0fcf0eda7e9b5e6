// Days of counted decisions in, an alarm's sentence out, or none.

import { expect, test } from 'vitest'
import { smallArtifact } from '../../test/rig/artifact.ts'
import { parseConfig } from '../config.ts'
import { ManualClock } from '../core/clock.ts'
import type { Sketch } from '../store/store.ts'
import { createDriftWatch } from './driftWatch.ts'

const hourMs = 3_600_000
const start = Date.parse('2026-03-01T00:00:00Z')

/** Whole days of a hundred events an hour: score, then amounts up to 10, to 96 and beyond, then countries. */
const days = (n: number, amounts: readonly number[]): Sketch[] =>
  Array.from({ length: 24 * n }, (_, hour) => ({
    ...{ hour: start + hour * hourMs, modelVersion: 1, events: 100, expected: 0, expectedInAlerts: 0 },
    counts: Uint32Array.from([90, 10, 0, ...amounts, 0, 60, 30, 10]),
  }))

function watch(sketches: readonly Sketch[], settings: { driftIndex?: number | null } = {}) {
  const clock = new ManualClock(start)
  let looks = 0
  const look = createDriftWatch({
    config: parseConfig({ watch: settings }),
    clock,
    registry: { current: async () => ({ version: 1, artifact: smallArtifact }) as never },
    store: {
      watermark: async () => sketches.at(-1)?.hour ?? Number.NEGATIVE_INFINITY,
      sketches: async () => {
        looks++
        return sketches
      },
    },
  })
  return { look, clock, looks: () => looks }
}

test('days unlike the training raise an alarm that names what drifted; days like it raise none', async () => {
  expect(await watch(days(4, [50, 40, 10])).look()).toBeNull()
  expect(await watch(days(4, [0, 10, 90])).look()).toMatch(
    /^Over the last 7 days, far from .*: amount \(\d\.\d\d\)\. Look/,
  )
})

test('fewer than three whole days, no events, and a watch that is turned off raise none', async () => {
  expect(await watch(days(2, [0, 10, 90])).look()).toBeNull()
  expect(await watch([]).look()).toBeNull()
  expect(await watch(days(4, [0, 10, 90]), { driftIndex: null }).look()).toBeNull()
  expect(await watch(days(4, [0, 10, 90]), { driftIndex: 50 }).look()).toBeNull()
})

test('it is looked at once an hour', async () => {
  const { look, clock, looks } = watch(days(4, [0, 10, 90]))
  await look()
  await look()
  expect(looks()).toBe(1)
  await clock.advance(hourMs)
  await look()
  expect(looks()).toBe(2)
})
