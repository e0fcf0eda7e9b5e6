// What people say of events and alerts.

import { z } from 'zod'
import { by, label, note } from './shared.ts'

export const LabelBody = z
  .object({
    alertId: z.string().optional(),
    eventId: z.string().optional(),
    label,
    by,
    note,
  })
  .refine(
    (body) => (body.alertId === undefined) !== (body.eventId === undefined),
    'name either alertId or eventId, not both',
  )

export const LabelAnswer = z.object({ eventId: z.string(), label, labelledAt: z.string(), by: z.string() })

export const UnsureBody = z.object({ by, note })

const ids = z.array(z.string().min(1)).min(1).max(1000)

export const LabelManyBody = UnsureBody.extend({ alertIds: ids, label })

export const LabelManyAnswer = z.object({ labelled: z.int(), label, labelledAt: z.string(), by: z.string() })

export const LabelList = z.object({
  labels: z.array(
    z.object({
      eventId: z.string(),
      label,
      labelledAt: z.string(),
      by: z.string(),
      note: z.string().nullable(),
    }),
  ),
})
export type LabelList = z.infer<typeof LabelList>
