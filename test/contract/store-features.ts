// An open store in, tests out: what features remember is kept with the batch that taught it, by one writer at a time.

import { describe, expect, test } from 'vitest'
import type { StoreBench } from './store.ts'
import { batch, decision, detector, start } from './store-samples.ts'

const set = 'set-1'
const bytes = (...values: number[]) => Uint8Array.from(values)
const change = (key: string, expected: number, ...values: number[]) => ({ key, expected, bytes: bytes(...values) })
const knowing = (forgettings: number, ...states: ReturnType<typeof change>[]) => ({
  featureChanges: { set, forgettings, states },
})
const learning = (...states: ReturnType<typeof change>[]) => knowing(0, ...states)

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

    test('a forgetting is known to every batch after it: one that does not know of it is refused', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')], learning(change('x', 0, 1))))
      const { number } = (await store.decisionLog(detector, 0, 10)).at(-1)!
      await store.forgetFeatures(detector, set, start)
      await store.forgetFeatures(detector, set, start)
      await store.forgetFeatures(detector, set, start - 1)
      expect(await store.forgettings(detector, set)).toEqual([{ number: 1, base: start, through: number }])
      expect(await store.forgettings(detector, 'set-2')).toEqual([])
      const unaware = batch(1, [decision('b')], learning(change('x', 1, 2)))
      expect(await store.commit(unaware)).toBe(false)
      expect(await store.decision(detector, 'b')).toBeUndefined()
      expect(await store.commit({ ...unaware, ...knowing(1, change('x', 1, 2)) })).toBe(true)
      expect(await statesOf('x')).toEqual([{ key: 'x', version: 2, bytes: [2] }])
      await store.forgetFeatures(detector, set, start + 1)
      expect((await store.forgettings(detector, set)).map(({ number, base }) => [number, base])).toEqual([
        [1, start],
        [2, start + 1],
      ])
    })

    test('the heads of all states come in order of their keys, page by page', async () => {
      const { store } = bench
      await store.commit(
        batch(0, [decision('a')], learning(change('0/b', 0, 1, 2, 3), change('0/a', 0, 4), change('1/é', 0))),
      )
      const heads = async (after: string, limit: number) =>
        (await store.featureHeads({ detector, set, after, limit }, 2)).map(({ key, bytes }) => [key, ...bytes])
      expect(await heads('', 2)).toEqual([
        ['0/a', 4],
        ['0/b', 1, 2],
      ])
      expect(await heads('0/b', 2)).toEqual([['1/é']])
      expect(await heads('1/é', 2)).toEqual([])
    })

    test('a removed state begins again with a version that it never had, so that whoever holds the old one is refused', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')], learning(change('x', 0, 1), change('y', 0, 1))))
      await store.commit(batch(1, [decision('b')], learning(change('y', 1, 2))))
      // Nothing was forgotten yet.
      expect(await store.removeFeatureStates(detector, set, [{ key: 'x', version: 1 }])).toBe(0)
      await store.forgetFeatures(detector, set, start)
      const asRead = [
        { key: 'x', version: 1 },
        { key: 'y', version: 1 },
        { key: 'z', version: 1 },
      ]
      expect(await store.removeFeatureStates(detector, set, asRead)).toBe(1)
      expect(await statesOf('x', 'y')).toEqual([{ key: 'y', version: 2, bytes: [2] }])
      expect(await store.commit(batch(2, [decision('c')], knowing(1, change('x', 1, 9))))).toBe(false)
      expect(await store.commit(batch(2, [decision('c')], knowing(1, change('x', 0, 5))))).toBe(true)
      const [again] = await statesOf('x')
      expect(again!.version).toBeGreaterThan(2 ** 32)
      // The newest block is not removed from, or its versions would come again.
      expect(await store.removeFeatureStates(detector, set, [again!])).toBe(0)
      for (const held of [0, 1, 2]) {
        const stale = batch(3, [decision('d')], knowing(1, change('x', held, 9)))
        expect(await store.commit(stale)).toBe(false)
      }
      expect(await store.commit(batch(3, [decision('d')], knowing(1, change('x', again!.version, 6))))).toBe(true)
      expect(await statesOf('x')).toEqual([{ key: 'x', version: again!.version + 1, bytes: [6] }])
      await store.forgetFeatures(detector, set, start + 1)
      expect(await store.removeFeatureStates(detector, set, [{ key: 'x', version: again!.version + 1 }])).toBe(1)
      await store.commit(batch(4, [decision('e')], knowing(2, change('x', 0, 5))))
      expect((await statesOf('x'))[0]!.version).toBeGreaterThan(again!.version + 1)
    })

    test('what batches of another set, or none, have decided is missed, until the set has caught up', async () => {
      const { store } = bench
      await store.commit(batch(0, [decision('a')], learning(change('x', 0, 1))))
      expect(await store.unlearned(detector, set)).toEqual({ stretches: [], first: null })
      await store.commit(batch(1, [decision('b', { position: 1 }), decision('c', { position: 2 })]))
      await store.commit(batch(0, [decision('d', { partition: 1 })], { partition: 1 }))
      const log = await store.decisionLog(detector, 0, 10)
      expect(log.map(({ eventId, position }) => [eventId, position])).toContainEqual(['a', 0])
      const missed = await store.unlearned(detector, set)
      const [first, second] = [
        { partition: 0, from: 1, to: 3 },
        { partition: 1, from: 0, to: 1 },
      ]
      expect(missed).toEqual({ stretches: [first, second], first: log[1]!.number })
      expect(await store.commit(batch(3, [decision('e')], learning(change('x', 1, 2))))).toBe(false)
      const { featureChanges } = learning(change('x', 1, 7))
      expect(await store.catchUp(detector, featureChanges, [{ ...first, from: 0 }])).toBe(false)
      expect(await store.catchUp(detector, learning(change('x', 0, 7)).featureChanges, [first])).toBe(false)
      expect(await statesOf('x')).toEqual([{ key: 'x', version: 1, bytes: [1] }])
      expect(await store.catchUp(detector, featureChanges, [first])).toBe(true)
      expect(await store.catchUp(detector, learning(change('x', 2, 7)).featureChanges, [first])).toBe(false)
      expect(await statesOf('x')).toEqual([{ key: 'x', version: 2, bytes: [7] }])
      expect((await store.unlearned(detector, set)).stretches).toEqual([second])
      expect(await store.commit(batch(3, [decision('e')], learning(change('x', 2, 8))))).toBe(true)
      expect(await store.commit(batch(1, [decision('f')], { partition: 1, ...learning(change('x', 3, 9)) }))).toBe(
        false,
      )
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
