// The part of the store contract that people's answers through links, given-up deliveries and proofs of life rest on.

import { describe, expect, test } from 'vitest'
import { type AnswerRecord, canaryReceiver, type Notice } from '../../src/core/alert.ts'
import type { StoreBench } from './store.ts'
import { alerting, alertOf, batch, deliveryOf, detector, start } from './store-samples.ts'

const answer = (parts: Partial<AnswerRecord> = {}): AnswerRecord => ({
  link: 'link-1',
  detector,
  alertId: 'al_a',
  eventId: 'a',
  answer: 'anomaly',
  answeredAt: start + 5,
  by: 'ada',
  note: 'stolen card',
  receiver: 'mail',
  ...parts,
})
const notice: Notice = {
  kind: 'notice',
  detector,
  topic: 'test',
  subject: 'A test',
  text: 'It works.',
  at: start,
  urls: { page: 'http://localhost/' },
}
const alert = alertOf(alerting('a'))
const about = (id: string, receiver = 'mail') => deliveryOf(alert, receiver, { id, message: notice })

export function answersContract(bench: StoreBench): void {
  const give = (parts?: Partial<AnswerRecord>) => bench.store.answer(answer(parts))
  const answers = (alertId?: string) =>
    bench.store.answers({ detector, limit: 10, ...(alertId === undefined ? {} : { alertId }) })

  describe('an answer through a link', () => {
    test('labels its alert and its event, and stands in the trail as it was given', async () => {
      const { store } = bench
      await store.commit(batch(0, [alerting('a')]))
      expect(await give()).toBe('recorded')
      expect(await store.alert('al_a')).toMatchObject({ label: 'anomaly', labelledBy: 'ada', labelledAt: start + 5 })
      expect(await store.labels(detector)).toMatchObject([{ eventId: 'a', label: 'anomaly', note: 'stolen card' }])
      expect(await answers()).toEqual([answer()])
    })

    test('counts once: the link is spent', async () => {
      await bench.store.commit(batch(0, [alerting('a')]))
      await give()
      expect(await give({ answer: 'normal', by: 'bob' })).toBe('spent')
      expect(await answers()).toEqual([answer()])
      expect(await bench.store.labels(detector)).toHaveLength(1)
    })

    test.each(['unsure', 'silence'] as const)('of "%s" is kept and is no label', async (said) => {
      await bench.store.commit(batch(0, [alerting('a')]))
      expect(await give({ answer: said, note: null })).toBe('recorded')
      expect(await answers('al_a')).toEqual([answer({ answer: said, note: null })])
      expect(await answers('al_b')).toEqual([])
      expect(await bench.store.labels(detector)).toEqual([])
    })

    test('about an event that is not stored is refused, and does not spend the link', async () => {
      expect(await give()).toBe('unknown')
      await bench.store.commit(batch(0, [alerting('a')]))
      expect(await give()).toBe('recorded')
    })

    test('the last comes first, and no more than asked for', async () => {
      await bench.store.commit(batch(0, [alerting('a')]))
      for (const link of ['1', '2', '3']) await give({ link })
      const some = await bench.store.answers({ detector, limit: 2 })
      expect(some.map(({ link }) => link)).toEqual(['3', '2'])
      expect(await bench.store.answers({ detector: 'other', limit: 2 })).toEqual([])
    })
  })

  describe('a delivery that no batch made', () => {
    test('is due like any other, once, and found by its id, state and receiver', async () => {
      const { store } = bench
      await store.enqueue(detector, [about('n1'), about('n2', 'hook')])
      await store.enqueue(detector, [{ ...about('n1'), nextAttemptAt: start + 99 }])
      expect((await store.due(start, 10)).map(({ id }) => id)).toEqual(['n1', 'n2'])
      expect(await store.delivery('n1')).toEqual(about('n1'))
      expect(await store.delivery('n3')).toBeUndefined()
      const found = async (query: object) =>
        (await store.deliveries({ detector, limit: 10, ...query })).map(({ id }) => id)
      expect(await found({})).toEqual(['n2', 'n1'])
      expect(await found({ limit: 1 })).toEqual(['n2'])
      expect(await found({ receiver: 'mail' })).toEqual(['n1'])
      await store.settle('n2', { state: 'dead', reason: 'no' })
      expect(await found({ state: 'dead' })).toEqual(['n2'])
      expect(await found({ state: 'dead', receiver: 'mail' })).toEqual([])
      expect(await found({ detector: 'other' })).toEqual([])
    })

    test('that is dead can be tried anew, under its id; what is not dead stays as it is', async () => {
      const { store } = bench
      await store.enqueue(detector, [about('n1')])
      expect(await store.revive('n1', start)).toBe(false)
      await store.settle('n1', { state: 'dead', reason: 'no such address' })
      expect(await store.revive('n1', start + 7)).toBe(true)
      expect(await store.due(start + 7, 10)).toMatchObject([{ id: 'n1', attempts: 0, nextAttemptAt: start + 7 }])
      expect((await store.totals(detector)).deliveries).toEqual({ pending: 1, sent: 0, dead: 0 })
      expect(await store.revive('unknown', start)).toBe(false)
    })

    test.each(['sent', 'dead'] as const)('of a canary is counted nowhere, and gone once %s', async (state) => {
      const { store } = bench
      await store.enqueue(detector, [about('c1', canaryReceiver)])
      expect(await store.deliveries({ detector, limit: 10 })).toEqual([])
      expect((await store.totals(detector)).deliveries.pending).toBe(0)
      expect(await store.due(start, 10)).toHaveLength(1)
      await store.settle('c1', state === 'sent' ? { state } : { state, reason: 'no' })
      expect(await store.delivery('c1')).toBeUndefined()
      expect((await store.totals(detector)).deliveries).toEqual({ pending: 0, sent: 0, dead: 0 })
    })
  })

  test('a browser that wants to be told is kept once, with its newest keys, until it is taken out', async () => {
    const { store } = bench
    const one = { endpoint: 'https://push.example/1', p256dh: 'key', auth: 'auth', addedAt: 1 }
    const two = { ...one, endpoint: 'https://push.example/2', addedAt: 2 }
    await store.putSubscription(one)
    await store.putSubscription(two)
    await store.putSubscription({ ...one, auth: 'newer' })
    expect(await store.subscriptions()).toEqual([{ ...one, auth: 'newer' }, two])
    await store.removeSubscription(one.endpoint)
    expect(await store.subscriptions()).toEqual([two])
  })
}
