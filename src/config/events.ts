// What may stand under `events:` and `lint:` in tocsin.yaml: which column plays which role, and which findings somebody has looked at.

import { z } from 'zod'
import { column } from './values.ts'

export const events = z
  .strictObject({
    id: column.optional().describe('Column that names an event; derived from the place in the stream where absent'),
    time: z
      .union([
        column,
        z.strictObject({
          column,
          unit: z
            .enum(['iso', 's', 'ms', 'us'])
            .default('iso')
            .describe('iso: text after ISO 8601; else a number since origin, or since 1970'),
          origin: z.iso.datetime({ offset: true }).optional().describe('Instant that number 0 stands for'),
        }),
      ])
      .optional()
      .describe('Event time; the order of rows (and the time of arrival) where absent'),
    label: z
      .union([
        column,
        z.strictObject({
          column,
          anomaly: z.union([z.string(), z.number(), z.boolean()]).default(1).describe('The value that says anomaly'),
        }),
      ])
      .optional()
      .describe('What training learns; an event must not carry it'),
    amount: column.optional().describe('Money at risk, for reports and costs'),
    entity: column.optional().describe('Card, customer, machine …: alerts of one entity belong together'),
    weight: column.optional().describe('How many events a row of the history stands for'),
    categories: z
      .array(column)
      .default([])
      .describe(
        'Columns of numbers that are codes (a merchant category, a zip code): read as texts, each value a category',
      ),
    ignore: z.array(column).default([]).describe('Columns that are not features'),
    labelInStream: z
      .enum(['refuse', 'drop'])
      .default('refuse')
      .describe('What to do with an event that carries its own label'),
    unknownFields: z
      .enum(['refuse', 'ignore'])
      .default('refuse')
      .describe('What to do with a field that the history did not have'),
  })
  .prefault({})

export const lint = z
  .strictObject({
    accept: z
      .array(z.string().regex(/^[A-Z][A-Z_]*(:.+)?$/s, 'CODE or CODE:column, e.g. LEAK_VALUE:balance_after'))
      .default([])
      .describe('Findings of `tocsin lint` that a person has looked at: CODE, or CODE:column'),
  })
  .prefault({})
