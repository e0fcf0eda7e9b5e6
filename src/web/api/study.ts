// One alert looked at closely: what people did, and where its score comes from.

import { z } from 'zod'
import { fieldValue, label } from './shared.ts'

/** What people have said and done about one alert, the first first. */
export const AlertTrail = z.object({
  trail: z.array(
    z.object({
      at: z.string(),
      by: z.string(),
      what: z.enum(['anomaly', 'normal', 'unsure', 'silence', 'acknowledged']),
      note: z.string().nullable(),
    }),
  ),
})
export type AlertTrail = z.infer<typeof AlertTrail>

/** Where an alert's score comes from, by the model that raised it. */
export const AlertStudy = z.object({
  /** Margins: of the average training row, of the event, and the least that alerts; in log-odds where the model is trees or linear. */
  base: z.number(),
  margin: z.number(),
  alertsFrom: z.number(),
  /** All features; they add up from base to margin. Strongest first, whatever their sign. */
  parts: z.array(z.object({ feature: z.string(), value: fieldValue, contribution: z.number() })),
  /** The smallest change towards usual values, of one feature or else of two, that would not have alerted; null where none was found. */
  wouldPass: z
    .object({
      changes: z.array(z.object({ feature: z.string(), from: fieldValue, to: fieldValue })),
      score: z.number(),
    })
    .nullable(),
  /** Labelled events whose score comes from the same features, most alike (1) first; decided by the same version. */
  alike: z.array(
    z.object({
      eventId: z.string(),
      alertId: z.string().nullable(),
      eventTime: z.string(),
      entity: z.string().nullable(),
      amount: z.number().nullable(),
      score: z.number(),
      label,
      labelledAt: z.string(),
      by: z.string(),
      likeness: z.number(),
    }),
  ),
})
export type AlertStudy = z.infer<typeof AlertStudy>
