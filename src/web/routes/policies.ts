// Questions about policies in, each in a sentence, and what they would have done with the alerts of the past, out.

import { PolicyList, SimulateAnswer, SimulateBody } from '../api/policies.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { iso } from '../views.ts'

export function policyRoutes({ policies }: Services): Route[] {
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/policies',
      theme: 'alerts',
      summary: 'Who is told of which alerts, when and how often: a sentence for each receiver.',
      answer: PolicyList,
      handle: async () => ({ policies: policies.explain() }),
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/policies/simulate',
      theme: 'alerts',
      summary: 'Plays policies over the alerts of the past: who would have been told what, and when.',
      body: SimulateBody,
      answer: SimulateAnswer,
      handle: async ({ body: { from, to, change, limit } }) => {
        const range = { from: Date.parse(from), to: Date.parse(to), limit }
        const { messages, ...rest } = await policies.simulate({ ...range, change })
        return { ...rest, messages: messages.map(({ at, ...message }) => ({ ...message, at: iso(at) })) }
      },
    }),
  ]
}
