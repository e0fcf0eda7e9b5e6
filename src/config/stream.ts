// What may stand under `stream:` in tocsin.yaml: one schema for each kind of stream.

import { z } from 'zod'
import { name, secret, url } from './values.ts'

const partitions = z
  .int()
  .min(1)
  .max(256)
  .default(1)
  .describe('How many workers can share the stream at most; records of one entity keep their order within one')

const tls = z
  .union([
    z.boolean(),
    z.strictObject({
      ca: secret.optional().describe('Certificates to trust, PEM'),
      cert: secret.optional().describe('Certificate of this client, PEM'),
      key: secret.optional(),
    }),
  ])
  .default(false)
  .describe('true: encrypted, with the certificates that Node trusts')

export const stream = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('embedded').default('embedded'),
      partitions,
      keepHours: z
        .number()
        .min(0)
        .default(168)
        .describe(
          'How long records stay in the log once they are stored, for replay; younger ones and unstored ones always stay',
        ),
      keepMegabytes: z
        .number()
        .positive()
        .default(20_000)
        .describe('Size of the log beyond which stored records go before their time, the oldest first'),
    }),
    z.strictObject({
      kind: z.literal('kafka'),
      brokers: z
        .array(z.string().regex(/^.+:\d+$/, 'host:port'))
        .min(1)
        .describe('host:port of some brokers'),
      topic: z
        .string()
        .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'letters, digits, dots, underscores, hyphens')
        .default('events')
        .describe('Made where it does not exist'),
      partitions: partitions.describe('Of the topic, where it does not exist yet; else its own number counts'),
      replicas: z.int().min(1).default(1).describe('Copies of the topic, where it does not exist yet'),
      deadLetterTopic: z
        .string()
        .regex(/^[a-zA-Z0-9._-]{1,249}$/)
        .optional()
        .describe('Where dead letters are told as well; the store has them in any case'),
      group: z.string().min(1).default('tocsin').describe('Workers of one group share the partitions'),
      sessionTimeoutMs: z
        .int()
        .min(1000)
        .default(15_000)
        .describe('A worker that is silent for so long has its partitions given to others'),
      tls,
      sasl: z
        .strictObject({
          mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).default('SCRAM-SHA-512'),
          user: z.string().min(1),
          password: secret,
        })
        .optional(),
    }),
    z.strictObject({
      kind: z.literal('kinesis'),
      name: z
        .string()
        .regex(/^[a-zA-Z0-9_.-]{1,128}$/, 'letters, digits, dots, underscores, hyphens')
        .default('events')
        .describe('Of the stream; made where it does not exist'),
      region: z.string().min(1).describe('e.g. eu-central-1'),
      partitions: partitions.describe('Shards of the stream, where it does not exist yet; else its own count'),
      endpoint: url.optional().describe("Another endpoint than AWS's own"),
      http: z
        .union([z.literal(1), z.literal(2)])
        .default(2)
        .describe('1 for endpoints that know no HTTP/2'),
      credentials: z
        .strictObject({ accessKeyId: z.string().min(1), secretAccessKey: secret })
        .optional()
        .describe("Where absent, as AWS's tools find them: environment, files, roles"),
      pollMs: z.int().min(10).default(250).describe('How often an idle shard is asked for more'),
    }),
    z.strictObject({
      kind: z.literal('nats'),
      servers: z.array(z.string().min(1)).min(1).describe('host:port of some servers'),
      name: name.default('events').describe('Partition 3 of `events` is the JetStream stream events-3'),
      partitions,
      replicas: z.int().min(1).max(5).default(1).describe('Copies of each partition, where they do not exist yet'),
      user: z.string().optional(),
      password: secret.optional(),
      token: secret.optional(),
      tls,
    }),
  ])
  .prefault({})
