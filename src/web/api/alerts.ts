// Alerts, and who takes care of one.

import { z } from 'zod'
import { ReasonView } from './events.ts'
import { by, fieldValue, label, note } from './shared.ts'

export const AlertJson = z.object({
  id: z.string(),
  detector: z.string(),
  eventId: z.string(),
  /** ISO 8601, as are all times of the API. */
  eventTime: z.string(),
  groupKey: z.string(),
  entity: z.string().nullable(),
  amount: z.number().nullable(),
  score: z.number(),
  threshold: z.number(),
  modelVersion: z.int(),
  reasons: z.array(ReasonView),
  label: label.nullable(),
  labelledBy: z.string().nullable(),
  labelledAt: z.string().nullable(),
  deliveries: z.array(z.object({ receiver: z.string(), state: z.enum(['pending', 'sent', 'dead']) })),
  /** The event's fields; only where one alert is asked for. */
  fields: z.record(z.string(), fieldValue).optional(),
  /** Who has seen it and takes care; only where one alert is asked for. */
  acknowledgement: z.object({ by: z.string(), at: z.string(), note: z.string().nullable() }).nullable().optional(),
  /** Which policies did not tell it at once, and why; only where one alert is asked for. */
  held: z.array(z.object({ policy: z.string(), reason: z.string(), at: z.string() })).optional(),
})
export type AlertJson = z.infer<typeof AlertJson>

export const AlertList = z.object({ alerts: z.array(AlertJson), next: z.string().nullable() })
export type AlertList = z.infer<typeof AlertList>

export const AcknowledgeBody = z.object({ by, note })

export const AcknowledgeAnswer = z.object({
  alertId: z.string(),
  by: z.string(),
  at: z.string(),
  note: z.string().nullable(),
})
