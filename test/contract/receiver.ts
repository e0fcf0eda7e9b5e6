// A receiver and the other side that it talks to in → the tests that every receiver must pass.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Alert, Delivery, Message } from '../../src/core/alert.ts'
import type { Receiver } from '../../src/notify/receiver.ts'

/** How the other side behaves: hears; fails for now; refuses for good; takes the message and never answers; is not there. */
type Behaviour = 'hears' | 'fails' | 'refuses' | 'silent' | 'gone'

export type OtherSide = {
  readonly receiver: Receiver
  behave(behaviour: Behaviour): Promise<void>
  /** The idempotency key of each message that arrived, in order, as the other side reads it from the wire. */
  keys(): readonly string[]
  /** Everything that arrived, as text. */
  texts(): readonly string[]
  close(): Promise<void>
}

export const exampleAlert: Alert = {
  id: 'al_000000000000000000000001',
  detector: 'card-fraud',
  eventId: 't-0048151',
  eventTime: Date.parse('2026-11-22T13:03:07Z'),
  groupKey: 'card-00412',
  entity: 'card-00412',
  amount: 812.4,
  score: 0.97,
  threshold: 0.83,
  modelVersion: 3,
  reasons: [
    { feature: 'amount', value: 812.4, contribution: 2.1, text: 'amount 812.40 is high (usual: 4.10 to 96.00)' },
    { feature: 'hour', value: 3, contribution: 1.4, text: 'hour 3 is unusual (usual: 8 to 22)' },
    { feature: 'country', value: 'NZ', contribution: 0.9, text: 'country NZ is rare' },
    { feature: 'terminal', value: 't7', contribution: 0.1, text: 'terminal t7 is new' },
  ],
}
export const exampleSummary: Message = {
  kind: 'dailySummary',
  detector: 'card-fraud',
  day: '2026-11-22',
  subject: 'card-fraud on 2026-11-22: 3 alerts',
  text: 'Three alerts among 1,200 events.',
  html: '<p>Three alerts among 1,200 events.</p>',
  urls: { report: 'http://127.0.0.1:4380/reports/2026-11-22' },
}

export const exampleNotice: Message = {
  kind: 'notice',
  detector: 'card-fraud',
  topic: 'noEvents',
  subject: 'No events for 30 minutes',
  text: 'The last one came at 14:03 <UTC>.\nLook at what sends them.',
  at: Date.parse('2026-11-22T13:33:07Z'),
  urls: { page: 'http://127.0.0.1:4380/' },
}

/** A delivery of the example alert, or of `message`. */
export function exampleDelivery(fields: Partial<Delivery> = {}): Delivery {
  return {
    id: 'de_000000000000000000000001',
    receiver: 'example',
    message: { kind: 'alert', alert: exampleAlert, urls: { alert: 'http://127.0.0.1:4380/alerts/al_1' } },
    state: 'pending',
    attempts: 0,
    nextAttemptAt: 0,
    reason: null,
    ...fields,
  }
}

/**
 * Declares the tests of what the other side `can` show beside hearing (nobody refuses a line on the console);
 * `open` gives a fresh receiver whose other side hears.
 */
export function receiverContract(name: string, can: readonly Behaviour[], open: () => Promise<OtherSide>): void {
  describe(`the receiver contract: ${name}`, () => {
    let side: OtherSide
    const deliver = (delivery = exampleDelivery(), signal = new AbortController().signal) =>
      side.receiver.deliver(delivery, signal)
    const itWhere = (behaviour: Behaviour, sentence: string, body: () => Promise<void>) => {
      if (can.includes(behaviour)) it(sentence, () => side.behave(behaviour).then(body))
    }

    beforeEach(async () => {
      side = await open()
    })
    afterEach(() => side.close())

    it('answers ok when the other side has the message, with whom, how much and why in it', async () => {
      expect(await deliver()).toEqual({ ok: true })
      expect(side.keys()).toHaveLength(1)
      for (const fact of ['card-00412', '812.4', '0.97', 'amount 812.40 is high'])
        expect(side.texts()[0]).toContain(fact)
    })

    it('tells of a daily summary too', async () => {
      expect(await deliver(exampleDelivery({ message: exampleSummary }))).toEqual({ ok: true })
      expect(side.texts()[0]).toContain('card-fraud on 2026-11-22')
    })

    it('tells of a notice too', async () => {
      expect(await deliver(exampleDelivery({ message: exampleNotice }))).toEqual({ ok: true })
      expect(side.texts()[0]).toContain('No events for 30 minutes')
    })

    it('carries the same key on every try of a delivery, and another for another delivery', async () => {
      await deliver()
      await deliver(exampleDelivery({ attempts: 1, reason: 'the first answer was lost' }))
      await deliver(exampleDelivery({ id: 'de_000000000000000000000002' }))
      const [first, second, third] = side.keys()
      expect(second).toBe(first)
      expect(third).not.toBe(first)
    })

    itWhere('fails', 'asks to try again, with a reason, when the other side fails for now', async () => {
      expect(await deliver()).toMatchObject({ ok: false, retry: true, reason: expect.stringMatching(/^.+$/) })
    })

    itWhere('refuses', 'asks to let it be, with a reason, when the other side refuses for good', async () => {
      expect(await deliver()).toMatchObject({ ok: false, retry: false, reason: expect.stringMatching(/^.+$/) })
    })

    itWhere('gone', 'asks to try again, with a reason, when nobody is there', async () => {
      expect(await deliver()).toMatchObject({ ok: false, retry: true, reason: expect.stringMatching(/^.+$/) })
    })

    itWhere('gone', 'delivers once the other side is back', async () => {
      await deliver()
      await side.behave('hears')
      expect(await deliver(exampleDelivery({ attempts: 1 }))).toEqual({ ok: true })
    })

    itWhere('silent', 'stops waiting for a silent other side when it is told to stop', async () => {
      const stop = new AbortController()
      const answer = deliver(exampleDelivery(), stop.signal)
      await new Promise((resolve) => setTimeout(resolve, 50))
      stop.abort()
      expect(await answer).toMatchObject({ ok: false, retry: true })
    })

    it('sends nothing when it is told to stop before it begins', async () => {
      expect(await deliver(exampleDelivery(), AbortSignal.abort())).toMatchObject({ ok: false, retry: true })
      expect(side.keys()).toEqual([])
    })
  })
}
