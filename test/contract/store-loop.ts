// An open store in, tests out: what one batch's transaction does, and what days are made of.

import { describe, expect, test } from 'vitest'
import type { StoreBench } from './store.ts'
import {
  alerting,
  alertOf,
  batch,
  closeDay,
  collect,
  deadLetter,
  decision,
  deliveryOf,
  detector,
  minuteMs,
  start,
} from './store-samples.ts'

export function loopContract(bench: StoreBench): void {
  describe('a batch', () => {
    test('a partition begins at position 0 without event time', async () => {
      expect(await bench.store.partition(detector, 3)).toEqual({ partition: 3, next: 0, watermark: -Infinity })
    })

    test('a commit moves the position and the watermark of its own partition only', async () => {
      const { store } = bench
      expect(await store.commit(batch(0, [decision('a'), decision('b')]))).toBe(true)
      expect(await store.partition(detector, 0)).toEqual({ partition: 0, next: 2, watermark: start })
      expect((await store.partition(detector, 1)).next).toBe(0)
      expect((await store.partition('other', 0)).next).toBe(0)
    })

    test('a commit from a position that is not the stored one is refused, and writes nothing at all', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')]))
      const wrong = batch(0, [alerting('b')], { deadLetters: [deadLetter(1)], duplicates: 3 })
      expect(await store.commit(wrong)).toBe(false)
      expect(await store.commit({ ...wrong, expected: 7, next: 9 })).toBe(false)
      expect(await store.partition(detector, 0)).toMatchObject({ next: 1 })
      expect(await store.decision(detector, 'b')).toBeUndefined()
      expect(await store.alerts({ detector })).toEqual([])
      expect(await store.deadLetters(detector, 10)).toEqual([])
      expect(await store.due(Infinity, 10)).toEqual([])
      expect(await store.totals(detector)).toMatchObject({ events: 1, alerts: 0, duplicates: 0 })
    })

    test('a partition that has had dead letters only does not hold days open', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')]))
      await store.commit({ ...batch(0, [], { deadLetters: [deadLetter(0)] }), partition: 1, watermark: -Infinity })
      expect(await store.watermark(detector)).toBe(start)
    })

    test('an event of a day that closed while its batch was on the way is a late arrival: the page is fixed', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')]))
      await closeDay(store, { detector, day: '2026-11-22', end: start + 1, summary: '{}', html: '' })
      await store.commit(batch(1, [decision('b')]))
      expect(await store.decision(detector, 'b')).toMatchObject({ isLate: true })
      expect(await store.totals(detector)).toMatchObject({ events: 2, lateArrivals: 1 })
      const [minute] = await store.rollups(detector, 0, start + 1)
      expect(minute).toMatchObject({ events: 1 })
    })

    test('of two workers that read the same position only one commits', async () => {
      const other = await bench.open()
      const [first, second] = [batch(0, [decision('a')]), batch(0, [decision('b')])]
      const committed = await Promise.all([bench.store.commit(first), other.commit(second)])
      expect(committed.filter(Boolean)).toHaveLength(1)
      const stored = await Promise.all(['a', 'b'].map((id) => other.decision(detector, id)))
      expect(stored.map((one) => one !== undefined)).toEqual(committed)
      expect(await other.totals(detector)).toMatchObject({ events: 1 })
    })

    test('a batch that cannot be written leaves nothing behind', async () => {
      const { store } = bench
      const broken = batch(0, [alerting('a'), decision('b', { score: Number.NaN })])
      await expect(store.commit(broken)).rejects.toThrow()
      expect(await store.partition(detector, 0)).toMatchObject({ next: 0 })
      expect(await store.decision(detector, 'a')).toBeUndefined()
      expect((await store.totals(detector)).alerts).toBe(0)
    })

    test('a position never goes back', async () => {
      await bench.store.commit(batch(0, [decision('a')]))
      await expect(bench.store.commit(batch(1, [], { next: 0 }))).rejects.toThrow(TypeError)
    })

    test('a decision is read as it was written, vector, fields and reasons included', async () => {
      const { store } = bench
      const late = alerting('ü-1', { isLate: true, vector: new Float32Array([0.1, Number.NaN, -3e38]) })
      await store.commit(batch(0, [late, decision('b', { event: { entity: null, amount: null } })]))
      const { id: eventId, time: eventTime, entity, amount, fields } = late.event
      const { score, threshold, outcome, modelVersion, vector, reasons, isLate } = late
      const written = { score, threshold, outcome, modelVersion, vector, reasons, isLate }
      const stored = { eventId, eventTime, entity, amount, fields, ...written }
      expect(await store.decision(detector, 'ü-1')).toEqual(stored)
      expect(await store.decision(detector, 'b')).toMatchObject({ entity: null, amount: null, reasons: [] })
      expect(await store.decision(detector, 'c')).toBeUndefined()
      expect(await store.decision('other', 'b')).toBeUndefined()
    })

    test('a vector that is a part of a larger array is written as that part', async () => {
      const all = new Float32Array([1, 2, 3, 4, 5, 6])
      await bench.store.commit(batch(0, [decision('a', { vector: all.subarray(2, 4) })]))
      expect([...(await bench.store.decision(detector, 'a'))!.vector]).toEqual([3, 4])
    })

    test('seen names those of the ids that are stored, and no other', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a'), decision('b'), decision('"quoted\'; 7')]))
      expect(await store.seen(detector, ['a', 'x', '"quoted\'; 7', 'a'])).toEqual(new Set(['a', '"quoted\'; 7']))
      expect(await store.seen(detector, [])).toEqual(new Set())
      expect(await store.seen('other', ['a'])).toEqual(new Set())
    })

    test('an event that was decided before is not doubled in decisions, alerts, outbox, rollups or totals', async () => {
      const { store } = bench
      await store.commit(batch(0, [alerting('a')]))
      await store.commit(batch(1, [alerting('a'), alerting('b'), alerting('b')], { duplicates: 1 }))
      expect((await store.alerts({ detector })).map(({ id }) => id)).toEqual(['al_b', 'al_a'])
      expect((await store.due(Infinity, 10)).length).toBe(2)
      expect(await collect(store.decisions(detector, start, start + 1))).toHaveLength(2)
      expect(await store.rollups(detector, start, start + minuteMs)).toMatchObject([{ events: 2, alerts: 2 }])
      expect(await store.totals(detector)).toMatchObject({ events: 2, alerts: 2, duplicates: 3 })
      expect((await store.totals(detector)).deliveries.pending).toBe(2)
      expect((await store.partition(detector, 0)).next).toBe(4)
    })

    test('the first decision of an event stands: a later one that alerts raises no alert', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')]))
      await store.commit(batch(1, [alerting('a'), decision('b'), alerting('b')]))
      expect((await store.decision(detector, 'a'))?.outcome).toBe('pass')
      expect((await store.decision(detector, 'b'))?.outcome).toBe('pass')
      expect(await store.alerts({ detector })).toEqual([])
      expect(await store.nextDue()).toBeUndefined()
    })

    test('the same event id in another detector is another event', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')]))
      await store.commit({ ...batch(0, [decision('a')]), detector: 'other' })
      expect([await store.totals(detector), await store.totals('other')]).toMatchObject([{ events: 1 }, { events: 1 }])
    })

    test('a batch without any event moves the position, too', async () => {
      await bench.store.commit(batch(0, [], { next: 5, duplicates: 5 }))
      expect(await bench.store.partition(detector, 0)).toMatchObject({ next: 5, watermark: -Infinity })
    })

    test('listeners hear of each commit what was new in it, until they unsubscribe', async () => {
      const { store } = bench
      const heard: (readonly string[])[] = []
      const unsubscribe = store.onCommit(({ decisions, alerts, deliveries, duplicates }) => {
        const ids = [...decisions.map(({ event }) => event.id), ...alerts.map(({ id }) => id)]
        heard.push([...ids, ...deliveries.map(({ id }) => id), `${duplicates} duplicates`])
      })
      await store.commit(batch(0, [alerting('a')]))
      await store.commit(batch(0, [alerting('refused')]))
      await store.commit(batch(1, [alerting('a'), decision('b')]))
      unsubscribe()
      await store.commit(batch(3, [decision('c')]))
      expect(heard).toEqual([
        ['a', 'al_a', 'al_a-inbox', '0 duplicates'],
        ['b', '1 duplicates'],
      ])
    })

    test('everything is there after a reopening', async () => {
      await bench.store.commit(batch(0, [alerting('a')], { deadLetters: [deadLetter(1)], next: 2 }))
      const totals = await bench.store.totals(detector)
      await bench.store.close()
      const again = await bench.open()
      expect(await again.totals(detector)).toEqual(totals)
      expect(await again.partition(detector, 0)).toMatchObject({ next: 2, watermark: start })
      expect(await again.alert('al_a')).toBeDefined()
    })
  })

  describe('event time', () => {
    test('the watermark of a detector is the least of its partitions', async () => {
      const { store } = bench
      expect(await store.watermark(detector)).toBe(-Infinity)
      await store.commit(batch(0, [decision('a')], { watermark: start + 100 }))
      expect(await store.watermark(detector)).toBe(start + 100)
      await store.commit(batch(0, [decision('b')], { partition: 1, watermark: start + 50 }))
      expect(await store.watermark(detector)).toBe(start + 50)
    })

    test('a watermark never goes back', async () => {
      await bench.store.commit(batch(0, [decision('a')], { watermark: start + 100 }))
      await bench.store.commit(batch(1, [decision('b')], { watermark: start + 50 }))
      expect(await bench.store.watermark(detector)).toBe(start + 100)
    })

    test('raising the watermark lifts every partition that is behind, and lowers none', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')], { watermark: start + 100 }))
      await store.commit(batch(0, [], { partition: 1, next: 1 }))
      await store.raiseWatermark(detector, start + 50)
      const of = async (partition: number) => (await store.partition(detector, partition)).watermark
      expect([await of(0), await of(1)]).toEqual([start + 100, start + 50])
      await store.raiseWatermark('other', start + 900)
      expect(await store.watermark(detector)).toBe(start + 50)
    })

    test('raising leaves a partition alone that has moved on since it was looked at', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')]))
      await store.commit(batch(0, [decision('b')], { partition: 1 }))
      const where = new Map([
        [0, 1],
        [1, 0],
      ])
      await store.raiseWatermark(detector, start + 900, where)
      expect((await store.partition(detector, 0)).watermark).toBe(start + 900)
      expect((await store.partition(detector, 1)).watermark).toBe(start)
    })

    test('minutes and totals of several partitions are added up', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a'), alerting('b')]))
      await store.commit(batch(0, [decision('c', { event: { time: start - 5 * minuteMs } })], { partition: 1 }))
      await store.commit(batch(1, [alerting('d')], { partition: 1 }))
      const [before, minute] = await store.rollups(detector, 0, start + 1)
      expect(before).toMatchObject({ minute: start - 5 * minuteMs, events: 1, alerts: 0 })
      expect(minute).toMatchObject({ minute: start, events: 3, alerts: 2, amount: 10 + 2 * 812.4 })
      expect(minute?.scoreHistogram.reduce((all, n) => all + n)).toBe(3)
      const all = { events: 3, alerts: 2, amount: minute!.amount, alertAmount: minute!.alertAmount }
      expect(await store.counts(detector, start, start + 1)).toEqual(all)
      expect(await store.counts(detector, 0, 1)).toEqual({ events: 0, alerts: 0, amount: 0, alertAmount: 0 })
      expect(await store.totals(detector)).toMatchObject({ events: 4, alerts: 2, deliveries: { pending: 2 } })
      expect(await store.firstEventTime(detector)).toBe(start - 5 * minuteMs)
    })

    test('rollups count events, alerts, amounts and scores by minute and model version', async () => {
      const { store } = bench
      const at = (time: number, amount: number | null) => ({ event: { time, amount } })
      await store.commit(
        batch(0, [
          decision('a', at(start, 1)),
          decision('b', { ...at(start + minuteMs - 1, 2), score: 0.5 }),
          alerting('c', { ...at(start + minuteMs, 4), score: 1 }),
        ]),
      )
      await store.commit(
        batch(3, [
          alerting('d', at(start + 5, 8)),
          decision('e', { ...at(start, null), modelVersion: 2, score: 0.049 }),
        ]),
      )
      const histogram = (counts: Record<number, number>) => Array.from({ length: 20 }, (_, bin) => counts[bin] ?? 0)
      const [first, challenger, second] = await store.rollups(detector, start, start + 2 * minuteMs)
      const scoreHistogram = histogram({ 0: 1, 10: 1, 19: 1 })
      expect(first).toEqual({
        minute: start,
        modelVersion: 1,
        events: 3,
        alerts: 1,
        amount: 11,
        alertAmount: 8,
        scoreHistogram,
      })
      expect(challenger).toMatchObject({ minute: start, modelVersion: 2, events: 1, amount: 0 })
      expect(challenger?.scoreHistogram).toEqual(histogram({ 0: 1 }))
      expect(second).toMatchObject({ minute: start + minuteMs, events: 1, alerts: 1, alertAmount: 4 })
      expect(second?.scoreHistogram).toEqual(histogram({ 19: 1 }))
      expect(await store.rollups(detector, start + 1, start + minuteMs)).toEqual([])
      expect(await store.rollups('other', start, start + minuteMs)).toEqual([])
    })

    test('sums of amounts are the same however the stream is cut into batches', async () => {
      const { store } = bench
      const cents = Array.from({ length: 60 }, (_, i) => decision(`e${i}`, { event: { amount: 0.1 * (i + 1) } }))
      await store.commit(batch(0, cents))
      const other = cents.map((one) => ({ ...one, detector: 'other' }))
      for (let i = 0; i < 60; i += 7) await store.commit({ ...batch(i, other.slice(i, i + 7)), detector: 'other' })
      const amountOf = async (of: string) => (await store.rollups(of, start, start + 1))[0]?.amount
      expect(await amountOf('other')).toBe(await amountOf(detector))
    })

    test('a late event is counted as late by its minute, not in rollups, and its alert is raised all the same', async () => {
      const { store } = bench
      const time = start - 3 * minuteMs + 5
      await store.commit(batch(0, [alerting('a', { isLate: true, event: { time } }), decision('b')]))
      await store.commit(batch(2, [decision('c', { isLate: true, event: { time } })]))
      expect(await store.rollups(detector, 0, start)).toEqual([])
      expect(await store.lateArrivals(detector, null)).toEqual([{ eventTime: start - 3 * minuteMs, events: 2 }])
      expect(await store.totals(detector)).toMatchObject({ events: 3, alerts: 1, lateArrivals: 2 })
      expect(await store.alert('al_a')).toBeDefined()
    })

    test('the first event time is the least of those that were not late', async () => {
      const { store } = bench
      expect(await store.firstEventTime(detector)).toBeUndefined()
      await store.commit(batch(0, [decision('late', { isLate: true, event: { time: start - 900 } })]))
      expect(await store.firstEventTime(detector)).toBeUndefined()
      await store.commit(batch(1, [decision('a', { event: { time: start + 7 } })]))
      await store.commit(batch(2, [decision('b', { event: { time: start + 3 } })]))
      await store.commit(batch(3, [decision('c', { event: { time: start + 9 } })]))
      expect(await store.firstEventTime(detector)).toBe(start + 3)
    })

    test('dead letters keep bytes, code and reason, newest first', async () => {
      const { store } = bench
      const letters = [deadLetter(0), deadLetter(1, { bytes: new Uint8Array([0, 255]), code: 'EVENT_JSON' })]
      await store.commit(batch(0, [], { next: 2, deadLetters: letters }))
      const [newest, oldest] = await store.deadLetters(detector, 10)
      expect(newest).toMatchObject({ position: 1, code: 'EVENT_JSON', reason: 'amount is text', storedAt: start + 123 })
      expect([...newest!.bytes]).toEqual([0, 255])
      expect(Buffer.from(oldest!.bytes).toString()).toBe('{"amount": "many"}')
      expect(await store.deadLetters(detector, 1)).toHaveLength(1)
      expect((await store.totals(detector)).deadLetters).toBe(2)
    })

    test('a dead letter is marked as replayed once, and no longer waits', async () => {
      const { store } = bench
      await store.commit(batch(0, [], { next: 2, deadLetters: [deadLetter(0), deadLetter(1)] }))
      const [newest, oldest] = await store.deadLetters(detector, 10)
      expect(await store.deadLetter(detector, oldest!.id)).toEqual({ ...oldest, replayedAt: null })
      expect(await store.deadLetter('other', oldest!.id)).toBeUndefined()
      expect(await store.markReplayed(detector, oldest!.id, start + 9)).toBe(true)
      expect(await store.markReplayed(detector, oldest!.id, start + 10)).toBe(false)
      expect((await store.deadLetter(detector, oldest!.id))?.replayedAt).toBe(start + 9)
      expect((await store.deadLetters(detector, 10, { isOpen: true })).map(({ id }) => id)).toEqual([newest!.id])
      expect(await store.deadLetters(detector, 10)).toHaveLength(2)
      expect(await store.deadLettersSince(detector, start + 123)).toBe(2)
      expect(await store.deadLettersSince(detector, start + 124)).toBe(0)
    })

    test('dead letters are counted in the event time that the stream had reached', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')], { next: 2, deadLetters: [deadLetter(1)], watermark: start + 500 }))
      await store.commit(batch(2, [], { next: 3, deadLetters: [deadLetter(2)], watermark: start + 900 }))
      expect(await store.deadLetterCount(detector, start, start + 501)).toBe(1)
      expect(await store.deadLetterCount(detector, start + 501, start + 901)).toBe(1)
      expect(await store.deadLetterCount(detector, start + 901, Infinity)).toBe(0)
    })
  })

  describe('a day', () => {
    const page = {
      detector,
      day: '2026-11-22',
      end: Date.parse('2026-11-23T00:00:00Z'),
      summary: '{"events":1}',
      html: '<h1>1</h1>',
    }
    const summaryDelivery = () => {
      const message = { kind: 'dailySummary' as const, detector, day: page.day, subject: 's', text: 't', html: 'h' }
      const urls = { report: 'http://localhost/reports/2026-11-22' }
      return { ...deliveryOf(alertOf(alerting('a')), 'mail'), id: 'day', message: { ...message, urls } }
    }

    test('closes once: the page stays, and its deliveries are in the outbox once', async () => {
      const { store } = bench
      expect(await store.closedDay(detector, page.day)).toBeUndefined()
      expect(await closeDay(store, page, [summaryDelivery()])).toBe('closed')
      const again = { ...summaryDelivery(), id: 'day2' }
      expect(await closeDay(store, { ...page, html: 'other' }, [again])).toBe('closed before')
      expect(await store.closedDay(detector, page.day)).toEqual(page)
      expect(await store.due(Infinity, 10)).toEqual([summaryDelivery()])
      expect(await store.totals(detector)).toMatchObject({ closedDays: 1, deliveries: { pending: 1 } })
    })

    test('closed days are listed in their order', async () => {
      const { store } = bench
      for (const day of ['2026-11-23', '2026-11-22', '2026-12-01']) await closeDay(store, { ...page, day })
      const listed = (await store.closedDays(detector)).map(({ day }) => day)
      expect(listed).toEqual(['2026-11-22', '2026-11-23', '2026-12-01'])
      expect(await store.closedDays('other')).toEqual([])
    })

    test('summaries are read by a range of days, its ends included', async () => {
      const { store } = bench
      for (const day of ['2026-11-22', '2026-11-20', '2026-11-23', '2026-11-24'])
        await closeDay(store, { ...page, day, summary: `{"day":"${day}"}` })
      expect(await store.daySummaries(detector, '2026-11-22', '2026-11-23')).toEqual([
        '{"day":"2026-11-22"}',
        '{"day":"2026-11-23"}',
      ])
      expect(await store.daySummaries('other', '2026-11-22', '2026-11-23')).toEqual([])
    })

    test('a page whose numbers have changed since they were counted closes no day', async () => {
      const { store } = bench
      const counted = { start, events: 1, lateArrivals: 0 }
      await store.commit(batch(0, [decision('a')]))
      await store.commit(batch(1, [decision('b')]))
      expect(await store.closeDay(page, [summaryDelivery()], counted)).toBe('changed')
      await store.commit(batch(2, [decision('c', { isLate: true, event: { time: start - minuteMs } })]))
      expect(await store.closeDay(page, [summaryDelivery()], { ...counted, events: 2 })).toBe('changed')
      expect(await store.closedDay(detector, page.day)).toBeUndefined()
      expect(await store.lateArrivals(detector, null)).toHaveLength(1)
      expect(await store.nextDue()).toBeUndefined()
      expect(await store.closeDay(page, [], { start, events: 2, lateArrivals: 1 })).toBe('closed')
    })

    test('closing marks the late arrivals as told by that day, and later ones wait for the next', async () => {
      const { store } = bench
      const late = (id: string) => decision(id, { isLate: true, event: { time: start - minuteMs } })
      await store.commit(batch(0, [late('a'), late('b')]))
      await closeDay(store, page)
      expect(await store.lateArrivals(detector, null)).toEqual([])
      await store.commit(batch(2, [late('c')]))
      expect(await store.lateArrivals(detector, null)).toEqual([{ eventTime: start - minuteMs, events: 1 }])
      expect(await store.lateArrivals(detector, page.day)).toEqual([{ eventTime: start - minuteMs, events: 2 }])
      await closeDay(store, page)
      expect(await store.lateArrivals(detector, null)).toHaveLength(1)
    })
  })
}
