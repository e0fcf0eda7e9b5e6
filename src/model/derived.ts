// How each feature of a vector comes from an event and its entities' past, as plain data: learned once, then the same for ever.

import { z } from 'zod'
import { calendarParts } from '../core/declaration.ts'

const count = z.int().min(0)

/** A number that windows add up: an expression over columns, kept in whole steps of 1/scale. */
const value = z.strictObject({
  of: z.string(),
  scale: z.number().positive(),
  keeps: z.array(z.enum(['squares', 'max', 'min', 'last'])),
})

const memory = z.strictObject({
  /** Columns that together name an entity. */
  over: z.array(z.string()).min(1),
  /** What people call the entity: card. */
  called: z.string(),
  latenessMs: z.number().min(0),
  /** grid.ts says what these two do. */
  precision: z.int().min(2),
  exactMs: z.number().min(0),
  /** Event times are rounded down to this; events within one step do not see each other. */
  grainMs: z.int().min(1),
  /** Lengths of all windows and delays, ms, rising. */
  ages: z.array(z.number().positive()).min(1),
  values: z.array(value),
  /** Columns whose different values are counted. */
  distinct: z.array(z.string()),
  keepsFirst: z.boolean(),
  labels: z.boolean(),
})

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('column'), column: z.string() }),
  z.strictObject({ kind: z.literal('calendar'), part: z.enum(calendarParts) }),
  /** Identifiers name features that stand before this one in `order`, or columns. */
  z.strictObject({ kind: z.literal('expression'), expression: z.string() }),
  z.strictObject({
    kind: z.literal('window'),
    memory: count,
    measure: z.enum([
      ...(['count', 'sum', 'mean', 'max', 'min', 'std', 'last', 'distinct'] as const),
      ...(['timeSinceLast', 'timeSinceFirst', 'isFirst'] as const),
    ]),
    /** Place among the memory's values, or among its distinct columns; 0 where the measure needs neither. */
    of: count,
    age: count,
  }),
  z.strictObject({ kind: z.literal('usual'), memory: count, measure: z.enum(['zScore', 'ratio']), of: count }),
  z.strictObject({
    kind: z.literal('feedback'),
    memory: count,
    measure: z.enum(['rate', 'anomalies', 'events']),
    delay: count,
    age: count,
  }),
  z.strictObject({
    kind: z.literal('travel'),
    memory: count,
    measure: z.enum(['distance', 'speed']),
    latitude: count,
    longitude: count,
  }),
  /** The anomaly rate of a category in the training period; `rest` for one that it lacks. */
  z.strictObject({
    kind: z.literal('encoding'),
    column: z.string(),
    rates: z.array(z.tuple([z.string(), z.number()])),
    rest: z.number(),
  }),
])

export const derivedSchema = z.strictObject({
  timeZone: z.string(),
  /** What people call an event: payment. */
  called: z.string(),
  memories: z.array(memory),
  /** One for each feature of the vector. */
  sources: z.array(source).min(1),
  /** In which order the features are computed. */
  order: z.array(count),
})

export type Derived = z.infer<typeof derivedSchema>
export type MemorySpec = Derived['memories'][number]
export type FeatureSource = Derived['sources'][number]
