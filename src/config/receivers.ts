// What may stand under `notify:` in tocsin.yaml: one schema for each kind of receiver.

import { z } from 'zod'
import { secret, url } from './values.ts'

const perReceiver = {
  concurrency: z.int().min(1).max(64).default(4).describe('Messages under way to it at once'),
  digest: z.boolean().default(true).describe('Also gets the daily summary'),
}
const overHttp = {
  ...perReceiver,
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(15_000)
    .describe('An answer that takes longer counts as none: it is tried again'),
}
// Whom a page or an incident wakes is not woken by a summary.
const paging = { ...overHttp, digest: z.boolean().default(false).describe('Also gets the daily summary') }

const template = z
  .strictObject({ title: z.string().optional(), body: z.string().optional() })
  .optional()
  .describe(
    'Words in place of ours: {{who}}, {{#if amount}} … {{/if}}, {{#each reasons}} {{.}} {{/each}}; all values are escaped',
  )

const webhookSecret = secret.regex(/^whsec_/, 'a Standard Webhooks secret: whsec_ and base64')
const topicArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}$/, 'arn:aws:sns:<region>:<account>:<topic>')

const snsMessage = z.enum(['text', 'json']).default('text').describe('For people, or the payload of the webhook')

export const receiver = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('console') }),
  z.strictObject({ kind: z.literal('inbox') }),
  z.strictObject({
    kind: z.literal('webhook'),
    url: url.describe('Where messages are posted'),
    secret: z
      .union([webhookSecret, z.array(webhookSecret).min(1).max(5)])
      .describe('Several while one takes over from another: each signs'),
    ...overHttp,
  }),
  z.strictObject({
    kind: z.literal('email'),
    to: z.array(z.email()).min(1).describe('Addresses'),
    from: z.string().default('Tocsin <tocsin@localhost>').describe('Sender, as your mail server lets it pass'),
    smtp: z.strictObject({
      host: z.string(),
      port: z.int().min(1).max(65535).default(587),
      tls: z
        .enum(['required', 'opportunistic', 'implicit'])
        .default('required')
        .describe(
          'required: STARTTLS or no mail; opportunistic: where the server offers it; implicit: from the first byte (port 465)',
        ),
      user: z.string().optional(),
      password: secret.optional(),
    }),
    template,
    ...perReceiver,
  }),
  z.strictObject({
    kind: z.literal('slack'),
    url: url.describe('An incoming webhook; it is a secret'),
    template,
    ...overHttp,
  }),
  z.strictObject({
    kind: z.literal('teams'),
    url: url.describe('Of the workflow "When a Teams webhook request is received"; it is a secret'),
    template,
    ...overHttp,
  }),
  z.strictObject({
    kind: z.literal('discord'),
    url: url.describe('A channel’s webhook; it is a secret'),
    template,
    ...overHttp,
  }),
  z.strictObject({
    kind: z.literal('telegram'),
    botToken: secret.regex(/^[\w:-]+$/, 'as BotFather gave it'),
    chatId: z.string().min(1).describe('Of a person or a group, or @channel'),
    url: url.default('https://api.telegram.org').describe('Of a Bot API server of your own'),
    template,
    ...overHttp,
  }),
  z.strictObject({
    kind: z.literal('pagerduty'),
    routingKey: secret.describe('The integration key of a service’s "Events API V2"'),
    severity: z.enum(['critical', 'error', 'warning', 'info']).default('error').describe('Of the incidents there'),
    url: url.default('https://events.pagerduty.com/v2/enqueue').describe('Of the region your account is in'),
    template,
    ...paging,
  }),
  z.strictObject({
    kind: z.literal('opsgenie'),
    apiKey: secret,
    priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']).default('P2').describe('Of the alerts there'),
    url: url.default('https://api.opsgenie.com').describe('Of the region your account is in'),
    template,
    ...paging,
  }),
  z.strictObject({
    kind: z.literal('sns'),
    topicArn,
    region: z.string().min(1).describe('Of the topic'),
    endpoint: url.optional().describe("Another endpoint than AWS's own"),
    accessKeyId: secret.optional(),
    secretAccessKey: secret.optional(),
    message: snsMessage,
    template,
    ...overHttp,
  }),
  z.strictObject({
    kind: z.literal('snsHttp'),
    url: url.describe('Of a program that subscribed to an SNS topic: it gets what SNS would post'),
    topicArn: topicArn.default('arn:aws:sns:us-east-1:000000000000:tocsin'),
    message: snsMessage,
    signing: z
      .strictObject({
        key: secret,
        certUrl: url,
        version: z.enum(['1', '2']).default('1').describe('SignatureVersion: 1 signs SHA-1, 2 SHA-256'),
      })
      .optional()
      .describe('An RSA key in PEM, and where subscribers get its certificate'),
    template,
    ...overHttp,
  }),
  z.strictObject({
    kind: z.literal('alertmanager'),
    url: url.describe('Of the Alertmanager'),
    severity: z.string().min(1).default('critical').describe('Its label `severity`'),
    labels: z
      .record(z.string().regex(/^[a-zA-Z_]\w*$/, 'a Prometheus label name'), z.string())
      .default({})
      .describe('Further labels, for its routes'),
    firingMinutes: z.number().positive().default(60).describe('How long it counts as firing: an anomaly has no end'),
    user: z.string().optional(),
    password: secret.optional(),
    template,
    ...paging,
  }),
  z.strictObject({
    kind: z.literal('ntfy'),
    url: url.default('https://ntfy.sh').describe('Of the server'),
    topic: z
      .string()
      .regex(/^[\w-]{1,64}$/, 'letters, digits, _ and -')
      .describe('Whoever knows it reads it: choose one that nobody guesses, or a server with access control'),
    token: secret.optional(),
    priority: z.int().min(1).max(5).default(4).describe('5 rings until somebody looks'),
    template,
    ...overHttp,
  }),
  z.strictObject({
    kind: z.literal('webPush'),
    contact: z
      .string()
      .regex(/^(mailto:|https:)/, 'mailto:you@example.com or an https address')
      .describe('For push services'),
    template,
    ...overHttp,
  }),
])
