// What the HTTP API says and takes: one schema each, from which validation, types (the console's too) and OpenAPI come.

import { z } from 'zod'
import { Matcher } from '../core/matcher.ts'

const label = z.enum(['anomaly', 'normal'])
const heldReason = z.enum(['silenced', 'inhibited', 'rest', 'quiet', 'grouped', 'storm'])
const fieldValue = z.union([z.number(), z.string(), z.boolean(), z.null()])

/** RFC 9457. `code` is the TocsinError's; `errors` names each single finding. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.string()).optional(),
})

/** A flat object with the detector's own column names, e.g. `{"transaction_id": "t1", "amount": 12.5, …}`; never with the label. */
export const EventBody = z.record(z.string(), fieldValue)

export const EventsAccepted = z.object({
  accepted: z.int(),
  positions: z.array(z.object({ partition: z.int(), position: z.int() })),
})

export const ReasonView = z.object({
  feature: z.string(),
  value: fieldValue,
  contribution: z.number(),
  text: z.string(),
})

export const DecisionView = z.object({
  eventId: z.string(),
  /** The same for the same event and model version. */
  decisionId: z.string(),
  score: z.number(),
  threshold: z.number(),
  outcome: z.enum(['alert', 'pass']),
  modelVersion: z.int(),
  /** Which of the endpoint's variants decided. */
  variant: z.string(),
  reasons: z.array(ReasonView),
})
export const ScoreAnswer = z.object({ decisions: z.array(DecisionView) })

export const AlertJson = z.object({
  id: z.string(),
  detector: z.string(),
  eventId: z.string(),
  /** ISO 8601, as are all times of the API. */
  eventTime: z.string(),
  groupKey: z.string(),
  entity: z.string().nullable(),
  amount: z.number().nullable(),
  score: z.number(),
  threshold: z.number(),
  modelVersion: z.int(),
  reasons: z.array(ReasonView),
  label: label.nullable(),
  labelledBy: z.string().nullable(),
  labelledAt: z.string().nullable(),
  deliveries: z.array(z.object({ receiver: z.string(), state: z.enum(['pending', 'sent', 'dead']) })),
  /** The event's fields; only where one alert is asked for. */
  fields: z.record(z.string(), fieldValue).optional(),
  /** Who has seen it and takes care; only where one alert is asked for. */
  acknowledgement: z.object({ by: z.string(), at: z.string(), note: z.string().nullable() }).nullable().optional(),
  /** Which policies did not tell it at once, and why; only where one alert is asked for. */
  held: z.array(z.object({ policy: z.string(), reason: z.string(), at: z.string() })).optional(),
})
export const AlertList = z.object({ alerts: z.array(AlertJson), next: z.string().nullable() })

export const LabelBody = z
  .object({
    alertId: z.string().optional(),
    eventId: z.string().optional(),
    label,
    by: z.string().min(1).max(200).default('api'),
    note: z.string().max(2000).nullable().default(null),
  })
  .refine(
    (body) => (body.alertId === undefined) !== (body.eventId === undefined),
    'name either alertId or eventId, not both',
  )
export const LabelAnswer = z.object({ eventId: z.string(), label, labelledAt: z.string(), by: z.string() })

/** What people have said and done about one alert, the first first. */
export const AlertTrail = z.object({
  trail: z.array(
    z.object({
      at: z.string(),
      by: z.string(),
      what: z.enum(['anomaly', 'normal', 'unsure', 'silence', 'acknowledged']),
      note: z.string().nullable(),
    }),
  ),
})
export const UnsureBody = z.object({
  by: z.string().min(1).max(200).default('api'),
  note: z.string().max(2000).nullable().default(null),
})
const ids = z.array(z.string().min(1)).min(1).max(1000)
export const LabelManyBody = UnsureBody.extend({ alertIds: ids, label })
export const LabelManyAnswer = z.object({ labelled: z.int(), label, labelledAt: z.string(), by: z.string() })

/** Where an alert's score comes from, by the model that raised it. */
export const AlertStudy = z.object({
  /** Margins: of the average training row, of the event, and the least that alerts; in log-odds where the model is trees or linear. */
  base: z.number(),
  margin: z.number(),
  alertsFrom: z.number(),
  /** All features; they add up from base to margin. Strongest first, whatever their sign. */
  parts: z.array(z.object({ feature: z.string(), value: fieldValue, contribution: z.number() })),
  /** The smallest change towards usual values, of one feature or else of two, that would not have alerted; null where none was found. */
  wouldPass: z
    .object({
      changes: z.array(z.object({ feature: z.string(), from: fieldValue, to: fieldValue })),
      score: z.number(),
    })
    .nullable(),
  /** Labelled events whose score comes from the same features, most alike (1) first; decided by the same version. */
  alike: z.array(
    z.object({
      eventId: z.string(),
      alertId: z.string().nullable(),
      eventTime: z.string(),
      entity: z.string().nullable(),
      amount: z.number().nullable(),
      score: z.number(),
      label,
      labelledAt: z.string(),
      by: z.string(),
      likeness: z.number(),
    }),
  ),
})

export const LabelList = z.object({
  labels: z.array(
    z.object({
      eventId: z.string(),
      label,
      labelledAt: z.string(),
      by: z.string(),
      note: z.string().nullable(),
    }),
  ),
})

export const ModelJson = z.object({
  version: z.int(),
  digest: z.string(),
  createdAt: z.string(),
  aliases: z.array(z.string()),
  /** The artifact's evaluation, as `Evaluation` of the library. */
  evaluation: z.record(z.string(), z.unknown()),
})
export const ModelList = z.object({ models: z.array(ModelJson) })
export const PromoteBody = z.object({
  alias: z.enum(['champion', 'challenger']).default('champion'),
  reason: z.string().default(''),
})

const curvePoint = z.object({
  threshold: z.number(),
  alertsPerDay: z.number(),
  precision: z.number(),
  recall: z.number(),
  caughtShare: z.number().nullable().default(null),
  costPerDay: z.number().nullable(),
})
/** Stored with the version when it was trained: rising recall, measured on the last period of the history. */
export const StoredCurve = z.array(curvePoint)
export const MoveBody = z.object({
  threshold: z.number().gt(0).max(1),
  reason: z.string().trim().min(1, 'expected the reason, for whoever asks later').max(2000),
  by: z.string().min(1).max(200).default('api'),
})
export const OperatingPointJson = z.object({
  version: z.int(),
  /** An event alerts where its score reaches it. */
  threshold: z.number(),
  /** Newest first: what people chose after training. */
  changes: z.array(z.object({ threshold: z.number(), by: z.string(), reason: z.string(), changedAt: z.string() })),
  curve: StoredCurve,
  /** Whether `/v1/models/:version/report` has the training report. */
  hasReport: z.boolean(),
  /** What this version's scores of the last seven days of event time would have meant; null where it decided none. */
  lastWeek: z
    .object({
      from: z.string(),
      to: z.string(),
      days: z.number(),
      events: z.int(),
      /** False: only the newest events of the week were looked at, from `from` on. */
      isWhole: z.boolean(),
      outcomes: z.array(
        z.object({
          threshold: z.number(),
          alerts: z.int(),
          amountAtRisk: z.number().nullable(),
          anomalies: z.int(),
          normals: z.int(),
        }),
      ),
    })
    .nullable(),
})

export const RollBackBody = z.object({ reason: z.string().default('') })

export const VariantList = z.object({
  variants: z.array(
    z.object({
      name: z.string(),
      modelVersion: z.int(),
      weight: z.number(),
      isShadow: z.boolean(),
      /** Scored at the doors; failures could not be, and are none of the requests' faults. */
      events: z.int(),
      alerts: z.int(),
      failures: z.int(),
    }),
  ),
})

const outcome = z.enum(['alert', 'pass'])
export const ShadowScoreList = z.object({
  shadowScores: z.array(
    z.object({
      eventId: z.string(),
      variant: z.string(),
      modelVersion: z.int(),
      score: z.number(),
      outcome,
      answeredVersion: z.int(),
      answeredScore: z.number(),
      answeredOutcome: outcome,
      scoredAt: z.string(),
    }),
  ),
})

export const PromoteAnswer = z.object({ version: z.int(), alias: z.enum(['champion', 'challenger']) })

const proportion = z.object({ value: z.number(), low: z.number(), high: z.number() })
const answers = {
  alerts: z.int(),
  anomalies: z.int(),
  normals: z.int(),
  /** Share of the alerts that have an answer; null where there were none. */
  answeredShare: z.number().nullable(),
  /** At least four fifths are answered: the rest would not change the picture much. */
  isMature: z.boolean(),
  /** Of the answered alerts, with its 95 % Wilson interval; null before the first answer. */
  precision: proportion.nullable(),
}
const severity = z.enum(['steady', 'shifted', 'drifted', 'unknown'])
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
export const QualityJson = z.object({
  detector: z.string(),
  timeZone: z.string(),
  /** Null before the first event. */
  quality: z
    .object({
      from: z.string(),
      to: z.string(),
      ...answers,
      /** Precision if every alert without an answer were normal, or an anomaly. */
      bounds: z.object({ low: z.number(), high: z.number() }).nullable(),
      byDay: z.array(z.object({ day: z.string(), ...answers })),
      /** By the week's Monday. */
      byWeek: z.array(z.object({ week: z.string(), ...answers })),
      recall: z.object({
        /** Among the anomalies that people know of, those that alerted; null unless events that passed have labels, too. */
        known: proportion.extend({ anomalies: z.int(), caught: z.int(), labelledPasses: z.int() }).nullable(),
        /** By the model's own scores: expected anomalies in alerts among all expected ones. */
        expected: z.object({ value: z.number(), missed: z.number(), all: z.number() }).nullable(),
      }),
      /** Answered alerts by score: what was predicted, and what people found. */
      calibration: z.array(
        z.object({
          from: z.number(),
          to: z.number(),
          events: z.int(),
          anomalies: z.int(),
          predicted: z.number(),
          found: proportion,
        }),
      ),
    })
    .nullable(),
  /** What the champion's evaluation promised at its operating point. */
  tested: z.object({ modelVersion: z.int(), precision: proportion, recall: proportion }).nullable(),
})

const shift = z.object({
  /** Population stability index; null where one side has no events. */
  psi: z.number().nullable(),
  /** What it stays below, 19 times out of 20, if nothing has changed. */
  chance: z.number().nullable(),
  severity,
})
const featureDrift = z.object({
  name: z.string(),
  /** Share of all importance; null for the score. */
  importance: z.number().nullable(),
  fromTraining: shift,
  fromWeekdays: shift,
  byDay: z.array(z.object({ day: z.string(), psi: z.number().nullable(), severity })),
  /** Shares: in training, and now. */
  bins: z.array(z.object({ name: z.string(), trained: z.number(), now: z.number().nullable() })),
})
export const DriftJson = z.object({
  drift: z
    .object({
      modelVersion: z.int(),
      from: z.string(),
      to: z.string(),
      /** So many days, up to the last, are called now. */
      recentDays: z.int(),
      events: z.int(),
      weekdayEvents: z.int(),
      score: featureDrift,
      /** What matters first: drift times importance. */
      features: z.array(featureDrift),
    })
    .nullable(),
  /** Why there is none: no model, one that was trained before drift was counted, or no events. */
  why: z.enum(['noModel', 'noBaseline', 'noEvents']).nullable(),
})

const dayLine = z.object({ day: z.string(), isClosed: z.boolean(), events: z.int(), alerts: z.int() })
export const DayList = z.object({
  /** The day that event time has reached; null before the first event. */
  open: z.string().nullable(),
  /** Newest first; the open one, too. */
  days: z.array(dayLine),
})
/** Sent over `/v1/live` as the SSE event `day` when a day has closed. */
export const DayClosed = dayLine

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

export const Health = z.object({ status: z.literal('ok') })
export const Ready = z.object({
  status: z.literal('ready'),
  /** Null: events are kept until there is a model. */
  champion: z.int().nullable(),
})

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
  /** Records accepted and not yet decided. */
  lag: z.int(),
  champion: z.int().nullable(),
})

export const InboxList = z.object({
  messages: z.array(
    z.object({
      id: z.string(),
      receivedAt: z.string(),
      subject: z.string(),
      text: z.string(),
      html: z.string(),
      alertId: z.string().nullable(),
    }),
  ),
})

const deadLetter = z.object({
  id: z.int(),
  partition: z.int(),
  position: z.int(),
  code: z.string(),
  reason: z.string(),
  /** UTF-8, what is not shows as U+FFFD; at most 4 kB in a list. */
  text: z.string(),
  storedAt: z.string(),
  /** Null: it waits to be mended or replayed. */
  replayedAt: z.string().nullable(),
})
export const DeadLetterList = z.object({ deadLetters: z.array(deadLetter) })
/** With the record's bytes, whole, as base64. */
export const DeadLetterJson = deadLetter.extend({ bytes: z.base64() })
export const ReplayBody = z
  .object({ text: z.string().min(1).optional() })
  .describe('The record as it should be; as it came where absent')
export const ReplayAnswer = z.object({ id: z.int(), partition: z.int(), position: z.int() })

const instant = z.string().nullable()
/** How Tocsin itself is. */
export const HealthReport = z.object({
  status: z.enum(['well', 'alarmed']),
  alarms: z.array(
    z.object({ topic: z.string(), about: z.string(), since: z.string(), subject: z.string(), text: z.string() }),
  ),
  /** The last synthetic event; null where none is sent. */
  canary: z.object({ sentAt: instant, heardAt: instant, tookMs: z.number().nullable() }).nullable(),
})

/** Answers through links of messages. */
export const AnswerList = z.object({
  answers: z.array(
    z.object({
      link: z.string(),
      alertId: z.string(),
      eventId: z.string(),
      answer: z.enum(['anomaly', 'normal', 'unsure', 'silence']),
      answeredAt: z.string(),
      by: z.string(),
      note: z.string().nullable(),
      /** Through whose message. */
      receiver: z.string(),
    }),
  ),
})

export const DeliveryJson = z.object({
  /** The idempotency key of every try. */
  id: z.string(),
  receiver: z.string(),
  kind: z.enum(['alert', 'dailySummary', 'notice']),
  /** The alert's id, the day, or the notice's topic. */
  about: z.string(),
  /** Of whom or what it tells, for people: the entity, or the subject. */
  subject: z.string(),
  state: z.enum(['pending', 'sent', 'dead']),
  attempts: z.int(),
  /** Null where there is no next try. */
  nextAttemptAt: z.string().nullable(),
  /** Why the last try failed. */
  reason: z.string().nullable(),
})
export const DeliveryList = z.object({ deliveries: z.array(DeliveryJson) })
export const Accepted = z.object({ delivery: z.string() })

export const ReceiverList = z.object({
  receivers: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      /** `resting`: it fails again and again, or asked to be left alone; `probing`: one message may try. */
      state: z.enum(['well', 'resting', 'probing']),
      failingSince: z.string().nullable(),
      reason: z.string().nullable(),
      /** When it last heard a message, since the start. */
      heardAt: z.string().nullable(),
    }),
  ),
})
export const PreviewJson = z.object({
  contentType: z.enum(['text/html', 'text/plain', 'application/json']),
  body: z.string(),
})
/** `isTold`: a receiver of the kind webPush is configured, so that asking makes sense. */
export const PushKey = z.object({ publicKey: z.string(), isTold: z.boolean() })
const key64 = z.string().regex(/^[\w-]{10,200}=*$/, 'base64url')
/** What a browser's PushSubscription.toJSON() gives. */
export const PushSubscriptionBody = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(2000),
  keys: z.object({ p256dh: key64, auth: key64 }),
})

const by = z.string().min(1).max(200).default('api')
const note = z.string().max(2000).nullable().default(null)

export const AcknowledgeBody = z.object({ by, note })
export const AcknowledgeAnswer = z.object({
  alertId: z.string(),
  by: z.string(),
  at: z.string(),
  note: z.string().nullable(),
})

/** Either a matcher, or an alert: then it is about the alert's entity, and ends when somebody answers it. */
export const SilenceBody = z
  .object({
    matcher: Matcher.optional(),
    untilAnswered: z.string().min(1).optional(),
    startsAt: z.iso.datetime({ offset: true }).optional(),
    endsAt: z.iso.datetime({ offset: true }).optional(),
    by,
    note,
  })
  .refine(({ matcher, untilAnswered }) => untilAnswered !== undefined || Object.keys(matcher ?? {}).length > 0, {
    path: ['matcher'],
    error: 'what to silence: a matcher with at least one key, or untilAnswered with the id of an alert',
  })
  .refine(({ endsAt, untilAnswered }) => endsAt !== undefined || untilAnswered !== undefined, {
    path: ['endsAt'],
    error: 'when it ends: endsAt, or untilAnswered; a silence for ever hides what matters',
  })
export const SilenceJson = z.object({
  id: z.string(),
  matcher: Matcher,
  /** The matcher in words. */
  words: z.string(),
  startsAt: z.string(),
  endsAt: z.string().nullable(),
  untilAnswered: z.string().nullable(),
  by: z.string(),
  note: z.string().nullable(),
  endedAt: z.string().nullable(),
  endedBy: z.string().nullable(),
  isActive: z.boolean(),
})
/** Newest start first. */
export const SilenceList = z.object({ silences: z.array(SilenceJson) })
export const EndSilenceBody = z.object({ by })
export const EndSilenceAnswer = z.object({ id: z.string(), endedAt: z.string(), endedBy: z.string() })

export const PolicyList = z.object({
  policies: z.array(
    z.object({
      /** Of the receiver or rotation. */
      name: z.string(),
      kind: z.string(),
      /** What it does, in one plain sentence. */
      sentence: z.string(),
      /** By its kind; not written in the configuration. */
      isDefault: z.boolean(),
    }),
  ),
})

export const SimulateBody = z.object({
  /** Event time [from, to). */
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
  /** `severity`, `policies` and `onCall` as tocsin.yaml writes them, in place of those that run; these where absent. */
  change: z.record(z.string(), z.unknown()).optional(),
  /** Messages listed one by one. */
  limit: z.int().min(0).max(10_000).default(500),
})
export const SimulateAnswer = z.object({
  /** Of the policies that were played. */
  policies: PolicyList.shape.policies,
  alerts: z.int(),
  /** In the order of time. */
  messages: z.array(
    z.object({
      at: z.string(),
      receiver: z.string(),
      kind: z.enum(['alert', 'escalation', 'storm', 'digest']),
      subject: z.string(),
      alertId: z.string().nullable(),
    }),
  ),
  /** Messages beyond the limit. */
  omitted: z.int(),
  /** Most messages within any hour beside all of them. */
  receivers: z.array(z.object({ receiver: z.string(), messages: z.int(), busiestHour: z.int() })),
  /** Alerts that policies did not tell at once, by reason. */
  held: z.array(z.object({ policy: z.string(), reason: z.string(), alerts: z.int() })),
})

export type Problem = z.infer<typeof Problem>
export type AlertJson = z.infer<typeof AlertJson>
export type AlertList = z.infer<typeof AlertList>
export type DaySummary = z.infer<typeof DaySummary>
export type DayList = z.infer<typeof DayList>
export type Stats = z.infer<typeof Stats>
export type DeliveryList = z.infer<typeof DeliveryList>
export type PushKey = z.infer<typeof PushKey>
export type PreviewJson = z.infer<typeof PreviewJson>
export type InboxList = z.infer<typeof InboxList>
export type ModelList = z.infer<typeof ModelList>
export type DeadLetterList = z.infer<typeof DeadLetterList>
export type ScoreAnswer = z.infer<typeof ScoreAnswer>
export type EventsAccepted = z.infer<typeof EventsAccepted>
export type OperatingPointJson = z.infer<typeof OperatingPointJson>
export type LabelList = z.infer<typeof LabelList>
export type DayClosed = z.infer<typeof DayClosed>
export type RollupList = z.infer<typeof RollupList>
export type SilenceJson = z.infer<typeof SilenceJson>
export type SimulateAnswer = z.infer<typeof SimulateAnswer>
export type PolicyList = z.infer<typeof PolicyList>
export type PromoteAnswer = z.infer<typeof PromoteAnswer>
export type VariantList = z.infer<typeof VariantList>
export type AlertTrail = z.infer<typeof AlertTrail>
export type AlertStudy = z.infer<typeof AlertStudy>
export type DeadLetterJson = z.infer<typeof DeadLetterJson>
export type ReceiverList = z.infer<typeof ReceiverList>
export type SilenceList = z.infer<typeof SilenceList>
export type StreamJson = z.infer<typeof StreamJson>
export type QualityJson = z.infer<typeof QualityJson>
export type DriftJson = z.infer<typeof DriftJson>
export type SetupJson = z.infer<typeof SetupJson>
export type SetupChoicesBody = z.infer<typeof SetupChoicesBody>
