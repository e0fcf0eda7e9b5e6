// Events in, their places in the stream out: durable when it answers.

import { z } from 'zod'
import { EventBody, EventsAccepted } from '../api/events.ts'
import { jsonType, linesType } from '../body.ts'
import { keyOf, readEvents, refuseBad } from '../intake.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'

const OneOrMoreEvents = z.union([EventBody, z.array(EventBody)])

export function eventRoutes({ stream, scorer, clock, keyColumns = [] }: Services): Route[] {
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
        const positions = await stream.append(records)
        return { accepted: records.length, positions }
      },
    }),
  ]
}
