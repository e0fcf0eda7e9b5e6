// Days that close over a real store: once, in order, empty ones too, and never again.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { alertOf } from '../alert/alert.ts'
import type { Delivery } from '../core/alert.ts'
import { ManualClock } from '../core/clock.ts'
import type { Day } from '../core/day.ts'
import type { Decision } from '../core/decision.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import type { Store } from '../store/store.ts'
import { closeFinishedDays, maxEmptyDays } from './close.ts'
import { openDay, type ReportPage } from './report.ts'

const detector = 'card-fraud'
const timeZone = 'America/Chicago'
let dir: string
let store: Store
let next: number
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-report-'))
  store = await openEmbeddedStore({ dir, clock: new ManualClock(0) })
  next = 0
})
afterEach(async () => {
  await store.close()
  await rm(dir, { recursive: true })
})

const sources = () => ({ store, detector, timeZone, hasAmount: true })
const close = (deliveriesFor: (page: ReportPage) => Delivery[] = () => [], periods: ('week' | 'month')[] = []) =>
  closeFinishedDays({ ...sources(), periods, deliveriesFor })

/** One payment at each time, over 500 an alert; the watermark follows at once. */
async function pay(times: readonly string[], amount = 900, isLate = false): Promise<void> {
  for (const iso of times) {
    const time = Date.parse(iso)
    const event = { id: `t${next}`, time, entity: 'C1', amount, fields: {} }
    const outcome = amount > 500 ? 'alert' : 'pass'
    const scored = {
      score: amount > 500 ? 0.9 : 0.1,
      threshold: 0.5,
      modelVersion: 1,
      reasons: [],
      vector: new Float32Array(1),
    }
    const decision: Decision = { detector, event, outcome, ...scored, partition: 0, position: next, isLate }
    const alerts = [decision].map(alertOf).filter((alert) => alert !== undefined)
    const batch = {
      detector,
      partition: 0,
      expected: next,
      next: next + 1,
      watermark: time,
      deadLetters: [],
      deliveries: [],
    }
    expect(await store.commit({ ...batch, decisions: [decision], alerts, duplicates: 0 })).toBe(true)
    next++
  }
}

const summaryOf = async (day: Day) => JSON.parse((await store.closedDay(detector, day))!.summary)

test('a day closes when event time has passed its end in the time zone, and not before', async () => {
  expect(await close()).toEqual([])
  await pay(['2026-03-03T12:00:00Z', '2026-03-04T05:59:59.999Z'])
  expect(await close()).toEqual([])
  await pay(['2026-03-04T06:00:00Z'])
  expect(await close()).toEqual(['2026-03-03'])
  expect(await summaryOf('2026-03-03')).toMatchObject({ events: 2, alerts: 2, amountAtRisk: 1800, isClosed: true })
  expect(await close()).toEqual([])
})

test('days without events between two with events get their page, in order', async () => {
  await pay(['2026-03-03T12:00:00Z', '2026-03-06T12:00:00Z'])
  expect(await close()).toEqual(['2026-03-03', '2026-03-04', '2026-03-05'])
  expect(await summaryOf('2026-03-04')).toMatchObject({ events: 0, alerts: 0, skippedDays: null })
})

test('of a gap of years only the first days get a page, and the page after it names the others', async () => {
  await pay(['2013-09-01T12:00:00Z', '2026-03-03T12:00:00Z', '2026-03-05T12:00:00Z'])
  const closed = await close()
  expect(closed).toHaveLength(1 + maxEmptyDays + 2)
  expect(closed.slice(maxEmptyDays)).toEqual(['2013-10-02', '2026-03-03', '2026-03-04'])
  const days = (Date.parse('2026-03-03') - Date.parse('2013-10-03')) / 86_400_000
  expect((await summaryOf('2026-03-03')).skippedDays).toEqual({ from: '2013-10-03', to: '2026-03-02', days })
  expect((await summaryOf('2026-03-04')).skippedDays).toBeNull()
})

test('a gap is skipped alike whether days close at once or one after another', async () => {
  await pay(['2026-01-01T12:00:00Z'])
  const closed: Day[] = []
  for (let time = Date.parse('2026-01-01T18:00:00Z'); time < Date.parse('2026-03-03T12:00:00Z'); time += 43_200_000) {
    await store.raiseWatermark(detector, time)
    closed.push(...(await close()))
  }
  expect(closed.at(-1)).toBe('2026-02-01')
  await pay(['2026-03-03T12:00:00Z', '2026-03-04T12:00:00Z'])
  expect(await close()).toEqual(['2026-03-03'])
  expect((await summaryOf('2026-03-03')).skippedDays).toEqual({ from: '2026-02-02', to: '2026-03-02', days: 29 })
})

test('late arrivals are told once, on the next page, and change no closed one', async () => {
  await pay(['2026-03-03T12:00:00Z', '2026-03-04T12:00:00Z'])
  await close()
  const before = await store.closedDay(detector, '2026-03-03')
  await pay(['2026-03-03T13:00:00Z'], 10, true)
  await store.raiseWatermark(detector, Date.parse('2026-03-06T12:00:00Z'))
  expect(await close()).toEqual(['2026-03-04', '2026-03-05'])
  expect((await summaryOf('2026-03-04')).lateArrivals).toEqual([{ day: '2026-03-03', events: 1 }])
  expect((await summaryOf('2026-03-05')).lateArrivals).toEqual([])
  expect(await store.closedDay(detector, '2026-03-03')).toEqual(before)
})

test('deliveries go out with the day, and only with the call that closed it', async () => {
  await pay(['2026-03-03T12:00:00Z', '2026-03-04T12:00:00Z'])
  const deliveriesFor = ({ day, html }: ReportPage): Delivery[] => [
    {
      ...{ id: `dl_${day}`, receiver: 'inbox', state: 'pending', attempts: 0, nextAttemptAt: 0, reason: null },
      message: { kind: 'dailySummary', detector, day, subject: 's', text: 't', html, urls: { report: 'r' } },
    },
  ]
  const both = await Promise.all([close(deliveriesFor), close(deliveriesFor)])
  expect(both.flat()).toEqual(['2026-03-03'])
  const due = await store.due(1, 10)
  expect(due).toHaveLength(1)
  const html = (await store.closedDay(detector, '2026-03-03'))!.html
  expect(due[0]!.message).toMatchObject({ day: '2026-03-03', html })
})

test('a day of more alerts than one read takes is summed up whole', async () => {
  await pay(
    Array.from({ length: 1203 }, (_, i) => new Date(Date.parse('2026-03-03T12:00:00Z') + i * 1000).toISOString()),
  )
  expect((await openDay(sources()))?.alerts).toBe(1203)
})

test('the open day is the one that event time has reached; other days with data can be asked for', async () => {
  expect(await openDay(sources())).toBeUndefined()
  await pay(['2026-03-03T12:00:00Z', '2026-03-05T12:00:00Z'])
  expect(await openDay(sources())).toMatchObject({ day: '2026-03-05', events: 1, isClosed: false })
  expect(await openDay({ ...sources(), day: '2026-03-03' })).toMatchObject({ day: '2026-03-03', events: 1 })
  expect(await openDay({ ...sources(), day: '2026-03-02' })).toBeUndefined()
  expect(await openDay({ ...sources(), day: '2027-03-02' })).toBeUndefined()
})

test('a week and a month are sent with the page of their last day, summed over their closed days', async () => {
  const sent: ReportPage[] = []
  const keep = (page: ReportPage) => {
    sent.push(page)
    return []
  }
  await pay(['2026-05-29T15:00:00Z', '2026-05-30T15:00:00Z', '2026-05-31T15:00:00Z', '2026-06-02T15:00:00Z'])
  await close(keep, ['week', 'month'])
  expect(sent.map(({ day, period }) => [day, period])).toEqual([
    ['2026-05-29', null],
    ['2026-05-30', null],
    ['2026-05-31', null],
    ['2026-05-31', '2026-W22'],
    ['2026-05-31', '2026-05'],
    ['2026-06-01', null],
  ])
  expect(sent[4]!.subject).toBe('card-fraud, May 2026: 3 alerts, 2,700.00 at risk')
})
