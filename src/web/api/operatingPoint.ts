// From which score on a version alerts, and what another threshold would mean.

import { z } from 'zod'
import { by } from './shared.ts'

const curvePoint = z.object({
  threshold: z.number(),
  alertsPerDay: z.number(),
  precision: z.number(),
  recall: z.number(),
  caughtShare: z.number().nullable().default(null),
  costPerDay: z.number().nullable(),
})

/** Stored with the version when it was trained: rising recall, measured on the last period of the history. */
export const StoredCurve = z.array(curvePoint)

export const MoveBody = z.object({
  threshold: z.number().gt(0).max(1),
  reason: z.string().trim().min(1, 'expected the reason, for whoever asks later').max(2000),
  by,
})

export const OperatingPointJson = z.object({
  version: z.int(),
  /** An event alerts where its score reaches it. */
  threshold: z.number(),
  /** Newest first: what people chose after training. */
  changes: z.array(z.object({ threshold: z.number(), by: z.string(), reason: z.string(), changedAt: z.string() })),
  curve: StoredCurve,
  /** Whether `/v1/models/:version/report` has the training report. */
  hasReport: z.boolean(),
  /** What this version's scores of the last seven days of event time would have meant; null where it decided none. */
  lastWeek: z
    .object({
      from: z.string(),
      to: z.string(),
      days: z.number(),
      events: z.int(),
      /** False: only the newest events of the week were looked at, from `from` on. */
      isWhole: z.boolean(),
      outcomes: z.array(
        z.object({
          threshold: z.number(),
          alerts: z.int(),
          amountAtRisk: z.number().nullable(),
          anomalies: z.int(),
          normals: z.int(),
        }),
      ),
    })
    .nullable(),
})
export type OperatingPointJson = z.infer<typeof OperatingPointJson>
