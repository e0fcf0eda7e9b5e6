// Seeded worlds: what producers send in the order in which the stream takes it, with all that goes wrong on the way.

import fc from 'fast-check'
import type { Stream } from '../../src/stream/stream.ts'
import { bytesOf, type SimulatedEvent } from './detector.ts'

const hour = 3_600_000
/** The wall clock of every simulation. */
export const now = Date.parse('2026-11-22T12:00:00Z')

export type Sent = SimulatedEvent | { readonly bad: string }

/** Events in steps of up to six hours, up to two days out of order; some repeated, as they were or altered under the same id;
 *  some bad, some from the future. */
export const worlds = fc
  .array(
    fc.record({
      stepHours: fc.nat(6),
      lateHours: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(47)),
      card: fc.nat(3),
      amount: fc.constantFrom(5, 50, 99, 100, 500),
      kind: fc.oneof(
        { weight: 12, arbitrary: fc.constant('new' as const) },
        { weight: 3, arbitrary: fc.constant('again' as const) },
        { weight: 2, arbitrary: fc.constant('altered' as const) },
        { weight: 1, arbitrary: fc.constant('bad' as const) },
        { weight: 1, arbitrary: fc.constant('future' as const) },
      ),
      pick: fc.nat(1000),
    }),
    { minLength: 1, maxLength: 40, size: 'max' },
  )
  .map((plans) => {
    const sent: Sent[] = []
    const events: SimulatedEvent[] = []
    let time = now - 30 * 24 * hour
    for (const [i, { stepHours, lateHours, card, amount, kind, pick }] of plans.entries()) {
      time += stepHours * hour
      const event = { id: `e${i}`, time: time - lateHours * hour, card: `c${card}`, amount }
      if (kind === 'again' && events.length > 0) sent.push(events[pick % events.length]!)
      else if (kind === 'altered' && events.length > 0) {
        const { id, card } = events[pick % events.length]!
        sent.push({ ...event, id, card })
      } else if (kind === 'bad') sent.push({ bad: `{"id": ${i}` })
      else if (kind === 'future') sent.push({ ...event, time: now + 24 * hour + 1 })
      else {
        events.push(event)
        sent.push(event)
      }
    }
    return sent
  })

/** Records of one card keep their partition, so repeated events do, too. */
const keyOf = (sent: Sent) => ('bad' in sent ? 'bad' : sent.card)
export const append = (stream: Stream, world: readonly Sent[]) =>
  stream.append(world.map((sent) => ({ key: keyOf(sent), bytes: bytesOf(sent) })))
