// Which decisions become alerts, and who hears of them.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AlertView } from '../core/alert.ts'
import { ManualClock } from '../core/clock.ts'
import type { Decision } from '../core/decision.ts'
import { type AlertingOptions, type AlertReceiver, alertOf, openAlerting } from './alert.ts'

const hour = 3_600_000

function decision(
  changes: { id?: string; time?: number; entity?: string | null; outcome?: 'alert' | 'pass' } = {},
): Decision {
  const { id = 'e1', time = 1000, entity = 'c1', outcome = 'alert' } = changes
  return {
    detector: 'cards',
    event: { id, time, entity, amount: 12, fields: {} },
    score: 0.9,
    threshold: 0.5,
    outcome,
    modelVersion: 3,
    vector: Float32Array.of(1),
    reasons: [{ feature: 'amount', value: 12, contribution: 2, text: 'amount 12 is high' }],
    partition: 0,
    position: 0,
    isLate: false,
  }
}

const everyone: AlertReceiver[] = [
  { name: 'inbox', groupForMs: 0 },
  { name: 'mail', groupForMs: hour },
]

function open(changes: Partial<AlertingOptions> = {}) {
  return openAlerting({
    detector: 'cards',
    receivers: everyone,
    urlOf: (id) => `http://localhost/alerts/${id}`,
    clock: new ManualClock(77),
    reachedTime: Number.NEGATIVE_INFINITY,
    alerts: async () => [],
    ...changes,
  })
}

const names = (deliveries: readonly { receiver: string }[]) => deliveries.map(({ receiver }) => receiver)

describe('an alert', () => {
  test('carries what a person needs to know of the event', () => {
    expect(alertOf(decision())).toEqual({
      id: expect.stringMatching(/^al_[0-9a-f]{24}$/),
      detector: 'cards',
      eventId: 'e1',
      eventTime: 1000,
      groupKey: 'c1',
      entity: 'c1',
      amount: 12,
      score: 0.9,
      threshold: 0.5,
      modelVersion: 3,
      reasons: decision().reasons,
    })
  })

  test('is not made of a decision that passed', () => {
    expect(alertOf(decision({ outcome: 'pass' }))).toBeUndefined()
  })

  test('has the same id however often it is made, and another for another event or detector', () => {
    const { id } = alertOf(decision())!
    expect(alertOf({ ...decision(), modelVersion: 9 })!.id).toBe(id)
    expect(alertOf(decision({ id: 'e2' }))!.id).not.toBe(id)
    expect(alertOf({ ...decision(), detector: 'claims' })!.id).not.toBe(id)
  })

  test('of an event without entity is a group of its own', () => {
    expect(alertOf(decision({ entity: null }))!.groupKey).toBe('e1')
  })
})

describe('deliveries', () => {
  test('are due at once, one for each receiver, with ids of their own', async () => {
    const { alerts, deliveries, suppressed } = (await open())([decision(), decision({ outcome: 'pass' })])
    expect(alerts).toHaveLength(1)
    expect(suppressed).toBe(0)
    expect(deliveries).toEqual(
      ['inbox', 'mail'].map((receiver) => ({
        id: expect.stringMatching(/^dl_[0-9a-f]{24}$/),
        receiver,
        message: { kind: 'alert', alert: alerts[0], urls: { alert: `http://localhost/alerts/${alerts[0]!.id}` } },
        state: 'pending',
        attempts: 0,
        nextAttemptAt: 77,
        reason: null,
      })),
    )
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(2)
    expect((await open())([decision()]).deliveries).toEqual(deliveries)
  })

  test('an alert in a group told within the span is kept from receivers that group, and counted', async () => {
    const alerting = await open()
    alerting([decision()])
    const again = alerting([decision({ id: 'e2', time: 1000 + hour - 1 })])
    expect(names(again.deliveries)).toEqual(['inbox'])
    expect(again.alerts).toHaveLength(1)
    expect(again.suppressed).toBe(1)
  })

  test('the span counts from the last message, not from the last alert', async () => {
    const alerting = await open()
    const told = [0, 0.9, 1.2, 1.9, 2.3].map((hours, i) => {
      const { deliveries } = alerting([decision({ id: `e${i}`, time: hours * hour })])
      return names(deliveries).includes('mail')
    })
    expect(told).toEqual([true, false, true, false, true])
  })

  test('other groups, and events without entity, are told each for itself', async () => {
    const alerting = await open()
    const decisions = [decision(), decision({ id: 'e2', entity: 'c2' }), decision({ id: 'e3', entity: null })]
    expect(names(alerting(decisions).deliveries)).toEqual(['inbox', 'mail', 'inbox', 'mail', 'inbox', 'mail'])
  })

  test('an event from before the last message is kept back within the span and told beyond it', async () => {
    const alerting = await open()
    alerting([decision({ time: 10 * hour })])
    expect(names(alerting([decision({ id: 'e2', time: 9.5 * hour })]).deliveries)).toEqual(['inbox'])
    expect(names(alerting([decision({ id: 'e3', time: 8 * hour })]).deliveries)).toEqual(['inbox', 'mail'])
    // Telling of the old one has not made the newer message forgotten.
    expect(names(alerting([decision({ id: 'e4', time: 10.5 * hour })]).deliveries)).toEqual(['inbox'])
  })
})

describe('after a restart', () => {
  const alert = (id: string, time: number, receivers: string[]): AlertView => ({
    ...alertOf(decision({ id, time }))!,
    label: null,
    labelledBy: null,
    labelledAt: null,
    deliveries: receivers.map((receiver) => ({ receiver, state: 'sent' })),
  })

  test('a group that the store says was told is not told again', async () => {
    const alerts = async () => [alert('e2', 1.5 * hour, ['inbox']), alert('e1', hour, ['inbox', 'mail'])]
    const alerting = await open({ alerts, reachedTime: 1.5 * hour })
    expect(names(alerting([decision({ id: 'e3', time: 1.9 * hour })]).deliveries)).toEqual(['inbox'])
    expect(names(alerting([decision({ id: 'e4', time: 2 * hour })]).deliveries)).toEqual(['inbox', 'mail'])
  })

  test('the store is not asked where nobody groups, or nothing has come yet', async () => {
    const alerts = async () => {
      throw new Error('asked')
    }
    await open({ alerts })
    await open({ alerts, reachedTime: 5, receivers: [{ name: 'inbox', groupForMs: 0 }] })
  })

  test('alerts are read page by page, newest first, as far back as they can matter', async () => {
    const stored = Array.from({ length: 2500 }, (_, i) => alert(`e${i}`, 10 * hour - i, i === 2400 ? ['mail'] : []))
    const asked: unknown[] = []
    const alerting = await open({
      reachedTime: 10 * hour,
      alerts: async (query) => {
        asked.push(query)
        const start = query.before ? stored.findIndex(({ id }) => id === query.before) + 1 : 0
        return stored.slice(start, start + query.limit!)
      },
    })
    expect(asked).toHaveLength(3)
    expect(asked[0]).toEqual({ detector: 'cards', from: 8 * hour, to: 10 * hour + 1, limit: 1000 })
    expect(names(alerting([decision({ id: 'new', time: 10 * hour })]).deliveries)).toEqual(['inbox'])
  })

  test('groups are told as without the restart, wherever it falls, while events come at most a span out of order', async () => {
    const event = fc.record({ minute: fc.nat(600), disorder: fc.nat(55), card: fc.nat(3) })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30 }), fc.nat(30), async (events, cut) => {
        const decisions = events
          .sort((a, b) => a.minute - b.minute)
          .map(({ minute, disorder, card }, i) =>
            decision({ id: `e${i}`, time: (minute - disorder) * 60_000, entity: `c${card}` }),
          )
        const whole = (await open())(decisions)
        const before = (await open())(decisions.slice(0, cut))
        const reachedTime = Math.max(...before.alerts.map(({ eventTime }) => eventTime))
        const alerts = async () => before.alerts.map((made) => viewOf(made, before.deliveries)).reverse()
        const after = (await open({ alerts, reachedTime }))(decisions.slice(cut))
        expect([...before.deliveries, ...after.deliveries]).toEqual(whole.deliveries)
      }),
    )
  })

  const viewOf = (
    made: ReturnType<typeof alertOf> & {},
    deliveries: readonly { receiver: string; message: unknown }[],
  ) => ({
    ...alert(made.eventId, made.eventTime, []),
    ...made,
    deliveries: deliveries
      .filter(({ message }) => JSON.stringify(message).includes(made.id))
      .map(({ receiver }) => ({ receiver, state: 'pending' as const })),
  })
})
