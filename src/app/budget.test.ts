// A history of more rows than the budget: what is kept of it, and that a model of the sample promises what one of everything does.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../config.ts'
import { Random } from '../core/random.ts'
import { readHistory } from '../data/data.ts'
import { trainDetector } from './train.ts'

let [dir, path] = ['', '']
const rows = 30_000
const options = { detector: 'test', label: 'broken', time: 'at' }

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-budget-'))
  path = join(dir, 'history.csv')
  const random = new Random(9)
  const lines = Array.from({ length: rows }, (_, row) => {
    const isBroken = random.below(60) === 0
    const values = [1.5, 0.8, 0].map((shift) => (random.normal() + (isBroken ? shift : 0)).toFixed(4))
    return [new Date(row * 60_000).toISOString(), ...values, isBroken ? 1 : 0].join(',')
  })
  await writeFile(path, `at,speed,torque,heat,broken\n${lines.join('\n')}\n`)
})
afterAll(() => rm(dir, { recursive: true }))

function sums({ labels, weights }: { readonly labels: Uint8Array; readonly weights: Float64Array }) {
  const anomalies = labels.reduce((sum, label) => sum + label, 0)
  return { anomalies, kept: labels.length, events: weights.reduce((sum, weight) => sum + weight, 0) }
}

describe('a budget of rows', () => {
  test('keeps every anomaly, and weighs normal rows so that all events are stood for', async () => {
    const whole = sums((await readHistory(path, options)).history)
    const { history, sampling } = await readHistory(path, options, { maxRows: 6000, seed: 1 })
    const kept = sums(history)
    expect(kept.anomalies).toBe(whole.anomalies)
    expect(kept.events).toBeCloseTo(rows, 6)
    expect(Math.abs(kept.kept - 6000)).toBeLessThan(300)
    expect(history.times.every((time, row) => row === 0 || time >= history.times[row - 1]!)).toBe(true)
    expect(sampling).toMatch(/^of 29,\d+ normal rows 5,\d+ were drawn, each standing for 5\.\d+, .* all \d+ anomalies/)
  })

  test('of memory keeps fewer rows of more columns', async () => {
    const keptOf = async (maxMemoryGb: number, others = {}) => {
      const { history, sampling } = await readHistory(
        path,
        { ...options, ...others },
        { maxRows: 1e7, maxMemoryGb, seed: 1 },
      )
      return { ...sums(history), sampling }
    }
    const [three, one] = [await keptOf(0.001), await keptOf(0.001, { ignore: ['torque', 'heat'] })]
    expect(three.sampling).toContain('to keep within model.maxMemoryGb')
    expect(one.kept).toBeGreaterThan(1.1 * three.kept)
    expect(three.events).toBeCloseTo(rows, 6)
    expect((await keptOf(8)).sampling).toBeNull()
    await expect(keptOf(0.0001)).rejects.toMatchObject({
      code: 'HISTORY_BUDGET_TOO_SMALL',
      message: expect.stringContaining('model.maxMemoryGb is 0.0001 for 3 columns'),
    })
  })

  test('draws the same rows for the same seed, others for another', async () => {
    const ids = async (seed: number) => (await readHistory(path, options, { maxRows: 6000, seed })).history.ids
    const first = await ids(1)
    expect(await ids(1)).toEqual(first)
    expect(await ids(2)).not.toEqual(first)
  })

  test('that has room for all leaves all as it is', async () => {
    const { sampling, history } = await readHistory(path, options, { maxRows: rows, seed: 1 })
    expect(sampling).toBeNull()
    expect(sums(history)).toMatchObject({ kept: rows, events: rows })
  })

  test('without room for the anomalies is refused', async () => {
    await expect(readHistory(path, options, { maxRows: 600, seed: 1 })).rejects.toMatchObject({
      code: 'HISTORY_BUDGET_TOO_SMALL',
    })
  })
})

test('a model of a sample ranks, and promises alerts a day and probabilities, as one of everything', {
  timeout: 60_000,
}, async () => {
  const trainWith = (maxRows: number) =>
    trainDetector(
      parseConfig({
        dataDir: join(dir, String(maxRows)),
        events: { label: 'broken', time: 'at' },
        model: { maxRows, maxTrees: 60 },
        operatingPoint: { alertsPerDay: 30 },
      }),
      path,
    )
  const whole = await trainWith(rows)
  const sampled = await trainWith(6000)
  const [all, some] = [whole.artifact.evaluation, sampled.artifact.evaluation]
  expect(some.rows).toBeLessThan(0.3 * all.rows)
  expect(some.averagePrecision.value).toBeGreaterThan(all.averagePrecision.low)
  expect(some.averagePrecision.value).toBeLessThan(all.averagePrecision.high)
  // Both are of the whole prevalence: 1 event in 60, 1440 events a day.
  expect(some.baselines.prior.averagePrecision).toBeCloseTo(all.baselines.prior.averagePrecision, 3)
  const alerts = some.atOperatingPoint.alertsPerDay
  expect(alerts.low).toBeLessThan(all.atOperatingPoint.alertsPerDay.value)
  expect(alerts.high).toBeGreaterThan(all.atOperatingPoint.alertsPerDay.value)
  expect(Math.abs(some.logLoss.value / all.logLoss.value - 1)).toBeLessThan(0.2)
  const page = join(dir, 'page.html')
  await writeFile(page, sampled.report())
  expect(await readFile(page, 'utf8')).toContain('to keep within model.maxRows; all')
  expect(whole.report()).not.toContain('model.maxRows')
})
