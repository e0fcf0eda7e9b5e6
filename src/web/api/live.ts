// What moves from second to second: the stream, today’s counts, the minutes.

import { z } from 'zod'

/** Where each partition stands: positions count records from 0. */
export const StreamJson = z.object({
  partitions: z.array(
    z.object({
      partition: z.int(),
      /** The oldest record that is still there, and where the next one goes. */
      first: z.int(),
      end: z.int(),
      /** The next record to decide. */
      next: z.int(),
      /** Records not yet decided. */
      lag: z.int(),
      /** Event time reached; null before the first event. */
      watermark: z.string().nullable(),
    }),
  ),
})
export type StreamJson = z.infer<typeof StreamJson>

/** What the console's head shows; also sent over `/v1/live` as the SSE event `stats`, at most once a second. */
export const Stats = z.object({
  detector: z.string(),
  timeZone: z.string(),
  /** Event time reached; null before the first event. */
  watermark: z.string().nullable(),
  day: z.string().nullable(),
  /** Money at risk is null where no event of the day has an amount. */
  today: z.object({ events: z.int(), alerts: z.int(), amountAtRisk: z.number().nullable() }),
  totals: z.object({
    events: z.int(),
    alerts: z.int(),
    deadLetters: z.int(),
    duplicates: z.int(),
    lateArrivals: z.int(),
    /** Alerts of which it has not been decided yet who is told. */
    unrouted: z.int(),
    deliveries: z.object({ pending: z.int(), sent: z.int(), dead: z.int() }),
    inboxMessages: z.int(),
    closedDays: z.int(),
  }),
  /** Events stored in the last whole second of this process. */
  eventsPerSecond: z.number(),
  /** Whether this process can set the detector up (/v1/setup). */
  hasSetup: z.boolean(),
  /** Records accepted and not yet decided. */
  lag: z.int(),
  champion: z.int().nullable(),
})
export type Stats = z.infer<typeof Stats>

/** Counts of one minute of event time and one model version. */
export const RollupList = z.object({
  rollups: z.array(
    z.object({
      minute: z.string(),
      modelVersion: z.int(),
      events: z.int(),
      alerts: z.int(),
      amount: z.number(),
      alertAmount: z.number(),
      /** Events by score, 20 equal bins over 0..1. */
      scoreHistogram: z.array(z.int()),
    }),
  ),
})
export type RollupList = z.infer<typeof RollupList>
