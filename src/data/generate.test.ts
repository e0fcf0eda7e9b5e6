// A seed in: the same payments each time, as rare and as hard to tell as they are meant to be.

import { describe, expect, test } from 'vitest'
import type { CardPayment } from './cards/processor.ts'
import { generateCards } from './generate.ts'

const rows = [...generateCards({ seed: 1 })]

/** Average precision of a ranking by `scores`, high first; equal scores count as one step. */
function averagePrecision(scores: readonly number[], labels: readonly number[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!)
  const positives = labels.reduce((sum, label) => sum + label, 0)
  let [seen, found, lastFound, sum] = [0, 0, 0, 0]
  for (const [n, i] of order.entries()) {
    seen++
    found += labels[i]!
    if (n + 1 < order.length && scores[order[n + 1]!] === scores[i]) continue
    sum += ((found - lastFound) / positives) * (found / seen)
    lastFound = found
  }
  return sum
}

/** Numbers as they are; categories by how often they were fraud, which flatters them. */
function scoresBy(name: keyof CardPayment): number[] {
  const frauds = new Map<unknown, { all: number; fraud: number }>()
  for (const row of rows) {
    const held = frauds.get(row[name]) ?? { all: 0, fraud: 0 }
    frauds.set(row[name], { all: held.all + 1, fraud: held.fraud + row.is_fraud })
  }
  const rate = (value: unknown) => frauds.get(value)!.fraud / frauds.get(value)!.all
  return rows.map((row) => {
    const value = row[name]
    return typeof value === 'number' ? value : value === null ? Number.NEGATIVE_INFINITY : rate(value)
  })
}

const features = [
  'amount',
  'hour',
  'merchant_category',
  'channel',
  'is_abroad',
  'distance_km',
  'seconds_since_last',
  'payments_24h',
  'declines_24h',
  'amount_ratio',
  'terminal_age_days',
  'is_new_terminal',
] as const

describe('generateCards', () => {
  test('makes about 150,000 payments of 60 days, 0.3 to 0.6 % of them fraud, in order of time', () => {
    const share = rows.reduce((sum, row) => sum + row.is_fraud, 0) / rows.length
    expect(rows.length).toBeGreaterThan(140_000)
    expect(rows.length).toBeLessThan(160_000)
    expect(share).toBeGreaterThan(0.003)
    expect(share).toBeLessThan(0.006)
    const days = new Set(rows.map(({ time }) => time.slice(0, 10)))
    expect(days.size).toBe(60)
    expect(rows.every(({ time }, n) => n === 0 || rows[n - 1]!.time <= time)).toBe(true)
  })

  test('the same seed makes the same rows, another seed others', () => {
    const first = (seed: number) => [...generateCards({ seed, days: 2, transactionsPerDay: 200 })]
    expect(first(5)).toEqual(first(5))
    expect(first(6)).not.toEqual(first(5))
  })

  test.each(features)('no threshold on %s tells fraud: its average precision is below .25 either way', (name) => {
    const scores = scoresBy(name)
    const labels = rows.map(({ is_fraud }) => is_fraud)
    expect(averagePrecision(scores, labels)).toBeLessThan(0.25)
    expect(
      averagePrecision(
        scores.map((score) => -score),
        labels,
      ),
    ).toBeLessThan(0.25)
  })

  test('what a row tells of its card is what the rows before it say', () => {
    const day = 86_400
    const last = new Map<string, number>()
    const times = new Map<string, number[]>()
    for (const row of rows.slice(0, 30_000)) {
      const now = Date.parse(row.time) / 1000
      const before = last.get(row.card_id)
      // Each time is rounded to a second of its own.
      if (before !== undefined) expect(Math.abs(row.seconds_since_last! - (now - before))).toBeLessThanOrEqual(1)
      const held = times.get(row.card_id) ?? []
      if (now - Date.parse(rows[0]!.time) / 1000 > day) {
        const within = held.filter((time) => time > now - day)
        expect(Math.abs(row.payments_24h - within.length)).toBeLessThanOrEqual(1)
      }
      last.set(row.card_id, now)
      times.set(row.card_id, [...held.slice(-60), now])
    }
  })

  test('the frauds of the last weeks look unlike those of the first', () => {
    const frauds = rows.filter(({ is_fraud }) => is_fraud === 1)
    const shareOf = (part: readonly CardPayment[], match: (row: CardPayment) => boolean) =>
      part.filter(match).length / part.length
    const third = Math.floor(frauds.length / 3)
    const [early, late] = [frauds.slice(0, third), frauds.slice(-third)]
    const isSkimmedElsewhere = ({ merchant_category }: CardPayment) =>
      merchant_category === 'vending' || merchant_category === 'parking'
    expect(shareOf(late, isSkimmedElsewhere)).toBeGreaterThan(shareOf(early, isSkimmedElsewhere) + 0.05)
    const isByNight = ({ hour, channel }: CardPayment) => channel === 'online' && hour < 6
    const webOnly = (part: CardPayment[]) => part.filter(({ channel }) => channel === 'online')
    expect(shareOf(webOnly(late), isByNight)).toBeLessThan(shareOf(webOnly(early), isByNight))
  })

  test('what the processor cannot know is null', () => {
    expect(rows.filter(({ channel }) => channel === 'online').every(({ distance_km }) => distance_km === null)).toBe(
      true,
    )
    expect(rows.some(({ terminal_age_days }) => terminal_age_days === null)).toBe(true)
    expect(rows.every(({ terminal_age_days }) => terminal_age_days === null || terminal_age_days >= 0)).toBe(true)
  })
})
