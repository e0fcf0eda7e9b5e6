// What was sent, out: the inbox.

import { z } from 'zod'
import { InboxList } from '../api/notifications.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { inboxJson } from '../views.ts'
import { Limit } from './parameters.ts'

const query = z.strictObject({ limit: Limit })

export function boxRoutes({ store }: Services): Route[] {
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
  ]
}
