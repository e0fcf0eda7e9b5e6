// Versions of the model, their aliases, and the variants that answer.

import { z } from 'zod'

export const ModelJson = z.object({
  version: z.int(),
  digest: z.string(),
  createdAt: z.string(),
  aliases: z.array(z.string()),
  /** The artifact's evaluation, as `Evaluation` of the library. */
  evaluation: z.record(z.string(), z.unknown()),
})

export const ModelList = z.object({ models: z.array(ModelJson) })
export type ModelList = z.infer<typeof ModelList>

export const PromoteBody = z.object({
  alias: z.enum(['champion', 'challenger']).default('champion'),
  reason: z.string().default(''),
})

export const PromoteAnswer = z.object({ version: z.int(), alias: z.enum(['champion', 'challenger']) })
export type PromoteAnswer = z.infer<typeof PromoteAnswer>

export const RollBackBody = z.object({ reason: z.string().default('') })

export const VariantList = z.object({
  variants: z.array(
    z.object({
      name: z.string(),
      modelVersion: z.int(),
      weight: z.number(),
      isShadow: z.boolean(),
      /** Scored at the doors; failures could not be, and are none of the requests' faults. */
      events: z.int(),
      alerts: z.int(),
      failures: z.int(),
    }),
  ),
})
export type VariantList = z.infer<typeof VariantList>

const outcome = z.enum(['alert', 'pass'])

export const ShadowScoreList = z.object({
  shadowScores: z.array(
    z.object({
      eventId: z.string(),
      variant: z.string(),
      modelVersion: z.int(),
      score: z.number(),
      outcome,
      answeredVersion: z.int(),
      answeredScore: z.number(),
      answeredOutcome: outcome,
      scoredAt: z.string(),
    }),
  ),
})
