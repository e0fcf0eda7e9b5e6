// Pages of days, weeks and months.

import { z } from 'zod'
import { AlertJson } from './alerts.ts'
import { answers, severity } from './shared.ts'

const heldReason = z.enum(['silenced', 'inhibited', 'rest', 'quiet', 'grouped', 'storm'])

const moved = z.object({ psi: z.number().nullable(), severity })

/** What happened on one day, in numbers: a closed day's never change again. */
export const DaySummary = z.object({
  detector: z.string(),
  day: z.string(),
  timeZone: z.string(),
  isClosed: z.boolean(),
  events: z.int(),
  alerts: z.int(),
  /** Sum of amounts of all events, and of alerting ones (money at risk); null without an amount column. */
  amount: z.number().nullable(),
  amountAtRisk: z.number().nullable(),
  /** Events by score, 20 equal bins over 0..1. */
  scoreHistogram: z.array(z.number()),
  /** By hour of the day in the time zone, 24 of each. */
  eventsByHour: z.array(z.number()),
  alertsByHour: z.array(z.number()),
  /** Features that raised alerts most often, with in how many alerts they were among the three strongest. */
  strongestReasons: z.array(z.object({ feature: z.string(), alerts: z.int(), example: z.string() })),
  /** Entities with more than one alert, the most money at risk first. */
  topEntities: z
    .array(
      z.object({ entity: z.string(), alerts: z.int(), amountAtRisk: z.number().nullable(), highestScore: z.number() }),
    )
    .default([]),
  /** Highest score first; labels and deliveries as they stood when the summary was made. */
  topAlerts: z.array(AlertJson.omit({ fields: true, acknowledgement: true, held: true })),
  /** Answers of people for the day's alerts so far; precision with its 95 % Wilson interval, null before the first answer. */
  labels: z.object({
    anomaly: z.int(),
    normal: z.int(),
    unlabelled: z.int(),
    precision: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
  }),
  /** Events that came after the days they belong to had closed, first told on this page. */
  lateArrivals: z.array(z.object({ day: z.string(), events: z.int() })),
  deadLetters: z.int(),
  /** Messages about the day's alerts that were given up. */
  undelivered: z.int().default(0),
  /** Alerts of the day that policies did not tell at once. */
  held: z.array(z.object({ policy: z.string(), reason: heldReason, alerts: z.int() })).default([]),
  modelVersions: z.array(z.int()),
  /** Days without events before this one that got no page of their own. */
  skippedDays: z.object({ from: z.string(), to: z.string(), days: z.int() }).nullable(),
  /** Medians of the days before: of the same weekday where there are three or more. */
  usual: z
    .object({
      of: z.enum(['weekday', 'day']),
      days: z.int(),
      events: z.number(),
      alerts: z.number(),
      amountAtRisk: z.number().nullable(),
    })
    .nullable()
    .default(null),
  /** How the champion fares: answers of the last weeks, and the day against its training. */
  health: z
    .object({
      modelVersion: z.int(),
      days: z.int(),
      answers: z.object(answers),
      drift: z
        .object({
          events: z.int(),
          score: moved,
          shifted: z.int(),
          drifted: z.int(),
          features: z.array(moved.extend({ name: z.string() })),
        })
        .nullable(),
    })
    .nullable()
    .default(null),
})
export type DaySummary = z.infer<typeof DaySummary>

/** A week or a month: sums over its closed days; reasons and alerts are the strongest of those that the days name. */
export const PeriodSummary = DaySummary.pick({
  detector: true,
  timeZone: true,
  events: true,
  alerts: true,
  amount: true,
  amountAtRisk: true,
  strongestReasons: true,
  topAlerts: true,
  labels: true,
  lateArrivals: true,
  deadLetters: true,
  undelivered: true,
  modelVersions: true,
}).extend({
  period: z.string(),
  from: z.string(),
  to: z.string(),
  days: z.array(
    z.object({
      day: z.string(),
      events: z.int(),
      alerts: z.int(),
      amountAtRisk: z.number().nullable(),
      anomalies: z.int(),
      normals: z.int(),
    }),
  ),
})

const dayLine = z.object({ day: z.string(), isClosed: z.boolean(), events: z.int(), alerts: z.int() })

export const DayList = z.object({
  /** The day that event time has reached; null before the first event. */
  open: z.string().nullable(),
  /** Newest first; the open one, too. */
  days: z.array(dayLine),
})
export type DayList = z.infer<typeof DayList>

/** Sent over `/v1/live` as the SSE event `day` when a day has closed. */
export const DayClosed = dayLine
export type DayClosed = z.infer<typeof DayClosed>
