// An open store in, tests out: what the router lives on, and silences and acknowledgements.

import { describe, expect, test } from 'vitest'
import type { Silence } from '../../src/core/alert.ts'
import type { RouterStep } from '../../src/store/store.ts'
import type { StoreBench } from './store.ts'
import { alerting, alertOf, batch, decision, deliveryOf, detector, start } from './store-samples.ts'

const delivery = deliveryOf(alertOf(alerting('a')), 'mail')
const step = (expected: number, parts: Partial<RouterStep> = {}): RouterStep => ({
  detector,
  expected,
  cursor: 0,
  memory: [],
  deliveries: [],
  held: [],
  ...parts,
})
const silence = (id: string, parts: Partial<Silence> = {}): Silence => ({
  id,
  detector,
  matcher: { entity: 'card-1', amount: { below: 100 } },
  startsAt: start,
  endsAt: start + 1000,
  untilAnswered: null,
  by: 'ann',
  note: null,
  endedAt: null,
  endedBy: null,
  ...parts,
})

export function routingContract(bench: StoreBench): void {
  const commit = (expected: number, ...ids: readonly string[]) =>
    bench.store.commit(
      batch(
        expected,
        ids.map((id) => alerting(id)),
        { deliveries: [] },
      ),
    )

  describe('the router', () => {
    test('begins with nothing', async () => {
      expect(await bench.store.router(detector)).toEqual({ revision: 0, cursor: 0, memory: [] })
    })

    test('reads alerts in the order of their commits, page by page, each once', async () => {
      const { store } = bench
      const late = alerting('c', { event: { time: start - 5000 } })
      await store.commit(batch(0, [alerting('b'), decision('p'), alerting('a')], { deliveries: [] }))
      await store.commit(batch(0, [late], { partition: 1, deliveries: [] }))
      const first = await store.raised(detector, 0, 2)
      expect(first.map(({ alert }) => alert)).toEqual([alertOf(alerting('b')), alertOf(alerting('a'))])
      const rest = await store.raised(detector, first[1]!.number, 2)
      expect(rest.map(({ alert }) => alert.id)).toEqual(['al_c'])
      expect(rest[0]!.number).toBeGreaterThan(first[1]!.number)
      expect(await store.raised(detector, rest[0]!.number, 2)).toEqual([])
      expect(await store.raised('other', 0, 2)).toEqual([])
    })

    test('a step writes memory, deliveries and what was held, and moves the cursor', async () => {
      const { store } = bench
      await commit(0, 'a')
      const [raised] = await store.raised(detector, 0, 10)
      expect((await store.totals(detector)).unrouted).toBe(1)
      const memory = [
        { kind: 'told', key: 'mail card-1', value: '{"at":1}' },
        { kind: 'sent', key: 'mail', value: '[1]' },
      ]
      const held = [{ alertId: 'al_a', policy: 'hook', reason: 'quiet', at: start }]
      expect(await store.route(step(0, { cursor: raised!.number, memory, deliveries: [delivery], held }))).toBe(true)
      expect(await store.router(detector)).toEqual({
        revision: 1,
        cursor: raised!.number,
        memory: [memory[1], memory[0]],
      })
      expect(await store.due(Infinity, 10)).toEqual([delivery])
      expect(await store.held('al_a')).toEqual(held)
      const { eventTime } = raised!.alert
      expect(await store.heldCounts(detector, eventTime, eventTime + 1)).toEqual([
        { policy: 'hook', reason: 'quiet', alerts: 1 },
      ])
      expect(await store.heldCounts(detector, eventTime + 1, eventTime + 2)).toEqual([])
      expect(await store.totals(detector)).toMatchObject({ unrouted: 0, deliveries: { pending: 1 } })
      const change = [
        { kind: 'sent', key: 'mail', value: null },
        { kind: 'told', key: 'mail card-1', value: '{"at":2}' },
      ]
      await store.route(step(1, { cursor: raised!.number, memory: change }))
      expect((await store.router(detector)).memory).toEqual([{ kind: 'told', key: 'mail card-1', value: '{"at":2}' }])
      expect(await store.router('other')).toMatchObject({ revision: 0, memory: [] })
    })

    test('between an alert and its message the totals never overlook both, however they are read', async () => {
      const { store } = bench
      const overlooked: number[] = []
      for (let i = 0; i < 40; i++) {
        await commit(i, `e${i}`)
        const alert = alertOf(alerting(`e${i}`))
        const routing = store.route(step(i, { cursor: i + 1, deliveries: [deliveryOf(alert, 'mail')] }))
        for (let look = 0; look < 4; look++) {
          const { unrouted, deliveries } = await store.totals(detector)
          if (unrouted + deliveries.pending <= i) overlooked.push(i)
        }
        await routing
      }
      expect(overlooked).toEqual([])
    })

    test('of two routers that read the same revision only one writes, and the other writes nothing', async () => {
      const other = await bench.open()
      await commit(0, 'a')
      const memory = [{ kind: 'sent', key: 'mail', value: '[]' }]
      const held = [{ alertId: 'al_a', policy: 'mail', reason: 'quiet', at: start }]
      const results = await Promise.all([
        bench.store.route(step(0, { cursor: 1 })),
        other.route(step(0, { cursor: 1, memory, held, deliveries: [delivery] })),
      ])
      expect(results.filter(Boolean)).toHaveLength(1)
      const isOther = results[1] === true
      expect(await other.router(detector)).toEqual({ revision: 1, cursor: 1, memory: isOther ? memory : [] })
      expect(await other.due(Infinity, 10)).toEqual(isOther ? [delivery] : [])
      expect(await other.held('al_a')).toEqual(isOther ? held : [])
    })

    test('a cursor that goes back is a mistake, and writes nothing', async () => {
      const { store } = bench
      await store.route(step(0, { cursor: 5 }))
      await expect(store.route(step(1, { cursor: 4 }))).rejects.toThrow('never goes back')
      expect(await store.router(detector)).toMatchObject({ revision: 1, cursor: 5 })
    })

    test('stands where it stood after a reopening', async () => {
      const memory = [{ kind: 'sent', key: 'mail', value: '[3]' }]
      await bench.store.route(step(0, { cursor: 9, memory }))
      expect(await (await bench.open()).router(detector)).toEqual({ revision: 1, cursor: 9, memory })
    })
  })

  describe('silences', () => {
    const active = async (activeAt: number) =>
      (await bench.store.silences(detector, { limit: 10, activeAt })).map(({ id }) => id)

    test('hold from their start up to their end, the end not included', async () => {
      await bench.store.addSilence(silence('s1'))
      await bench.store.addSilence(silence('s2', { startsAt: start + 500, endsAt: null }))
      expect(await active(start - 1)).toEqual([])
      expect(await active(start)).toEqual(['s1'])
      expect(await active(start + 999)).toEqual(['s2', 's1'])
      expect(await active(start + 1000)).toEqual(['s2'])
      expect(await bench.store.silences('other', { limit: 10 })).toEqual([])
    })

    test('are read as they were written, newest start first, and the same id is stored once', async () => {
      const { store } = bench
      const second = silence('s2', { startsAt: start + 1, endsAt: null, untilAnswered: 'al_a', note: 'known' })
      await store.addSilence(silence('s1'))
      await store.addSilence(second)
      await store.addSilence(silence('s1', { by: 'ben' }))
      expect(await store.silences(detector, { limit: 10 })).toEqual([second, silence('s1')])
      expect(await store.silences(detector, { limit: 1 })).toEqual([second])
    })

    test('end by hand once, and say who ended them', async () => {
      const { store } = bench
      await store.addSilence(silence('s1'))
      expect(await store.endSilence('other', 's1', 'ben', start + 3)).toBe(false)
      expect(await store.endSilence(detector, 's1', 'ben', start + 3)).toBe(true)
      expect(await store.endSilence(detector, 's1', 'eve', start + 4)).toBe(false)
      expect(await active(start + 5)).toEqual([])
      expect((await store.silences(detector, { limit: 10 }))[0]).toMatchObject({ endedAt: start + 3, endedBy: 'ben' })
    })

    test('that wait for an answer end with the label or the acknowledgement of their alert', async () => {
      const { store } = bench
      await commit(0, 'a', 'b')
      const waiting = { endsAt: null, matcher: {} }
      await store.addSilence(silence('s1', { ...waiting, untilAnswered: 'al_a' }))
      await store.addSilence(silence('s2', { ...waiting, untilAnswered: 'al_b' }))
      expect(await active(start)).toEqual(['s1', 's2'])
      await store.label({ detector, eventId: 'a', label: 'normal', labelledAt: start, by: 'ann', note: null })
      expect(await active(start)).toEqual(['s2'])
      await store.acknowledge({ alertId: 'al_b', by: 'ann', at: start, note: null })
      expect(await active(start)).toEqual([])
    })
  })

  describe('acknowledgements', () => {
    test('are kept with who and when; the first stays', async () => {
      const { store } = bench
      await commit(0, 'a')
      expect(await store.acknowledge({ alertId: 'al_a', by: 'ann', at: start, note: 'on it' })).toBe(true)
      expect(await store.acknowledge({ alertId: 'al_a', by: 'ben', at: start + 1, note: null })).toBe(true)
      expect(await store.acknowledgement('al_a')).toEqual({ alertId: 'al_a', by: 'ann', at: start, note: 'on it' })
      expect(await store.acknowledge({ alertId: 'al_x', by: 'ann', at: start, note: null })).toBe(false)
      expect(await store.acknowledgement('al_x')).toBeUndefined()
    })

    test('answer for the earlier alerts of the same group, not for later or other ones', async () => {
      const { store } = bench
      const other = alerting('other', { event: { entity: 'card-2' } })
      await store.commit(batch(0, [alerting('a'), other, alerting('b'), alerting('c')], { deliveries: [] }))
      await store.acknowledge({ alertId: 'al_b', by: 'ann', at: start, note: null })
      const answered = await store.answered(['al_a', 'al_b', 'al_c', 'al_other', 'al_x'])
      expect([...answered].sort()).toEqual(['al_a', 'al_b'])
    })

    test('a label is an answer, too', async () => {
      const { store } = bench
      await commit(0, 'a', 'b')
      await store.label({ detector, eventId: 'b', label: 'anomaly', labelledAt: start, by: 'ann', note: null })
      expect([...(await store.answered(['al_a', 'al_b']))]).toEqual(['al_b'])
      expect((await store.answered([])).size).toBe(0)
    })

    test('what was answered through a link is, too, even "unsure"', async () => {
      const { store } = bench
      await commit(0, 'a', 'b')
      const how = { answer: 'unsure', answeredAt: start, by: 'ann', note: null, receiver: 'mail' } as const
      await store.answer({ link: 'l1', detector, alertId: 'al_b', eventId: 'b', ...how })
      expect([...(await store.answered(['al_a', 'al_b']))]).toEqual(['al_b'])
    })
  })
}
