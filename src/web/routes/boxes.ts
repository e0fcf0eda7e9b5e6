// What was sent and what could not be scored, out: the inbox and the dead letters.

import { z } from 'zod'
import { DeadLetterList, InboxList } from '../api.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { deadLetterJson, inboxJson } from '../views.ts'
import { Limit } from './parameters.ts'

const query = z.strictObject({ limit: Limit })

export function boxRoutes({ store, detector }: Services): Route[] {
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/inbox',
      theme: 'inbox',
      summary: 'Messages that the inbox receiver got, newest first.',
      query,
      answer: InboxList,
      handle: async ({ query: { limit } }) => ({ messages: (await store.inbox(limit)).map(inboxJson) }),
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/dead-letters',
      theme: 'dead letters',
      summary: 'Records that could not be decoded, validated or scored, newest first, with the reason.',
      query,
      answer: DeadLetterList,
      handle: async ({ query: { limit } }) => ({
        deadLetters: (await store.deadLetters(detector, limit)).map(deadLetterJson),
      }),
    }),
  ]
}
