// tocsin.yaml in, a checked configuration out: types, defaults, checks and the editor's JSON Schema come from one schema.

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { z } from 'zod'
import { receiver, secret, url } from './config/receivers.ts'
import { isAllowed, isRange, literalAddress, networkOf } from './core/address.ts'
import { isTimeZone } from './core/day.ts'
import { featuresSection } from './core/declaration.ts'
import { nearestName, TocsinError } from './core/error.ts'
import { Policy, Rotation, SeverityBands } from './core/policy.ts'

const column = z.string().min(1).describe('Name of a column of the history and of a field of the events')

const events = z
  .strictObject({
    id: column.optional().describe('Column that names an event; derived from the place in the stream where absent'),
    time: z
      .union([
        column,
        z.strictObject({
          column,
          unit: z.enum(['iso', 's', 'ms', 'us']).default('iso'),
          origin: z.iso.datetime({ offset: true }).optional().describe('Instant that number 0 stands for'),
        }),
      ])
      .optional()
      .describe('Event time; the order of rows (and the time of arrival) where absent'),
    label: z
      .union([column, z.strictObject({ column, anomaly: z.union([z.string(), z.number(), z.boolean()]).default(1) })])
      .optional()
      .describe('What training learns; an event must not carry it'),
    amount: column.optional().describe('Money at risk, for reports and costs'),
    entity: column.optional().describe('Card, customer, machine …: alerts of one entity belong together'),
    weight: column.optional().describe('How many events a row of the history stands for'),
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

const operatingPoint = z
  .union([
    z.strictObject({ alertsPerDay: z.number().positive().describe('How many alerts a team can review in a day') }),
    z.strictObject({ precision: z.number().gt(0).lt(1) }),
    z.strictObject({ recall: z.number().gt(0).lt(1) }),
    z.strictObject({
      cost: z.strictObject({
        missed: z
          .union([z.literal('amount'), z.number().positive()])
          .describe('Cost of a missed anomaly: its amount, or a number'),
        review: z.number().positive().describe('Cost of reviewing one alert'),
      }),
    }),
  ])
  .prefault({ alertsPerDay: 50 })

const lint = z
  .strictObject({
    accept: z
      .array(z.string().regex(/^[A-Z][A-Z_]*(:.+)?$/s, 'CODE or CODE:column, e.g. LEAK_VALUE:balance_after'))
      .default([])
      .describe('Findings of `tocsin lint` that a person has looked at: CODE, or CODE:column'),
  })
  .prefault({})

const model = z
  .strictObject({
    algorithm: z
      .enum(['boostedTrees', 'linear', 'randomCutForest', 'auto'])
      .default('boostedTrees')
      .describe(
        'What learns. boostedTrees: the most accurate as a rule. linear: logistic regression, small and easy to read. randomCutForest: finds what is unlike the rest, without learning from labels; they only calibrate it. auto: trains all, takes the best of the validation period, or a simpler one that is level with it',
      ),
    seed: z.int().min(0).default(1),
    maxTrees: z.int().min(1).max(5000).default(500),
    learningRate: z.number().gt(0).max(1).default(0.05),
    maxDepth: z.int().min(1).max(16).default(4),
    maxLeafNodes: z.int().min(2).max(256).default(16),
    maxBins: z.int().min(3).max(255).default(255),
    minSamplesLeaf: z
      .int()
      .min(1)
      .default(20)
      .describe(
        'Rows in a leaf at the least; of the sampled rows where the history is large. Of linear: rows of a category that gets a coefficient of its own',
      ),
    l2Regularization: z
      .number()
      .min(0)
      .default(1)
      .describe('Draws leaves (boostedTrees) or coefficients (linear, of standardised numbers) towards 0'),
    l1Regularization: z.number().min(0).default(0).describe('Of linear: makes coefficients that tell little exactly 0'),
    forestTrees: z.int().min(1).max(1000).default(50).describe('Of randomCutForest'),
    forestSampleSize: z.int().min(2).max(2048).default(256).describe('Of randomCutForest: rows that each tree holds'),
    growth: z
      .enum(['leafWise', 'depthWise'])
      .default('leafWise')
      .describe(
        'Which leaf is split next. leafWise: the one that gains most, so that few leaves go where the anomalies are. depthWise: level by level; steadier where the history is small and noisy',
      ),
    subsample: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe(
        'Share of the training rows that search for the splits of a tree: all anomalies that are still missed, and the rest by how wrong the score is. Less is faster and makes trees differ more. Large histories are sampled in any case',
      ),
    colsampleByTree: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe(
        'Share of the features, drawn anew, that each tree may test. Less keeps one strong feature from hiding the others, and makes the model less brittle where that feature fails',
      ),
    monotone: z
      .record(z.string(), z.enum(['increasing', 'decreasing']))
      .default({})
      .describe(
        'Of boostedTrees: numeric features whose rise may only raise (increasing) or only lower (decreasing) the score, e.g. {amount: increasing}. For what a reviewer or a regulator takes for granted; keeps noise from being learned where data are thin',
      ),
    positiveWeight: z.number().positive().default(1),
    bags: z
      .int()
      .min(1)
      .max(50)
      .default(1)
      .describe(
        'Of boostedTrees: how many models the score averages, each trained on redrawn weights. Steadier where anomalies are few; takes so many times as long to train and to score',
      ),
    earlyStoppingRounds: z
      .int()
      .min(1)
      .default(50)
      .describe('Of boostedTrees: training stops after so many trees without gain on the validation period'),
    stoppingModels: z
      .int()
      .min(1)
      .max(20)
      .default(3)
      .describe(
        'Of boostedTrees: where fewer than 1,000 anomalies judge, so many models on redrawn weights say together after how many trees to stop',
      ),
    refit: z
      .enum(['all', 'beforeTest', 'none'])
      .default('all')
      .describe(
        'What the model that serves has learned from at last. all: the whole history; the evaluation is that of a model made the same way without the test period. beforeTest: training and validation period, and the model that was evaluated serves. none: the training period alone',
      ),
    maxRows: z
      .int()
      .min(1000)
      .default(10_000_000)
      .describe(
        'Rows that training takes at most. Of a longer history all anomalies are kept, and of the normal rows a sample whose weights stand for all',
      ),
    maxMemoryGb: z
      .number()
      .positive()
      .default(8)
      .describe('What the columns of those rows may take while training reads them; a wide history is sampled sooner'),
    validationShare: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.2)
      .describe('Share of the history, by time, that stops and calibrates'),
    testShare: z.number().gt(0).lt(0.5).default(0.2).describe('Last share of the history, by time, that evaluates'),
  })
  .prefault({})

const name = z
  .string()
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/, 'letters, digits and inner hyphens')
  .max(63)

const minutes = z.number().positive()
const watch = z
  .strictObject({
    canaryEveryMinutes: minutes
      .nullable()
      .default(5)
      .describe('A synthetic event goes the whole way so often, counted nowhere; null: never'),
    canaryMinutes: minutes.default(2).describe('Alarm where it has not come back after so long'),
    noEventsMinutes: minutes.nullable().default(null).describe('Alarm where no event came for so long; null: never'),
    noScoresMinutes: minutes.default(5).describe('Alarm where events wait and none was taken for so long'),
    lagRecords: z.int().min(1).default(10_000).describe('A lag below this is none'),
    lagMinutes: minutes.default(5).describe('Alarm where the lag grows for so long'),
    receiverMinutes: minutes.default(15).describe('Alarm where a receiver fails for so long'),
    reportMinutes: minutes.default(60).describe('Alarm where the daily report is late by so much'),
    driftIndex: z
      .number()
      .positive()
      .nullable()
      .default(0.25)
      .describe(
        'Alarm where the score, or a feature that weighs a twentieth or more, is so far from training over seven days (stability index); null: never',
      ),
    to: z.array(name).optional().describe('Receivers of alarms about Tocsin itself; all where absent'),
  })
  .prefault({})

const outbound = z
  .strictObject({
    allow: z
      .array(
        z
          .string()
          .refine(
            (entry) => ['loopback', 'private', 'linkLocal'].includes(entry) || isRange(entry),
            'loopback, private, linkLocal or a range such as 10.1.0.0/16',
          ),
      )
      .default([])
      .describe('Networks beside the public internet that messages may go to over HTTP: loopback, private, a range'),
  })
  .prefault({})

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

const stream = z
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
      brokers: z.array(z.string().regex(/^.+:\d+$/, 'host:port')).min(1),
      topic: z
        .string()
        .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'letters, digits, dots, underscores, hyphens')
        .default('events'),
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
        .default('events'),
      region: z.string().min(1),
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

const endpoint = z
  .strictObject({
    name: name.optional().describe('What SageMaker clients call EndpointName; the detector’s name where absent'),
    variants: z
      .array(
        z.strictObject({
          name,
          model: z.union([z.enum(['champion', 'challenger']), z.int().min(1)]).describe('An alias, or a version'),
          weight: z.number().min(0).default(1).describe('Share of the requests: weight / sum of weights'),
          isShadow: z.boolean().default(false).describe('Scores what others answer, is stored, and never answers'),
        }),
      )
      .min(1)
      .max(10)
      .default([{ name: 'champion', model: 'champion', weight: 1, isShadow: false }])
      .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'names that differ')
      .refine((all) => all.some((one) => !one.isShadow && one.weight > 0), 'one variant that answers')
      .describe('Who answers at the scoring doors; an entity stays with its variant'),
    rollBack: z
      .strictObject({
        isAutomatic: z.boolean().default(true),
        alertRateFactor: z.number().min(1).default(4).describe('How far the alert rate may be from the evaluation’s'),
        failureRate: z.number().min(0).max(1).default(0.01).describe('Share of events that may fail to be scored'),
        afterEvents: z.int().min(1).default(1000).describe('Nothing is judged before'),
        untilEvents: z.int().min(1).default(50_000).describe('A champion that has come so far stays'),
      })
      .prefault({})
      .describe('When a new champion makes way for the one before it'),
    algorithm: z
      .enum(['xgboost', 'linearLearner', 'randomCutForest'])
      .optional()
      .describe('Whose answers SageMaker’s doors give; by what the model has learned where absent'),
    csvJoin: z
      .enum(['newline', 'comma'])
      .default('newline')
      .describe('xgboost, text/csv: predictions on lines, or on one line as containers before April 2022'),
    output: z
      .array(
        z.enum([
          'predicted_label',
          'labels',
          'probability',
          'probabilities',
          'raw_score',
          'raw_scores',
          'predicted_score',
        ]),
      )
      .default([])
      .describe('xgboost: what SAGEMAKER_INFERENCE_OUTPUT says there'),
    labelThreshold: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('Predicted labels are 1 above it (SageMaker: 0.5); by the operating point where absent'),
    maxBodyBytes: z
      .int()
      .min(1024)
      .default(6 * 1024 * 1024)
      .describe('Largest body of SageMaker’s doors'),
    capture: z
      .strictObject({
        dir: z.string().optional().describe('Folder of the files; `capture` in dataDir where absent'),
        samplingPercentage: z.number().min(0).max(100).default(100).describe('Share of the invocations'),
        mode: z.enum(['input', 'output', 'inputAndOutput']).default('inputAndOutput'),
        redact: z.array(column).default([]).describe('Columns whose values are left out'),
        maxMegabytes: z.number().min(32).default(1000).describe('Beyond it the oldest files go'),
      })
      .optional()
      .describe('Keeps invocations of SageMaker’s doors and their answers, in the lines of its data capture'),
    deadlineMs: z.int().min(100).default(60_000).describe('Body and answer must be there by then'),
    maxWaitMs: z
      .number()
      .positive()
      .default(1000)
      .describe('What a burst may make a request wait before others get 429; under a standing queue 1/200 of it'),
  })
  .prefault({})

const store = z
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

const archive = z
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

const policyFields = {
  severity: SeverityBands.prefault({}),
  policies: z
    .record(name, Policy)
    .default({})
    .describe(
      'Which alerts a receiver (or a rotation of onCall) is told, when and how often. Without one, console, inbox and programs are told every alert at once, people at most one message per entity an hour and 60 an hour in all',
    ),
  onCall: z.record(name, Rotation).default({}).describe('Rotations by name: receivers that take turns'),
}

const fields = z.strictObject({
  detector: name.default('detector').describe('Name of this job'),
  dataDir: z.string().default('tocsin-data').describe('Where the embedded stream and store live'),
  events,
  features: featuresSection,
  lint,
  model,
  operatingPoint,
  stream,
  store,
  archive,
  notify: z
    .record(name, receiver)
    .default({ console: { kind: 'console' }, inbox: { kind: 'inbox' } })
    .describe('Receivers by name'),
  endpoint,
  outbound,
  watch,
  ...policyFields,
  report: z
    .strictObject({
      timeZone: z.string().refine(isTimeZone, 'an IANA time zone, e.g. Europe/Berlin').default('UTC'),
      allowedLatenessMinutes: z
        .number()
        .min(0)
        .default(5)
        .describe('How long after midnight (event time) a day stays open'),
      closeIdleAfterMinutes: z
        .number()
        .min(0.01)
        .default(15)
        .describe('A stream this long silent no longer keeps a past day open'),
      also: z
        .array(z.enum(['week', 'month']))
        .default([])
        .describe('Longer periods that are sent when their last day closes; their pages are there in any case'),
    })
    .prefault({}),
  web: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Any other address than loopback needs a token'),
      port: z.int().min(0).max(65535).default(4380),
      token: secret.min(16, 'at least 16 characters').optional(),
      awsCredentials: z
        .array(z.strictObject({ accessKeyId: z.string().regex(/^[\w-]{1,128}$/), secretAccessKey: secret }))
        .default([])
        .describe('Keys that AWS clients sign with (Signature Version 4); where there are any, their doors demand one'),
      streamNames: z
        .array(z.string().regex(/^[a-zA-Z0-9_.-]{1,128}$/))
        .default([])
        .describe('Names under which Kinesis and Firehose clients know the stream; any name where there are none'),
      publicUrl: url.optional().describe('How people reach this console, for links in messages'),
      linkKey: secret
        .min(32, 'at least 32 characters')
        .optional()
        .describe(
          'Signs the links of messages; made and kept in the data folder where absent; several machines share one',
        ),
      maxBodyBytes: z
        .int()
        .min(1024)
        .default(10 * 1024 * 1024),
      maxUploadBytes: z
        .int()
        .min(1024)
        .default(4 * 1024 * 1024 * 1024)
        .describe('Largest file of history that the console’s Setup takes'),
    })
    .refine((web) => web.token !== undefined || isLoopback(web.host), {
      path: ['host'],
      error: 'a token (web.token) where the address is not loopback',
    })
    .prefault({}),
})

const schema = fields.superRefine(({ notify, outbound: { allow }, policies, onCall }, context) => {
  for (const [name, fields] of Object.entries(notify))
    for (const [key, address] of Object.entries(fields))
      if (key === 'url' || key === 'endpoint') refuseNetwork(['notify', name, key], String(address), allow, context)
  checkNames({ notify, policies, onCall }, context)
})

export type Config = z.infer<typeof schema>
/** What may be written in tocsin.yaml: everything has a default. */
export type ConfigInput = z.input<typeof schema>

type Named = {
  readonly notify: Readonly<Record<string, unknown>>
  readonly policies: Readonly<Record<string, Policy>>
  readonly onCall: Readonly<Record<string, Rotation>>
}

// Whoever policies and rotations speak of must be there.
function checkNames({ notify, policies, onCall }: Named, context: z.core.$RefinementCtx): void {
  const receivers = Object.keys(notify)
  const expect = (known: readonly string[], found: string, path: readonly string[]) => {
    if (known.includes(found)) return
    const near = nearestName(found, known)
    const advice = near ? `; did you mean "${near}"?` : `; known: ${known.join(', ') || 'none'}`
    context.addIssue({ code: 'custom', path: [...path], message: `there is no receiver "${found}"${advice}` })
  }
  const targets = [...receivers, ...Object.keys(onCall)]
  for (const [of, { escalate }] of Object.entries(policies)) {
    expect(targets, of, ['policies', of])
    for (const to of escalate.flatMap((level) => level.to)) expect(targets, to, ['policies', of, 'escalate'])
  }
  for (const [of, rotation] of Object.entries(onCall)) {
    if (receivers.includes(of))
      context.addIssue({ code: 'custom', path: ['onCall', of], message: 'another name: a receiver has this one' })
    const members = 'weekly' in rotation ? rotation.weekly : [...Object.values(rotation.who), ...rotation.otherwise]
    for (const member of members) expect(receivers, member, ['onCall', of])
  }
}

// What a name server says is checked when a message goes out; what the address itself says, here.
function refuseNetwork(path: string[], address: string, allow: readonly string[], context: z.RefinementCtx): void {
  const literal = literalAddress(address)
  if (literal === undefined || isAllowed(literal, allow)) return
  const network = networkOf(literal)
  const advice =
    network === 'reserved' ? 'no message may go there' : `write outbound: {allow: [${network}]} where it is meant`
  context.addIssue({ code: 'custom', path, message: `${literal} is ${network}, not public; ${advice}` })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** The configuration with other severity bands, policies and rotations, as tocsin.yaml writes them. Throws `CONFIG_INVALID`. */
export function withPolicies(config: Config, input: unknown): Config {
  const { notify } = config
  const given = z.strictObject(policyFields).superRefine((found, context) => checkNames({ notify, ...found }, context))
  const result = given.safeParse(input)
  if (result.success) return { ...config, ...result.data }
  throw invalid('the policies', result.error.issues, () => undefined)
}

/** Defaults filled in and checked. Throws TocsinError `CONFIG_INVALID` that lists every mistake. */
export function parseConfig(input: ConfigInput): Config {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw invalid('the configuration', result.error.issues, () => undefined)
}

/** Reads and checks a YAML file. Throws `CONFIG_MISSING`, or `CONFIG_INVALID` naming each mistake's line, path and nearest right name. */
export async function loadConfig(path: string, environment: NodeJS.ProcessEnv): Promise<Config> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new TocsinError('CONFIG_MISSING', `${path}: cannot be read. Write one with: tocsin init`, { cause })
  }
  return readConfig(text, path, environment)
}

/** As `loadConfig`, from text; `path` is for messages. */
export function readConfig(text: string, path: string, environment: NodeJS.ProcessEnv): Config {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  if (document.errors.length > 0) {
    const details = document.errors.map(
      ({ message, linePos }) => `line ${linePos?.[0].line ?? 1}: ${message.split('\n')[0]}`,
    )
    throw new TocsinError('CONFIG_INVALID', summary(path, details), { details })
  }
  const missing: string[] = []
  const filled = fillEnvironment(document.toJS() ?? {}, environment, missing)
  const result = schema.safeParse(filled)
  const lineAt = (keys: readonly PropertyKey[]) => {
    const offset = offsetOf(document.contents, keys)
    return offset === undefined ? undefined : lines.linePos(offset).line
  }
  if (missing.length > 0 || !result.success)
    throw invalid(path, result.success ? [] : result.error.issues, lineAt, missing)
  return result.data
}

/** JSON Schema of tocsin.yaml, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}

function fillEnvironment(value: unknown, environment: NodeJS.ProcessEnv, missing: string[]): unknown {
  if (typeof value === 'string')
    return value
      .replace(/\$\{file:([^}]+)\}/g, (_, file: string) => secretFile(file, missing))
      .replace(/\$\{([A-Za-z_]\w*)\}/g, (_, variable: string) => {
        const found = environment[variable]
        if (found === undefined)
          missing.push(`environment variable ${variable} is not set; export it, or write the value`)
        return found ?? 'unset-environment-variable'
      })
  if (Array.isArray(value)) return value.map((item) => fillEnvironment(item, environment, missing))
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, held]) => [key, fillEnvironment(held, environment, missing)]),
    )
  return value
}

// As Docker, Kubernetes and systemd hand secrets over; the line break at the end is an editor's.
function secretFile(file: string, missing: string[]): string {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (error) {
    missing.push(
      `file ${file} cannot be read (${error instanceof Error && 'code' in error ? error.code : error}); write it, or the value`,
    )
    return 'unread-file'
  }
}

type Issue = z.core.$ZodIssue

function invalid(
  path: string,
  issues: readonly Issue[],
  lineAt: (keys: readonly PropertyKey[]) => number | undefined,
  missing: readonly string[] = [],
): TocsinError {
  const single = issues.flatMap(closestBranch)
  // A misspelt key is one mistake, not also a missing one.
  const meant = new Set(
    single.flatMap((issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => meantPath(issue.path, key)) : [],
    ),
  )
  const findings = single.filter((issue) => issue.code !== 'invalid_type' || !meant.has(issue.path.join('.')))
  const details = [...missing, ...findings.flatMap((issue) => describe(issue, lineAt))]
  return new TocsinError('CONFIG_INVALID', summary(path, details), { details })
}

function summary(path: string, details: readonly string[]): string {
  const count = details.length === 1 ? 'one mistake' : `${details.length} mistakes`
  return `${path}: ${count}\n${details.map((detail) => `  - ${detail}`).join('\n')}`
}

function describe(issue: Issue, lineAt: (keys: readonly PropertyKey[]) => number | undefined): string[] {
  const at = (keys: readonly PropertyKey[]) => {
    const line = lineAt(keys)
    return `${line === undefined ? '' : `line ${line}: `}${keys.map(String).join('.') || 'the file'}`
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const near = nearestName(key, keysAt(issue.path))
      const known = keysAt(issue.path)
      return `${at([...issue.path, key])}: unknown key${near ? `; did you mean "${near}"?` : known.length ? `; known: ${known.join(', ')}` : ''}`
    })
  if (issue.code === 'invalid_union') {
    const expected = issue.errors.flat().map(({ message }) => message.replace('Invalid input: ', ''))
    return [`${at(issue.path)}: ${[...new Set(expected)].join(', or ') || issue.message}`]
  }
  return [`${at(issue.path)}: ${issue.message.replace('Invalid input: ', '')}`]
}

// Where one branch of a union only dislikes details, its findings say more than "invalid input".
function closestBranch(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? []
  if (depth(closest) === 0) return [issue]
  return closest.flatMap((inner) => closestBranch({ ...inner, path: [...issue.path, ...inner.path] }))
}

function meantPath(path: readonly PropertyKey[], key: string): string {
  return [...path, nearestName(key, keysAt(path)) ?? key].join('.')
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)))
}

// The keys that the schema knows at a path, through its JSON form: one walk for objects, unions and defaults alike.
function keysAt(path: readonly PropertyKey[]): string[] {
  type Shape = {
    properties?: Record<string, Shape>
    anyOf?: Shape[]
    oneOf?: Shape[]
    additionalProperties?: Shape | boolean
    items?: Shape
  }
  const branches = (shape: Shape): Shape[] => [shape, ...(shape.anyOf ?? []), ...(shape.oneOf ?? [])]
  let shapes: Shape[] = branches(configJsonSchema() as Shape)
  for (const key of path)
    shapes = shapes.flatMap((shape) => {
      const rest = typeof shape.additionalProperties === 'object' ? shape.additionalProperties : undefined
      const next = typeof key === 'number' ? shape.items : (shape.properties?.[String(key)] ?? rest)
      return next ? branches(next) : []
    })
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape.properties ?? {})))]
}

function offsetOf(node: Node | null, keys: readonly PropertyKey[]): number | undefined {
  let offset = node?.range?.[0]
  let at: unknown = node
  for (const key of keys) {
    if (isMap(at)) {
      const pair = at.items.find((item) => isScalar(item.key) && item.key.value === key)
      if (!pair) return offset
      offset = (pair.key as Node).range?.[0] ?? offset
      at = pair.value
    } else if (isSeq(at) && typeof key === 'number') {
      at = at.items[key]
      offset = (at as Node | undefined)?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}
