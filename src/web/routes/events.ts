// Events in, their places in the stream out: durable when it answers.

import { z } from 'zod'
import { TocsinError } from '../../core/error.ts'
import { EventBody, EventsAccepted } from '../api.ts'
import { jsonType, linesType } from '../body.ts'
import { keyOf, readEvents, refuseBad } from '../intake.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'

/** So many bodies of the largest size may wait for the disk; more are sent away, not kept in memory. */
const maxBodiesWaiting = 4

export const OneOrMoreEvents = z.union([EventBody, z.array(EventBody)])

export function eventRoutes(services: Services): Route[] {
  const { stream, scorer, clock, maxBodyBytes, keyColumns = [] } = services
  const gate = new Gate(maxBodiesWaiting * maxBodyBytes)
  return [
    jsonRoute({
      method: 'POST',
      path: '/v1/events',
      theme: 'events',
      summary:
        'Takes events in: one object, a list, or one JSON object a line. Answers when they would survive a power cut. One bad event refuses all, and nothing is stored; with onInvalid=deadLetter all are taken, and bad ones go to the dead letters.',
      query: z.strictObject({ onInvalid: z.enum(['refuse', 'deadLetter']).default('refuse') }),
      consumes: [jsonType, linesType],
      status: 202,
      answer: EventsAccepted,
      documentedBody: OneOrMoreEvents,
      handle: async ({ query, request }) => {
        const read = readEvents(request.body, await scorer(), clock.now())
        const events = query.onInvalid === 'refuse' ? refuseBad(read) : read
        const records = events.map((event) => ({ key: keyOf(event, keyColumns), bytes: event.bytes }))
        const sizeBytes = records.reduce((sum, { bytes }) => sum + bytes.length, 0)
        const positions = await gate.pass(sizeBytes, () => stream.append(records))
        return { accepted: records.length, positions }
      },
    }),
  ]
}

/** Lets work through while what is inside stays below a size; one too large for an empty gate still passes. */
class Gate {
  readonly #maxBytes: number
  #insideBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  async pass<T>(sizeBytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#insideBytes > 0 && this.#insideBytes + sizeBytes > this.#maxBytes)
      throw full(this.#insideBytes, this.#maxBytes)
    this.#insideBytes += sizeBytes
    try {
      return await work()
    } finally {
      this.#insideBytes -= sizeBytes
    }
  }
}

function full(insideBytes: number, maxBytes: number): TocsinError {
  const message = `${insideBytes} bytes of events wait for the disk; expected room within ${maxBytes}. Nothing was taken: send it again after the time in Retry-After.`
  return new TocsinError('QUEUE_FULL', message)
}
