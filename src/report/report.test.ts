// What a day's facts become: numbers, a page, a message.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleDay } from '../../test/golden/sample-day.ts'
import type { AlertView } from '../core/alert.ts'
import { wilson } from '../core/proportion.ts'
import { type DayFacts, renderDay, summarizeDay, summarySubject, summaryText } from './report.ts'

const quiet: DayFacts = { ...sampleDay(), rollups: [], alerts: [], lateArrivals: [], deadLetters: 0 }
const [alert] = sampleDay().alerts as [AlertView]

describe('the summary', () => {
  test('is the same value whatever order alerts and minutes come in', () => {
    const facts = sampleDay()
    const turned = { ...facts, alerts: facts.alerts.toReversed(), rollups: facts.rollups.toReversed() }
    expect(summarizeDay(turned)).toEqual(summarizeDay(facts))
  })

  test('counts every event and every alert once by hour, by score and by label', () => {
    const facts = sampleDay()
    const summary = summarizeDay(facts)
    const total = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0)
    expect(total(summary.eventsByHour)).toBe(summary.events)
    expect(total(summary.scoreHistogram)).toBe(summary.events)
    expect(total(summary.alertsByHour)).toBe(facts.alerts.length)
    const { anomaly, normal, unlabelled } = summary.labels
    expect(anomaly + normal + unlabelled).toBe(facts.alerts.length)
  })

  test('puts an hour where the clock of the time zone says it is, on days of 23 and 25 hours, too', () => {
    const at = (iso: string, day: string) =>
      summarizeDay({ ...quiet, day, alerts: [{ ...alert, eventTime: Date.parse(iso) }] }).alertsByHour.indexOf(1)
    expect(at('2026-03-29T00:59:59Z', '2026-03-29')).toBe(1)
    expect(at('2026-03-29T01:00:00Z', '2026-03-29')).toBe(3)
    expect([at('2026-10-25T00:30:00Z', '2026-10-25'), at('2026-10-25T01:30:00Z', '2026-10-25')]).toEqual([2, 2])
  })

  test('counts a reason only where it raised the score and was among the three strongest', () => {
    const reason = (feature: string, contribution: number) => ({ feature, contribution, value: 1, text: feature })
    const reasons = [reason('a', 3), reason('b', -2), reason('c', 1), reason('d', 0.5)]
    const { strongestReasons } = summarizeDay({ ...quiet, alerts: [{ ...alert, reasons }] })
    expect(strongestReasons.map(({ feature }) => feature)).toEqual(['a', 'c'])
  })

  test('names late arrivals by the day that they belong to', () => {
    expect(summarizeDay(sampleDay()).lateArrivals).toEqual([
      { day: '2026-03-01', events: 2 },
      { day: '2026-03-02', events: 11 },
    ])
  })

  test('has no money where the detector has no amounts', () => {
    expect(summarizeDay({ ...sampleDay(), hasAmount: false })).toMatchObject({ amount: null, amountAtRisk: null })
  })
})

describe('the interval of the precision', () => {
  // Newcombe 1998, table I, method 3: Wilson's interval without continuity correction.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i is that of the paper', (successes, trials, low, high) => {
    const interval = wilson(successes, trials)!
    expect(interval.low).toBeCloseTo(low, 4)
    expect(interval.high).toBeCloseTo(high, 4)
  })

  test('holds the value, stays within 0 and 1, and is absent before the first answer', () => {
    expect(wilson(0, 0)).toBeNull()
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (anomaly, normal) => {
        fc.pre(anomaly + normal > 0)
        const { low, value, high } = wilson(anomaly, anomaly + normal)!
        expect(0 <= low && low <= value + 1e-12 && value <= high + 1e-12 && high <= 1).toBe(true)
      }),
    )
  })
})

describe('the page', () => {
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u0000\u202e&amp;'

  test('escapes every text that came with the data', () => {
    const reasons = [{ feature: hostile, value: hostile, contribution: 1, text: hostile }]
    const alerts = [{ ...alert, entity: hostile, eventId: hostile, reasons }]
    const page = renderDay(summarizeDay({ ...sampleDay(), detector: hostile, alerts }))
    for (const unescaped of ['<script', '<img', '\u0000']) expect(page).not.toContain(unescaped)
    expect(page).toContain('&lt;script&gt;')
  })

  test('needs nothing but itself: no script, no address, nothing to load', () => {
    const page = renderDay(summarizeDay(sampleDay()))
    expect(page).not.toMatch(/https?:|\bsrc=|\bhref=|url\(|@import|<script|<link|\bon\w+=/i)
  })

  test('shows a score that is not quite 1 as such, in whatever time zone', () => {
    const alerts = [{ ...alert, score: 0.99999, eventTime: Date.parse('2026-03-03T05:00:00Z') }]
    const page = renderDay(summarizeDay({ ...sampleDay(), timeZone: 'Asia/Kathmandu', alerts }))
    expect(page).toContain('&gt;0.999')
    expect(page).toContain('10:45:00')
  })

  test('of a day without events says so, and draws nothing', () => {
    const page = renderDay(summarizeDay(quiet))
    expect(page).toContain('No events came in on Tuesday 3 March 2026.')
    expect(page).not.toContain('<svg')
    expect(page).toContain('Nothing needs doing.')
  })

  test('of an open day says that it changes, of a closed one that it does not', () => {
    expect(renderDay(summarizeDay({ ...quiet, isClosed: false }))).toContain('This day is still open')
    expect(renderDay(summarizeDay(quiet))).not.toContain('still open')
  })

  test('tells of days that got no page', () => {
    const skippedDays = { from: '2025-01-01', to: '2025-01-03', days: 3 }
    expect(renderDay(summarizeDay({ ...quiet, skippedDays }))).toContain(
      '3 days, 1 January 2025 to 3 January 2025, had no events and have no page of their own.',
    )
  })

  test.each([
    [['09:00', '10:00'], 'No hour had more than one alert; 22 hours had none.'],
    [
      ['09:00', '09:10', '10:00', '10:10', '11:00'],
      '2 hours had 2 of 5 alerts each, none had more; 21 hours had none.',
    ],
    [['09:00', '09:10', '10:00'], 'The busiest hour, 10:00 to 11:00, had 2 of 3 alerts; 22 hours had none.'],
  ])('says of alerts at %j: %s', (times, sentence) => {
    const alerts = times.map((time) => ({ ...alert, eventTime: Date.parse(`2026-03-03T${time}:00Z`) }))
    expect(renderDay(summarizeDay({ ...quiet, alerts }))).toContain(sentence)
  })

  test('gives every chart a sentence, also to who cannot see it', () => {
    const page = renderDay(summarizeDay(sampleDay()))
    const described = [...page.matchAll(/<svg[^>]*role="img" aria-label="([^"]+)"/g)].map(([, words]) => words)
    expect(described).toHaveLength(2)
    for (const sentence of ['The busiest hour, 15:00 to 16:00, had 14 of 47 alerts', 'scored below 0.05'])
      expect(page.split(sentence).length).toBe(3)
  })
})

describe('the message', () => {
  test('names the day, the alerts and the money in its subject', () => {
    const one = summarizeDay({ ...quiet, alerts: [{ ...alert, amount: 1234.5 }] })
    expect(summarySubject(one)).toBe('card-fraud, 3 March 2026: 1 alert, 1,234.50 at risk')
    expect(summarySubject(summarizeDay(quiet))).toBe('card-fraud, 3 March 2026: 0 alerts')
  })

  test('says in words what waits', () => {
    const text = summaryText(summarizeDay({ ...quiet, deadLetters: 1, alerts: [{ ...alert, label: 'normal' }] }))
    expect(text).toContain('1 record could not be scored and waits among the dead letters.')
    expect(text).not.toContain('still need')
  })
})
