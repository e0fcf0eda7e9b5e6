// Records that could not be scored, out; mended or as they are, into the stream again.

import { z } from 'zod'
import { TocsinError } from '../../core/error.ts'
import { DeadLetterJson, DeadLetterList, ReplayAnswer, ReplayBody } from '../api/deadLetters.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { deadLetterJson } from '../views.ts'
import { Limit } from './parameters.ts'

const theme = 'dead letters'
const query = z.strictObject({ limit: Limit, state: z.enum(['all', 'open']).default('all') })
const params = z.object({ id: z.coerce.number().int().min(1) })

export function deadLetterRoutes({ store, detector, replayDeadLetter }: Services): Route[] {
  return [
    jsonRoute({
      ...{ method: 'GET', path: '/v1/dead-letters', theme },
      summary:
        'Records that could not be decoded, validated or scored, newest first, with the reason; state=open leaves out those that were replayed.',
      query,
      answer: DeadLetterList,
      handle: async ({ query: { limit, state } }) => ({
        deadLetters: (await store.deadLetters(detector, limit, { isOpen: state === 'open' })).map(deadLetterJson),
      }),
    }),
    jsonRoute({
      ...{ method: 'GET', path: '/v1/dead-letters/:id', theme },
      summary: 'One of them, with all of its bytes.',
      params,
      answer: DeadLetterJson,
      handle: async ({ params: { id } }) => {
        const letter = await store.deadLetter(detector, id)
        if (!letter) throw new TocsinError('DEAD_LETTER_UNKNOWN', `there is no dead letter ${id}; see /v1/dead-letters`)
        return { ...deadLetterJson(letter), bytes: Buffer.from(letter.bytes).toString('base64') }
      },
    }),
    jsonRoute({
      ...{ method: 'POST', path: '/v1/dead-letters/:id/replay', theme },
      summary:
        'Puts it into the stream again, as it came or as the text that mends it. Refused, and left as it is, where the model still cannot read it.',
      params,
      body: ReplayBody,
      answer: ReplayAnswer,
      handle: async ({ params: { id }, body: { text } }) => ({
        id,
        ...(await replayDeadLetter(id, text === undefined ? undefined : Buffer.from(text))),
      }),
    }),
  ]
}
