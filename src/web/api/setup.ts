// The first run of the console: choices in, where it stands out.

import { z } from 'zod'
import { fieldValue } from './shared.ts'

const columnName = z.string().min(1).max(300)

/** What a person says of the columns of a file: null where no column plays the role. */
export const SetupChoicesBody = z.strictObject({
  detector: z.string().min(1).max(80),
  label: columnName,
  /** The label's value that means anomaly. */
  anomaly: z.string().min(1).max(200).default('1'),
  time: z
    .union([
      columnName,
      /** A number that counts from some instant. */
      z.strictObject({ column: columnName, unit: z.enum(['s', 'ms', 'us']), origin: z.iso.datetime({ offset: true }) }),
    ])
    .nullable()
    .default(null),
  amount: columnName.nullable().default(null),
  entity: columnName.nullable().default(null),
  id: columnName.nullable().default(null),
  ignore: z.array(columnName).max(2000).default([]),
  /** Findings of the linter that a person has looked at: CODE, or CODE:column. */
  accept: z.array(z.string().max(400)).max(200).default([]),
  alertsPerDay: z.number().positive().max(1e6).default(50),
  timeZone: z.string().min(1).max(60).default('UTC'),
})
export type SetupChoicesBody = z.infer<typeof SetupChoicesBody>

/** Where the first run stands; also sent over `/v1/live` as the SSE event `setup` on each change. */
export const SetupJson = z.object({
  /** `file`: none yet, or it is read; `receiving`; `choosing` who is what; `training`; `trained`: may go live; `live`. */
  phase: z.enum(['file', 'receiving', 'choosing', 'training', 'trained', 'live']),
  /** There is a tocsin.yaml: its columns count, and it is not changed. */
  isConfigured: z.boolean(),
  needsToken: z.boolean(),
  maxBytes: z.int(),
  file: z.object({ name: z.string(), bytes: z.int(), received: z.int() }).nullable(),
  inspected: z
    .object({
      rows: z.int(),
      /** Lines that are no rows. */
      rejected: z.int(),
      columns: z.array(
        z.object({
          name: z.string(),
          kind: z.enum(['number', 'boolean', 'instant', 'text', 'mixed', 'nested', 'empty']),
          present: z.int(),
          distinct: z.int(),
          min: z.number().nullable(),
          max: z.number().nullable(),
          /** The most frequent ones. */
          values: z.array(z.object({ text: z.string(), rows: z.int() })),
          /** Why it can't be a feature; null where it can. */
          unfit: z.string().nullable(),
        }),
      ),
      guess: z.object({
        label: z.string().nullable(),
        time: z.string().nullable(),
        amount: z.string().nullable(),
        entity: z.string().nullable(),
        id: z.string().nullable(),
      }),
    })
    .nullable(),
  checked: z
    .object({
      findings: z.array(
        z.object({
          code: z.string(),
          severity: z.enum(['error', 'warning']),
          columns: z.array(z.string()),
          message: z.string(),
        }),
      ),
      notes: z.array(z.string()),
    })
    .nullable(),
  /** What is being done; null: nothing. */
  progress: z.object({ stage: z.string(), share: z.number() }).nullable(),
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  trained: z
    .object({
      detector: z.string(),
      version: z.int(),
      /** As `Evaluation` of the library. */
      evaluation: z.record(z.string(), z.unknown()),
      threshold: z.number(),
      features: z.int(),
      /** An event of the test period that scored high, as a program would send it. */
      example: z.object({ fields: z.record(z.string(), fieldValue), score: z.number() }),
      /** What goes into tocsin.yaml; null where one is there. */
      yaml: z.string().nullable(),
    })
    .nullable(),
})
export type SetupJson = z.infer<typeof SetupJson>
