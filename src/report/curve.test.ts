import { expect, test } from 'vitest'
import { lineChart } from './curve.ts'

const chart = {
  description: '',
  line: [],
  xTicks: [],
  yTicks: [],
  xName: 'recall',
  yName: 'precision: alerts that are right',
}

test.each([
  ['below the point where the name of the axis stands above it', { x: 0.2, y: 1 }, 20],
  ['above it, clear of the name, where that has ended', { x: 0.6, y: 1 }, -10],
  ['above a line that falls', { x: 0.2, y: 0.6 }, -10],
])('the words of a mark stand %s', (_, place, dy) => {
  const drawn = lineChart({ ...chart, mark: { ...place, text: 'operating point', isOnRise: false } }).markup
  expect(drawn).toMatch(new RegExp(`class="mark-text"[^>]* dy="${dy}"`))
})
