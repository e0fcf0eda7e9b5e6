import { expect, test } from 'vitest'
import { smallArtifact } from '../../test/rig/artifact.ts'
import { parseConfig } from '../config.ts'
import { Random } from '../core/random.ts'
import { watchChampion } from './championWatch.ts'

// Of 100 events of its one day, 1 to 2 alerted: within four times, .25 to 8 %.
const rates = { value: 1.5, low: 1, high: 2 }
const { evaluation: small } = smallArtifact
const evaluation = { ...small, atOperatingPoint: { ...small.atOperatingPoint, alertsPerDay: rates } }

function watching(settings: object = {}) {
  const reasons: string[] = []
  const band = parseConfig({ endpoint: { rollBack: settings } }).endpoint.rollBack
  const watch = watchChampion({
    band,
    rollBack: async () => {},
    onRollBack: (reason) => void reasons.push(reason),
  })
  watch.champion(1, evaluation)
  const feed = async (version: number, events: number, alertRate: number, failures = 0) => {
    for (let i = 0; i < events; i++)
      watch.saw(version, { events: 1, alerts: (i * alertRate) % 1 < alertRate ? 1 : 0, failures: 0 })
    watch.saw(version, { events: 0, alerts: 0, failures })
    await Promise.resolve()
    return reasons
  }
  return { watch, feed, reasons }
}

test('a new champion that alerts far more than its evaluation said makes way, once', async () => {
  const { watch, feed } = watching()
  watch.champion(2, evaluation)
  expect(await feed(2, 3000, 0.2)).toEqual([
    expect.stringMatching(/^version 2: \d+ of \d+ events alerted; expected 0.250 % to 8.00 %/),
  ])
})

test('one that hardly alerts makes way, too', async () => {
  const { watch, feed } = watching()
  watch.champion(2, evaluation)
  expect(await feed(2, 20_000, 0.0001)).toHaveLength(1)
})

test('one that cannot score makes way', async () => {
  const { watch, feed } = watching()
  watch.champion(2, evaluation)
  expect(await feed(2, 1000, 0.015, 60)).toEqual([expect.stringMatching(/60 of 1060 events could not be scored/)])
})

test('nothing is judged before enough events, nor where it is not to be automatic', async () => {
  const { watch, feed } = watching()
  watch.champion(2, evaluation)
  expect(await feed(2, 999, 1)).toEqual([])
  const manual = watching({ isAutomatic: false })
  manual.watch.champion(2, evaluation)
  expect(await manual.feed(2, 5000, 1)).toEqual([])
})

test('the champion that was there before stays, whatever it does; so does one that came back', async () => {
  const { watch, feed } = watching()
  expect(await feed(1, 5000, 1)).toEqual([])
  watch.champion(2, evaluation)
  watch.champion(1, evaluation)
  expect(await feed(1, 5000, 1)).toEqual([])
})

test('a hundred champions that alert as their evaluation said are left alone', async () => {
  const random = new Random(7)
  const { watch, reasons } = watching({ alertRateFactor: 1, untilEvents: 5000 })
  for (let version = 2; version < 102; version++) {
    watch.champion(version, evaluation)
    const rate = 0.01 + 0.01 * random.uniform()
    for (let i = 0; i < 5000; i++)
      watch.saw(version, { events: 1, alerts: random.uniform() < rate ? 1 : 0, failures: 0 })
  }
  expect(reasons.length).toBeLessThanOrEqual(2)
})
