// What may stand under `store:` and `archive:` in tocsin.yaml: where results are kept, and how closed days become files.

import { z } from 'zod'

export const store = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('embedded') }),
    z.strictObject({
      kind: z.literal('postgres'),
      url: z
        .url({ protocol: /^postgres(ql)?$/ })
        .describe('postgres://user:password@host:port/database; write ${NAME} to take it from the environment'),
      schema: z
        .string()
        .regex(/^[a-z_][a-z0-9_]{0,40}$/, 'lower-case letters, digits and _')
        .default('tocsin')
        .describe('Schema of the tables; made where it is missing'),
    }),
  ])
  .prefault({ kind: 'embedded' })
  .describe(
    'Where decisions, alerts, labels and models are kept: one file in dataDir, or PostgreSQL for several processes',
  )

export const archive = z
  .strictObject({
    dir: z.string().optional().describe('Folder of the files; `archive` in dataDir where absent'),
    uri: z
      .string()
      .regex(/[^/]$/, 'no slash at its end')
      .optional()
      .describe('Where that folder is copied to, e.g. s3://bucket/tocsin/card-fraud: what the manifests name'),
    keepDays: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Decisions (and ids, by which repeated events are known) older than this go from the store once they lie in a file; where absent none goes',
      ),
  })
  .optional()
  .describe('Closed days as files: decisions in Parquet, minutes in CSV, a folder dt=YYYY-MM-DD for each day')
