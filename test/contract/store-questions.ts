// An open store in, tests out: what is asked of it, what people answer, what is sent, and which model decides.

import { describe, expect, test } from 'vitest'
import type { Label } from '../../src/core/event.ts'
import type { StoreBench } from './store.ts'
import {
  alerting,
  alertOf,
  batch,
  collect,
  decision,
  deliveryOf,
  detector,
  inboxMessage,
  start,
} from './store-samples.ts'

export function questionsContract(bench: StoreBench): void {
  const label = (eventId: string, of: Label, labelledAt: number, by = 'ann') =>
    bench.store.label({ detector, eventId, label: of, labelledAt, by, note: null })
  const ids = (alerts: readonly { readonly id: string }[]) => alerts.map(({ id }) => id)

  describe('questions', () => {
    test('decisions of a time range come in order of time, its end not included', async () => {
      const times = [5, 3, 9, 3, 10]
      await bench.store.commit(
        batch(
          0,
          times.map((ms, i) => decision(`e${i}`, { event: { time: start + ms } })),
        ),
      )
      const found = await collect(bench.store.decisions(detector, start + 3, start + 10))
      expect(found.map(({ eventId }) => eventId)).toEqual(['e1', 'e3', 'e0', 'e2'])
      expect(await collect(bench.store.decisions('other', start, start + 10))).toEqual([])
    })

    test('more decisions than one reading holds come each once', async () => {
      const many = Array.from({ length: 2500 }, (_, i) => decision(`e${i}`, { event: { time: start + (i % 3) } }))
      await bench.store.commit(batch(0, many))
      const found = (await collect(bench.store.decisions(detector, start, start + 5))).map(({ eventId }) => eventId)
      expect(new Set(found).size).toBe(2500)
      expect(found).toHaveLength(2500)
    })

    test('old decisions are forgotten, oldest first, a few at a time; alerts, minutes and counts stay', async () => {
      const { store } = bench
      const at = (id: string, ms: number) => alerting(id, { event: { time: start + ms } })
      await store.commit(batch(0, [at('c', 3), at('a', 1), at('b', 2), at('d', 4)]))
      await store.commit({ ...batch(0, [at('a', 1)]), detector: 'other' })
      expect(await store.forgetDecisions(detector, start + 4, 2)).toBe(2)
      expect((await collect(store.decisions(detector, 0, Infinity))).map(({ eventId }) => eventId)).toEqual(['c', 'd'])
      expect(await store.forgetDecisions(detector, start + 4, 2)).toBe(1)
      expect(await store.forgetDecisions(detector, start + 4, 2)).toBe(0)
      expect(await store.seen(detector, ['a', 'b', 'c', 'd'])).toEqual(new Set(['d']))
      expect(await store.seen('other', ['a'])).toEqual(new Set(['a']))
      expect(await store.totals(detector)).toMatchObject({ events: 4, alerts: 4 })
      expect(await store.alerts({ detector })).toHaveLength(4)
    })

    test('an alert is read as it was written, with its deliveries', async () => {
      const alert = alertOf(alerting('a'))
      const deliveries = [deliveryOf(alert, 'mail'), deliveryOf(alert, 'hook')]
      await bench.store.commit(batch(0, [alerting('a')], { deliveries }))
      const pending = [
        { receiver: 'hook', state: 'pending' },
        { receiver: 'mail', state: 'pending' },
      ]
      const view = { ...alert, label: null, labelledBy: null, labelledAt: null, deliveries: pending }
      expect(await bench.store.alert('al_a')).toEqual(view)
      expect(await bench.store.alerts({ detector })).toEqual([view])
      expect(await bench.store.alert('al_x')).toBeUndefined()
    })

    test('alerts come newest event first, page by page, also where times are equal', async () => {
      const { store } = bench
      const at = (id: string, ms: number) => alerting(id, { event: { time: start + ms } })
      await store.commit(batch(0, [at('b', 5), at('a', 5), at('c', 9), at('d', 1)]))
      expect(ids(await store.alerts({ detector }))).toEqual(['al_c', 'al_b', 'al_a', 'al_d'])
      const first = await store.alerts({ detector, limit: 2 })
      expect(ids(first)).toEqual(['al_c', 'al_b'])
      expect(ids(await store.alerts({ detector, limit: 2, before: 'al_b' }))).toEqual(['al_a', 'al_d'])
      expect(await store.alerts({ detector, before: 'al_d' })).toEqual([])
    })

    test.each(['loss', 'score', 'time'] as const)('alerts come by %s, page by page, each once', async (sort) => {
      const { store } = bench
      const at = (id: string, score: number, amount: number | null, ms: number) =>
        alerting(id, { score, event: { amount, time: start + ms } })
      // c and e cost the same; d has no amount, and counts with its score.
      await store.commit(
        batch(0, [
          at('a', 0.9, 10, 3),
          at('b', 0.95, 900, 1),
          at('c', 0.91, 100, 2),
          at('d', 0.99, null, 0),
          at('e', 0.91, 100, 4),
        ]),
      )
      const order = { loss: 'becad', score: 'dbeca', time: 'eacbd' }[sort]
      const found: string[] = []
      for (;;) {
        const page = ids(
          await store.alerts({ detector, sort, limit: 2, ...(found.length > 0 ? { before: found.at(-1)! } : {}) }),
        )
        found.push(...page)
        if (page.length < 2) break
      }
      expect(found).toEqual([...order].map((id) => `al_${id}`))
      await label('b', 'normal', start)
      expect(ids(await store.alerts({ detector, sort, label: 'none' }))).not.toContain('al_b')
    })

    test('the newest labels come last first, of all events or of one', async () => {
      const { store } = bench
      await store.commit(batch(0, [alerting('a'), alerting('b')]))
      for (const [i, id] of ['a', 'b', 'a'].entries()) await label(id, i === 0 ? 'normal' : 'anomaly', start + i)
      const told = (found: Awaited<ReturnType<typeof store.newestLabels>>) => found.map((of) => [of.eventId, of.label])
      expect(told(await store.newestLabels(detector, 2))).toEqual([
        ['a', 'anomaly'],
        ['b', 'anomaly'],
      ])
      expect(told(await store.newestLabels(detector, 9, 'a'))).toEqual([
        ['a', 'anomaly'],
        ['a', 'normal'],
      ])
    })

    test('a page that begins at an unknown alert is an error, not an empty list', async () => {
      await expect(bench.store.alerts({ detector, before: 'al_x' })).rejects.toMatchObject({ code: 'ALERT_UNKNOWN' })
    })

    test('a page of alerts has at most a hundred where no limit is named', async () => {
      await bench.store.commit(
        batch(
          0,
          Array.from({ length: 120 }, (_, i) => alerting(`e${i}`)),
        ),
      )
      expect(await bench.store.alerts({ detector })).toHaveLength(100)
    })

    test('each alert of a time comes once, newest first, however many there are', async () => {
      const many = Array.from({ length: 2100 }, (_, i) => alerting(`e${i}`, { event: { time: start + (i % 7) } }))
      await bench.store.commit(batch(0, many))
      const found = await collect(bench.store.eachAlert({ detector, from: start + 1, to: start + 7 }))
      expect(found).toHaveLength(1800)
      expect(new Set(ids(found)).size).toBe(1800)
      expect([found[0]?.eventTime, found.at(-1)?.eventTime]).toEqual([start + 6, start + 1])
    })

    test('alerts are asked for by detector, time, entity and label', async () => {
      const { store } = bench
      const at = (id: string, ms: number, entity: string | null) =>
        alerting(id, { event: { time: start + ms, entity } })
      await store.commit(batch(0, [at('a', 1, 'x'), at('b', 2, 'y'), at('c', 3, 'x'), at('d', 4, null)]))
      await label('a', 'anomaly', 1)
      await label('b', 'normal', 1)
      const asked = async (query: object) => ids(await store.alerts({ detector, ...query }))
      expect(await asked({ from: start + 2, to: start + 4 })).toEqual(['al_c', 'al_b'])
      expect(await asked({ entity: 'x' })).toEqual(['al_c', 'al_a'])
      expect(await asked({ label: 'anomaly' })).toEqual(['al_a'])
      expect(await asked({ label: 'normal' })).toEqual(['al_b'])
      expect(await asked({ label: 'none' })).toEqual(['al_d', 'al_c'])
      expect(await asked({ label: 'none', entity: 'x', from: start, before: 'al_d' })).toEqual(['al_c'])
      expect(await asked({ detector: 'other' })).toEqual([])
    })

    test('totals of a detector that nothing is known of are zero', async () => {
      const deliveries = { pending: 0, sent: 0, dead: 0 }
      const nothing = { events: 0, alerts: 0, deadLetters: 0, duplicates: 0, lateArrivals: 0, unrouted: 0 }
      const totals = await bench.store.totals('other')
      expect(totals).toEqual({ ...nothing, deliveries, inboxMessages: 0, closedDays: 0 })
    })
  })

  describe('labels', () => {
    test('an event that is not stored cannot be labelled', async () => {
      expect(await label('x', 'anomaly', 1)).toBe(false)
      expect(await bench.store.labels(detector)).toEqual([])
    })

    test('all labels of an event are kept, oldest first, and the newest counts', async () => {
      const { store } = bench
      await store.commit(batch(0, [alerting('a'), decision('passed')]))
      expect(await label('a', 'anomaly', 20, 'ann')).toBe(true)
      await label('a', 'normal', 30, 'bob')
      await label('a', 'anomaly', 10, 'early bird')
      await label('passed', 'anomaly', 40)
      expect(await store.alert('al_a')).toMatchObject({ label: 'normal', labelledBy: 'bob', labelledAt: 30 })
      const kept = (await store.labels(detector)).map((record) => `${record.by} ${record.eventId} ${record.label}`)
      expect(kept).toEqual(['early bird a anomaly', 'ann a anomaly', 'bob a normal', 'ann passed anomaly'])
    })

    test('a label is read as it was given, note included', async () => {
      await bench.store.commit(batch(0, [alerting('a')]))
      const record = { detector, eventId: 'a', label: 'normal', labelledAt: 5, by: 'ann', note: 'known ☂' } as const
      await bench.store.label(record)
      expect(await bench.store.labels(detector)).toEqual([record])
      expect(await bench.store.labels('other')).toEqual([])
    })
  })

  describe('the outbox', () => {
    const alert = alertOf(alerting('a'))
    const put = (...deliveries: ReturnType<typeof deliveryOf>[]) =>
      bench.store.commit(batch(0, [alerting('a')], { deliveries }))
    const due = async (now: number, limit = 10, except?: string[]) => ids(await bench.store.due(now, limit, except))

    test('what is due comes earliest first, as it was written, and no more than asked for', async () => {
      const [late, early] = [
        deliveryOf(alert, 'r1', { nextAttemptAt: 20 }),
        deliveryOf(alert, 'r2', { nextAttemptAt: 10 }),
      ]
      await put(late, early, deliveryOf(alert, 'r3', { nextAttemptAt: 30 }))
      expect(await bench.store.due(20, 10)).toEqual([early, late])
      expect(await due(20, 1)).toEqual([early.id])
      expect(await due(9)).toEqual([])
      expect(await bench.store.nextDue()).toBe(10)
    })

    test('deliveries of the same time come in the order in which they were stored', async () => {
      const receivers = ['m', 'b', 'z', 'a']
      await put(...receivers.map((receiver) => deliveryOf(alert, receiver)))
      expect(await due(start)).toEqual(receivers.map((receiver) => `al_a-${receiver}`))
    })

    test('busy receivers can be left out', async () => {
      await put(deliveryOf(alert, 'mail', { nextAttemptAt: 1 }), deliveryOf(alert, 'hook', { nextAttemptAt: 2 }))
      expect(await due(5, 10, ['mail'])).toEqual(['al_a-hook'])
      expect(await bench.store.nextDue(['mail'])).toBe(2)
      expect(await bench.store.nextDue(['mail', 'hook'])).toBeUndefined()
    })

    test('what was sent is never due again', async () => {
      await put(deliveryOf(alert, 'mail'))
      await bench.store.settle('al_a-mail', { state: 'sent' })
      expect(await due(Infinity)).toEqual([])
      expect(await bench.store.nextDue()).toBeUndefined()
      expect((await bench.store.alert('al_a'))?.deliveries).toEqual([{ receiver: 'mail', state: 'sent' }])
      expect((await bench.store.totals(detector)).deliveries).toEqual({ pending: 0, sent: 1, dead: 0 })
    })

    test('a failed try is due again at its time, with its reason and one more attempt', async () => {
      await put(deliveryOf(alert, 'mail'))
      const failed = { state: 'pending', nextAttemptAt: start + 50, reason: 'connection refused' } as const
      await bench.store.settle('al_a-mail', failed)
      expect(await due(start + 49)).toEqual([])
      expect(await bench.store.due(start + 50, 10)).toMatchObject([{ ...failed, attempts: 1 }])
      await bench.store.settle('al_a-mail', { ...failed, nextAttemptAt: start + 60 })
      expect(await bench.store.due(start + 60, 10)).toMatchObject([{ attempts: 2 }])
      expect((await bench.store.totals(detector)).deliveries.pending).toBe(1)
    })

    test('what is dead stays dead, whoever settles it later', async () => {
      await put(deliveryOf(alert, 'mail'))
      await bench.store.settle('al_a-mail', { state: 'dead', reason: 'no such address' })
      await bench.store.settle('al_a-mail', { state: 'sent' })
      await bench.store.settle('al_a-mail', { state: 'pending', nextAttemptAt: 1, reason: 'slow' })
      expect(await due(Infinity)).toEqual([])
      expect((await bench.store.totals(detector)).deliveries).toEqual({ pending: 0, sent: 0, dead: 1 })
    })

    test('a delivery that was never stored cannot be settled', async () => {
      await expect(bench.store.settle('x', { state: 'sent' })).rejects.toMatchObject({ code: 'DELIVERY_UNKNOWN' })
    })

    test('the inbox shows each message once, newest first', async () => {
      const { store } = bench
      const about = inboxMessage('b', { alertId: 'al_a', text: 'ünï' })
      await store.putInbox(inboxMessage('a'))
      await store.putInbox(about)
      await store.putInbox(inboxMessage('a', { subject: 'again' }))
      expect(await store.inbox(10)).toEqual([about, inboxMessage('a')])
      expect(await store.inbox(1)).toEqual([about])
      expect((await store.totals(detector)).inboxMessages).toBe(2)
    })
  })

  describe('models', () => {
    const put = (digest: string, of = detector) =>
      bench.store.putModel({ detector: of, digest, createdAt: start, evaluation: '{}' }, Buffer.from(digest))

    test('versions count from 1 for each detector, and the same artifact keeps its version', async () => {
      expect([await put('aa'), await put('bb'), await put('aa'), await put('aa', 'other')]).toEqual([1, 2, 1, 1])
      const listed = (await bench.store.models(detector)).map(({ version, digest }) => `${version} ${digest}`)
      expect(listed).toEqual(['1 aa', '2 bb'])
      expect(await bench.store.models('third')).toEqual([])
    })

    test('a model is read as it was stored', async () => {
      const record = { detector, digest: 'aa', createdAt: 7, evaluation: '{"rows":1}' }
      const version = await bench.store.putModel(record, new Uint8Array([0, 1, 255]))
      expect(await bench.store.models(detector)).toEqual([{ ...record, version }])
      expect([...(await bench.store.artifact(detector, version))!]).toEqual([0, 1, 255])
      expect(await bench.store.artifact(detector, 9)).toBeUndefined()
    })

    test('an alias names one version until it is moved or taken away', async () => {
      const { store } = bench
      await put('aa')
      await put('bb')
      expect(await store.aliases(detector)).toEqual({})
      await store.setAlias(detector, 'champion', 1, 'first')
      await store.setAlias(detector, 'challenger', 2, 'newer')
      expect(await store.aliases(detector)).toEqual({ champion: 1, challenger: 2 })
      await store.setAlias(detector, 'champion', 2, 'better')
      await store.setAlias(detector, 'challenger', null, 'promoted')
      expect(await store.aliases(detector)).toEqual({ champion: 2 })
      expect(await store.aliases('other')).toEqual({})
    })

    test('a training is kept with its version, and its report stays where only the curve comes again', async () => {
      const { store } = bench
      expect(await store.training(detector, 1)).toBeUndefined()
      await store.putTraining(detector, 1, { curve: '[]', html: null })
      expect(await store.training(detector, 1)).toEqual({ curve: '[]', html: null })
      await store.putTraining(detector, 1, { curve: '[1]', html: '<p>' })
      await store.putTraining(detector, 1, { curve: '[2]', html: null })
      expect(await store.training(detector, 1)).toEqual({ curve: '[2]', html: '<p>' })
      expect(await store.training(detector, 2)).toBeUndefined()
    })

    test('thresholds that people chose are listed newest first, by version', async () => {
      const { store } = bench
      const change = { by: 'ann', reason: 'fewer reviews' }
      for (const threshold of [0.5, 0.7, 0.25]) await store.moveThreshold(detector, 1, { ...change, threshold })
      await store.moveThreshold(detector, 2, { ...change, threshold: 0.9 })
      const newest = await store.thresholdChanges(detector, 1, 2)
      expect(newest.map(({ threshold }) => threshold)).toEqual([0.25, 0.7])
      expect(newest[0]).toEqual({ ...change, threshold: 0.25, changedAt: start + 123 })
      expect(await store.thresholdChanges('other', 1, 2)).toEqual([])
    })

    test('scores are read newest first, over pages, within their range of time', async () => {
      const { store } = bench
      const n = 2500
      const all = Array.from({ length: n }, (_, i) =>
        decision(`d${i}`, { score: i / n, event: { time: start + Math.floor(i / 2), amount: i % 3 === 0 ? null : i } }),
      )
      await store.commit(batch(0, all))
      const found = await Array.fromAsync(store.scores(detector, start + 1, start + 1200))
      expect(found).toHaveLength(2 * 1199)
      expect(found[0]).toMatchObject({ eventTime: start + 1199, score: 2399 / n, amount: 2399, modelVersion: 1 })
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a))
      expect(await Array.fromAsync(store.scores('other', start, start + 1200))).toEqual([])
    })

    test('the history of an alias has every version that it named, oldest first, and where it was taken away', async () => {
      const { store } = bench
      for (const digest of ['a', 'b'])
        await store.putModel({ detector, digest, createdAt: 1, evaluation: '{}' }, new Uint8Array([1]))
      for (const version of [1, 2, null, 1]) await store.setAlias(detector, 'champion', version, 'why')
      expect(await store.aliasHistory(detector, 'champion')).toEqual([1, 2, null, 1])
      expect(await store.aliasHistory(detector, 'challenger')).toEqual([])
    })

    test('what shadows said comes newest first, beside what was answered', async () => {
      const { store } = bench
      const said = (eventId: string) => ({
        ...{ eventId, variant: 'next', modelVersion: 2, score: 0.25, outcome: 'pass' as const, scoredAt: 5 },
        ...{ answeredVersion: 1, answeredScore: 0.75, answeredOutcome: 'alert' as const },
      })
      await store.putShadowScores(detector, [said('a'), said('b')])
      await store.putShadowScores('other', [said('c')])
      expect(await store.shadowScores(detector, 10)).toEqual([said('b'), said('a')])
      expect(await store.shadowScores(detector, 1)).toEqual([said('b')])
    })

    test('an alias cannot name a version that there is not', async () => {
      await put('aa')
      const setting = bench.store.setAlias(detector, 'champion', 2, '')
      await expect(setting).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' })
      expect(await bench.store.aliases(detector)).toEqual({})
    })

    test('what another opening of the store writes is seen at once', async () => {
      const other = await bench.open()
      await put('aa')
      await other.setAlias(detector, 'champion', 1, 'from elsewhere')
      expect(await bench.store.aliases(detector)).toEqual({ champion: 1 })
      await bench.store.commit(batch(0, [alerting('a')]))
      expect(await other.alerts({ detector })).toHaveLength(1)
    })
  })
}
