// How well the detector does: by the answers of people, and by drift.

import { z } from 'zod'
import { answers, proportion, severity } from './shared.ts'

export const QualityJson = z.object({
  detector: z.string(),
  timeZone: z.string(),
  /** Null before the first event. */
  quality: z
    .object({
      from: z.string(),
      to: z.string(),
      ...answers,
      /** Precision if every alert without an answer were normal, or an anomaly. */
      bounds: z.object({ low: z.number(), high: z.number() }).nullable(),
      byDay: z.array(z.object({ day: z.string(), ...answers })),
      /** By the week's Monday. */
      byWeek: z.array(z.object({ week: z.string(), ...answers })),
      recall: z.object({
        /** Among the anomalies that people know of, those that alerted; null unless events that passed have labels, too. */
        known: proportion.extend({ anomalies: z.int(), caught: z.int(), labelledPasses: z.int() }).nullable(),
        /** By the model's own scores: expected anomalies in alerts among all expected ones. */
        expected: z.object({ value: z.number(), missed: z.number(), all: z.number() }).nullable(),
      }),
      /** Answered alerts by score: what was predicted, and what people found. */
      calibration: z.array(
        z.object({
          from: z.number(),
          to: z.number(),
          events: z.int(),
          anomalies: z.int(),
          predicted: z.number(),
          found: proportion,
        }),
      ),
    })
    .nullable(),
  /** What the champion's evaluation promised at its operating point. */
  tested: z.object({ modelVersion: z.int(), precision: proportion, recall: proportion }).nullable(),
})
export type QualityJson = z.infer<typeof QualityJson>

const shift = z.object({
  /** Population stability index; null where one side has no events. */
  psi: z.number().nullable(),
  /** What it stays below, 19 times out of 20, if nothing has changed. */
  chance: z.number().nullable(),
  severity,
})

const featureDrift = z.object({
  name: z.string(),
  /** Share of all importance; null for the score. */
  importance: z.number().nullable(),
  fromTraining: shift,
  fromWeekdays: shift,
  byDay: z.array(z.object({ day: z.string(), psi: z.number().nullable(), severity })),
  /** Shares: in training, and now. */
  bins: z.array(z.object({ name: z.string(), trained: z.number(), now: z.number().nullable() })),
})

export const DriftJson = z.object({
  drift: z
    .object({
      modelVersion: z.int(),
      from: z.string(),
      to: z.string(),
      /** So many days, up to the last, are called now. */
      recentDays: z.int(),
      events: z.int(),
      weekdayEvents: z.int(),
      score: featureDrift,
      /** What matters first: drift times importance. */
      features: z.array(featureDrift),
    })
    .nullable(),
  /** Why there is none: no model, one that was trained before drift was counted, or no events. */
  why: z.enum(['noModel', 'noBaseline', 'noEvents']).nullable(),
})
export type DriftJson = z.infer<typeof DriftJson>
