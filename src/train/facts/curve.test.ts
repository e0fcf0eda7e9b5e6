// Scores of many rows in: the curve that is drawn keeps its ends and, of few anomalies, every corner.

import { expect, test } from 'vitest'
import { operatingCurve, thinned } from './curve.ts'

function curveOf(rows: number, every: number) {
  const zeros = new Float64Array(rows)
  const labels = Uint8Array.from(zeros, (_, row) => (row % every === 0 ? 1 : 0))
  const scores = Float64Array.from(zeros, (_, row) => 1 - row / rows)
  const weights = new Float64Array(rows).fill(1)
  const period = { columns: [], scores, labels, weights, times: zeros, amounts: null }
  return operatingCurve(period, { days: 1, missed: null, review: 0 })
}

test('of few anomalies every recall stays, with the fewest alerts that reach it', () => {
  const all = curveOf(20_000, 200)
  const kept = thinned(all)
  expect(all).toHaveLength(20_000)
  expect(kept.length).toBeLessThan(1000)
  const levels = [...new Set(all.map(({ recall }) => recall))]
  const first = (points: typeof all, level: number) => points.find(({ recall }) => recall === level)
  expect(levels.map((level) => first(kept, level))).toEqual(levels.map((level) => first(all, level)))
})

test('of many anomalies some hundred points stay, the first and the last among them', () => {
  const all = curveOf(20_000, 3)
  const kept = thinned(all)
  expect(kept.length).toBeLessThan(400)
  expect([kept[0], kept.at(-1)]).toEqual([all[0], all.at(-1)])
})
