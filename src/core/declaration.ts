// What a person may write under `features` in tocsin.yaml: columns, the calendar, expressions, and windows over entities.

import { z } from 'zod'
import { isTimeZone } from './day.ts'
import { durationPattern } from './duration.ts'
import { nearestName } from './error.ts'

const column = z.string().min(1).describe('Name of a column')
const duration = z.string().regex(durationPattern, 'a time such as 10m, 1h, 24h or 7d (ms, s, m, h, d)')
const featureName = z.string().regex(/^[A-Za-z_]\w*$/, 'a name of letters, digits and _, not beginning with a digit')

export const calendarParts = [
  ...(['hourOfDay', 'minuteOfDay', 'dayOfWeek', 'dayOfMonth', 'month', 'isWeekend', 'isNight'] as const),
] as const
const plainAggregates = ['count', 'timeSinceLast', 'timeSinceFirst', 'isFirst'] as const
const valueAggregates = ['sum', 'mean', 'max', 'min', 'std', 'last', 'distinct'] as const

export type Aggregate =
  | { readonly measure: (typeof plainAggregates)[number]; readonly of: null }
  | { readonly measure: (typeof valueAggregates)[number]; readonly of: string }

/** `mean(amount)` → its parts; undefined where it is no aggregate. */
export function parseAggregate(text: string): Aggregate | undefined {
  const [, name, of] = /^\s*(\w+)\s*(?:\(\s*(.+?)\s*\))?\s*$/.exec(text) ?? []
  const plain = plainAggregates.find((known) => known === name)
  if (plain && of === undefined) return { measure: plain, of: null }
  const measure = valueAggregates.find((known) => known === name)
  return measure && of !== undefined ? { measure, of } : undefined
}

const aggregate = z.string().superRefine((text, context) => {
  if (parseAggregate(text)) return
  const names: string[] = [...plainAggregates, ...valueAggregates]
  const near = nearestName(/^\s*\w*/.exec(text)![0].trim(), names)
  const known = `${plainAggregates.join(', ')}, or ${valueAggregates.map((name) => `${name}(column)`).join(', ')}`
  context.addIssue(`"${text}" is no aggregate${near ? `; did you mean "${near}"?` : ''}; known: ${known}`)
})

const memory = z.strictObject({
  over: z
    .union([column, z.array(column).min(1).max(4)])
    .describe('Column that names the entity, or several that do together'),
  called: z.string().min(1).optional().describe('What people call the entity; its column without _id where absent'),
  windows: z.array(duration).min(1).describe('Lengths of the sliding windows, each ending at the event and with it'),
  aggregate: z
    .array(aggregate)
    .default(['count'])
    .describe(
      'count, sum(x), mean(x), max(x), min(x), std(x), last(x), distinct(x), timeSinceLast, timeSinceFirst, isFirst',
    ),
  usual: z
    .array(z.string().min(1))
    .default([])
    .describe('Values held against what they usually are for this entity: robust z-score, and ratio'),
  travel: z
    .strictObject({ latitude: column, longitude: column })
    .optional()
    .describe('Distance (km) and speed (km/h) from where the entity was last'),
  feedback: z
    .strictObject({
      delay: duration.describe('How long labels take to come'),
      windows: z.array(duration).min(1).optional().describe('Lengths; those of the aggregates where absent'),
      measures: z
        .array(z.enum(['rate', 'anomalies', 'events']))
        .min(1)
        .default(['rate', 'anomalies'])
        .describe('rate: anomalies over events; anomalies and events: how many'),
    })
    .optional()
    .describe('Confirmed anomalies, and their rate, in windows that end so long before the event'),
  exact: duration.default('0s').describe('Windows up to this long are exact, at the cost of memory'),
  precision: z
    .int()
    .min(8)
    .max(1024)
    .default(64)
    .describe('A longer window may begin late by one part in so many of its length'),
  grain: duration.default('1ms').describe('Events of one entity closer than this do not see each other; bounds memory'),
})

export const featuresSection = z
  .strictObject({
    columns: z.array(column).optional().describe('Columns as they are; every number, text or boolean where absent'),
    calendar: z.array(z.enum(calendarParts)).default([]).describe('Of the event time'),
    timeZone: z
      .string()
      .refine(isTimeZone, 'an IANA time zone, e.g. Europe/Berlin')
      .optional()
      .describe('Of the calendar; that of the report where absent'),
    expressions: z
      .record(featureName, z.string().min(1))
      .default({})
      .describe('New features by name: arithmetic, comparisons and functions of columns and of other features'),
    windows: z.array(memory).default([]).describe('What each entity did before'),
    encode: z.array(column).default([]).describe('Columns replaced by their anomaly rate in the past'),
    allowedLateness: duration
      .default('5m')
      .describe('An event may come so much after a newer one of its entity and change nothing but the order'),
    called: z.string().min(1).default('event').describe('What people call an event: payment, reading, connection'),
  })
  .prefault({})

export type Declaration = z.infer<typeof featuresSection>
export type CalendarPart = (typeof calendarParts)[number]
