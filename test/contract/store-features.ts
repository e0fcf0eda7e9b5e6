// An open store in, tests out: what features remember is kept with the batch that taught it, by one writer at a time.

import { describe, expect, test } from 'vitest'
import type { StoreBench } from './store.ts'
import { batch, decision, detector, start } from './store-samples.ts'

const set = 'set-1'
const bytes = (...values: number[]) => Uint8Array.from(values)
const change = (key: string, expected: number, ...values: number[]) => ({ key, expected, bytes: bytes(...values) })
const learning = (...states: ReturnType<typeof change>[]) => ({ featureChanges: { set, states } })

export function featuresContract(bench: StoreBench): void {
  describe('feature states', () => {
    const statesOf = async (...keys: string[]) =>
      [...(await bench.store.featureStates(detector, set, keys))]
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ key, version, bytes }) => ({ key, version, bytes: [...bytes] }))

    test('are committed with the batch, by key; a key without a state is not told', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')], learning(change('x', 0, 1, 2), change('ключ "q"', 0, 3))))
      expect(await statesOf('x', 'ключ "q"', 'y')).toEqual([
        { key: 'x', version: 1, bytes: [1, 2] },
        { key: 'ключ "q"', version: 1, bytes: [3] },
      ])
      expect(await store.featureStates('other', set, ['x'])).toEqual([])
      expect(await store.featureStates(detector, 'set-2', ['x'])).toEqual([])
    })

    test('a change that was made of another version is refused with its whole batch', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')], learning(change('x', 0, 1))))
      const stale = batch(1, [decision('b')], learning(change('y', 0, 5), change('x', 0, 2)))
      expect(await store.commit(stale)).toBe(false)
      expect(await store.partition(detector, 0)).toMatchObject({ next: 1 })
      expect(await store.decision(detector, 'b')).toBeUndefined()
      expect(await statesOf('x', 'y')).toEqual([{ key: 'x', version: 1, bytes: [1] }])
      expect(await store.commit(batch(1, [decision('b')], learning(change('x', 1, 2))))).toBe(true)
      expect(await statesOf('x')).toEqual([{ key: 'x', version: 2, bytes: [2] }])
      expect(await store.commit(batch(2, [decision('c')], learning(change('z', 4, 2))))).toBe(false)
    })

    test('a batch that learned from an event which is stored already is refused', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')], { partition: 1 }))
      expect(await store.commit(batch(0, [decision('a')], learning(change('x', 0, 1))))).toBe(false)
      expect(await statesOf('x')).toEqual([])
    })

    test('a whole set is put once, and not where decisions were stored that it has not learned from', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a'), decision('b')]))
      const { number } = (await store.decisionLog(detector, 0, 10)).at(-1)!
      const states = [{ key: 'x', bytes: bytes(7) }]
      expect(await store.hasFeatureSet(detector, set)).toBe(false)
      expect(await store.putFeatureSet({ detector, set, through: number - 1 }, states)).toBe(false)
      expect(await store.hasFeatureSet(detector, set)).toBe(false)
      expect(await store.putFeatureSet({ detector, set, through: number }, states)).toBe(true)
      expect(await store.hasFeatureSet(detector, set)).toBe(true)
      expect(await store.putFeatureSet({ detector, set, through: number }, [])).toBe(false)
      expect(await statesOf('x')).toEqual([{ key: 'x', version: 1, bytes: [7] }])
      await store.commit(batch(2, [decision('c')], learning(change('x', 1, 8))))
      expect(await statesOf('x')).toEqual([{ key: 'x', version: 2, bytes: [8] }])
    })

    test('the log has decisions in the order of their commits, whatever their times', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('late', { event: { time: start + 9 } }), decision('early')]))
      await store.commit(batch(0, [decision('c', { event: { time: start - 9 } })], { partition: 1 }))
      const log = await store.decisionLog(detector, 0, 10)
      expect(log.map(({ eventId }) => eventId)).toEqual(['late', 'early', 'c'])
      expect(log[0]).toMatchObject({ eventTime: start + 9, fields: { amount: 10, country: 'DE' } })
      const rest = await store.decisionLog(detector, log[0]!.number, 1)
      expect(rest.map(({ eventId }) => eventId)).toEqual(['early'])
    })

    test('the log of labels says what the event was labelled before', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a'), decision('b')]))
      const label = (eventId: string, answer: 'anomaly' | 'normal', labelledAt: number) =>
        store.label({ detector, eventId, label: answer, labelledAt, by: 'ann', note: null })
      await label('a', 'anomaly', start + 5)
      await label('b', 'normal', start + 6)
      await label('a', 'normal', start + 7)
      const log = await store.labelLog(detector, 0, 10)
      expect(log).toMatchObject([
        { eventId: 'a', label: 'anomaly', labelledAt: start + 5, previous: null },
        { eventId: 'b', label: 'normal', labelledAt: start + 6, previous: null },
        { eventId: 'a', label: 'normal', labelledAt: start + 7, previous: 'anomaly' },
      ])
      expect(await store.labelLog(detector, log[1]!.number, 10)).toHaveLength(1)
      expect(await store.labelLog('other', 0, 10)).toEqual([])
    })
  })
}
