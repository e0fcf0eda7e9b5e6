// Who is told what and when, and what other policies would have done.

import { z } from 'zod'

export const PolicyList = z.object({
  policies: z.array(
    z.object({
      /** Of the receiver or rotation. */
      name: z.string(),
      kind: z.string(),
      /** What it does, in one plain sentence. */
      sentence: z.string(),
      /** By its kind; not written in the configuration. */
      isDefault: z.boolean(),
    }),
  ),
})
export type PolicyList = z.infer<typeof PolicyList>

export const SimulateBody = z.object({
  /** Event time [from, to). */
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
  /** `severity`, `policies` and `onCall` as tocsin.yaml writes them, in place of those that run; these where absent. */
  change: z.record(z.string(), z.unknown()).optional(),
  /** Messages listed one by one. */
  limit: z.int().min(0).max(10_000).default(500),
})

export const SimulateAnswer = z.object({
  /** Of the policies that were played. */
  policies: PolicyList.shape.policies,
  alerts: z.int(),
  /** In the order of time. */
  messages: z.array(
    z.object({
      at: z.string(),
      receiver: z.string(),
      kind: z.enum(['alert', 'escalation', 'storm', 'digest']),
      subject: z.string(),
      alertId: z.string().nullable(),
    }),
  ),
  /** Messages beyond the limit. */
  omitted: z.int(),
  /** Most messages within any hour beside all of them. */
  receivers: z.array(z.object({ receiver: z.string(), messages: z.int(), busiestHour: z.int() })),
  /** Alerts that policies did not tell at once, by reason. */
  held: z.array(z.object({ policy: z.string(), reason: z.string(), alerts: z.int() })),
})
export type SimulateAnswer = z.infer<typeof SimulateAnswer>
