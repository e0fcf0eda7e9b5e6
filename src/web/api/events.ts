// What goes in as an event, and what is said of it: places in the stream, or decisions.

import { z } from 'zod'
import { fieldValue } from './shared.ts'

/** A flat object with the detector's own column names, e.g. `{"transaction_id": "t1", "amount": 12.5, …}`; never with the label. */
export const EventBody = z.record(z.string(), fieldValue)

export const EventsAccepted = z.object({
  accepted: z.int(),
  positions: z.array(z.object({ partition: z.int(), position: z.int() })),
})
export type EventsAccepted = z.infer<typeof EventsAccepted>

export const ReasonView = z.object({
  feature: z.string(),
  value: fieldValue,
  contribution: z.number(),
  text: z.string(),
})

export const DecisionView = z.object({
  eventId: z.string(),
  /** The same for the same event and model version. */
  decisionId: z.string(),
  score: z.number(),
  threshold: z.number(),
  outcome: z.enum(['alert', 'pass']),
  modelVersion: z.int(),
  /** Which of the endpoint's variants decided. */
  variant: z.string(),
  reasons: z.array(ReasonView),
})

export const ScoreAnswer = z.object({ decisions: z.array(DecisionView) })
export type ScoreAnswer = z.infer<typeof ScoreAnswer>
