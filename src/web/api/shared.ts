// Small schemas that answers and bodies of several resources have in common; none is a schema of its own in the OpenAPI document.

import { z } from 'zod'

export const label = z.enum(['anomaly', 'normal'])

export const fieldValue = z.union([z.number(), z.string(), z.boolean(), z.null()])

export const by = z.string().min(1).max(200).default('api')

export const note = z.string().max(2000).nullable().default(null)

export const proportion = z.object({ value: z.number(), low: z.number(), high: z.number() })

export const answers = {
  alerts: z.int(),
  anomalies: z.int(),
  normals: z.int(),
  /** Share of the alerts that have an answer; null where there were none. */
  answeredShare: z.number().nullable(),
  /** At least four fifths are answered: the rest would not change the picture much. */
  isMature: z.boolean(),
  /** Of the answered alerts, with its 95 % Wilson interval; null before the first answer. */
  precision: proportion.nullable(),
}

export const severity = z.enum(['steady', 'shifted', 'drifted', 'unknown'])
