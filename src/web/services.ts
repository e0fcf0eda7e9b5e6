// What the web needs from the running system, handed in by the app: the doors of rooms, a clock, a log.

import type { Simulation } from '../alert/alert.ts'
import type { Alert, Message } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { Day } from '../core/day.ts'
import type { Label } from '../core/event.ts'
import type { Alarm, AnswerLinks, Preview, ReceiverHealth } from '../notify/notify.ts'
import type { Registry } from '../registry/registry.ts'
import type { DaySummary } from '../report/report.ts'
import type { Scorer, Study } from '../score/score.ts'
import type { Store } from '../store/store.ts'
import type { Stream } from '../stream/stream.ts'
import type { SetupJson } from './api/setup.ts'
import type { ContainerParts, EndpointSettings } from './doors/invoke.ts'
import type { Variants } from './doors/variants.ts'
import type { Immutable } from './route.ts'
import type { AwsCredential } from './sigv4.ts'

export type Services = {
  readonly detector: string
  readonly timeZone: string
  readonly stream: Pick<Stream, 'append'>
  /** The same, for clients that read it back. */
  readonly reading: Pick<Stream, 'partitions' | 'consume' | 'first' | 'end'>
  /** Names under which Kinesis and Firehose clients know the stream; any where there are none. */
  readonly streamNames?: readonly string[]
  readonly store: Store
  /** The champion's; undefined where there is no model yet. */
  readonly scorer: () => Promise<Pick<Scorer, 'parse' | 'readPlain' | 'decide'> | undefined>
  readonly registry: Pick<Registry, 'list' | 'promote' | 'rollBack' | 'moveThreshold' | 'load'>
  /** The models that answer at the scoring doors. */
  readonly variants: Variants
  readonly endpoint: EndpointOptions
  /** Keeps invocations and their answers. */
  readonly capture?: ContainerParts['capture']
  /** Keys that AWS clients may sign with. */
  readonly awsCredentials: readonly AwsCredential[]
  /** Puts a dead letter into the stream again, as it is or mended; throws why it still cannot be read. */
  readonly replayDeadLetter: (
    id: number,
    mended?: Uint8Array,
  ) => Promise<{ readonly partition: number; readonly position: number }>
  /** Who is told of which alerts: the policies in words, and played over the past. */
  readonly policies: Policies
  /** Where an alert's score comes from, by the model that raised it; undefined where its event is no longer kept. */
  readonly study: (alert: Alert) => Promise<AlertStudy | undefined>
  /** The day as it stands; undefined where it has no data. */
  readonly summary: (day: Day) => Promise<DaySummary | undefined>
  /** The first run, of a process that can start again with a new configuration; absent elsewhere. */
  readonly setup?: Setup | undefined
  /** Columns that name an event's entity and the event, for the key of events that no model can read yet; the first present counts. */
  readonly keyColumns?: readonly string[]
  readonly notifications: Notifications
  /** Where it is set, everything but the console's files and the health pages demands it. */
  readonly token?: string | undefined
  readonly maxBodyBytes: number
  /** Folder of the built console. */
  readonly consoleDir: string
  readonly clock: Clock
  readonly logger: Logger
  /** Events stored in the last whole second. */
  readonly eventsPerSecond: () => number
  /** Records accepted and not yet decided. */
  readonly lag: () => Promise<number>
}

/** What a person says of the columns of a file. */
export type SetupChoices = {
  readonly detector: string
  readonly label: string
  /** The label's value that means anomaly. */
  readonly anomaly: string
  /** With unit and origin where it is a number that counts from some instant. */
  readonly time: string | { readonly column: string; readonly unit: 's' | 'ms' | 'us'; readonly origin: string } | null
  readonly amount: string | null
  readonly entity: string | null
  readonly id: string | null
  /** Columns that are no features. */
  readonly ignore: readonly string[]
  /** Findings of the linter that a person has looked at. */
  readonly accept: readonly string[]
  readonly alertsPerDay: number
  readonly timeZone: string
}

export type SetupState = Immutable<SetupJson>

export type Setup = {
  state(): Promise<SetupState>
  onChange(listener: (state: SetupState) => void): () => void
  /** A part of the file, each after the one before. Throws `UPLOAD_…`, and as all below `SETUP_DONE` and `SETUP_BUSY`. */
  receive(part: {
    readonly name: string
    readonly bytes: number
    readonly offset: number
    readonly body: Uint8Array
  }): Promise<SetupState>
  /** Removes the file and whatever is made of it but not live. */
  forget(): Promise<SetupState>
  /** Lints the file as it would be trained. Throws `CONFIG_INVALID`, `SETUP_NO_FILE`; what the work finds wrong is in the state. */
  check(choices: SetupChoices): Promise<SetupState>
  train(choices: SetupChoices): Promise<SetupState>
  stop(): Promise<SetupState>
  /** The training report of what may go live; undefined where nothing may. */
  report(): Promise<string | undefined>
  /** Writes the configuration, promotes what was trained and starts scoring. Throws `SETUP_NOT_TRAINED`, `CONFIG_EXISTS`. */
  goLive(): Promise<SetupState>
}

export type AlertStudy = Study & {
  /** Labelled events whose score the same model makes of the same parts, most alike first. */
  readonly alike: readonly {
    readonly eventId: string
    /** Null where it did not alert. */
    readonly alertId: string | null
    /** ms, as is `labelledAt`. */
    readonly eventTime: number
    readonly entity: string | null
    readonly amount: number | null
    readonly score: number
    readonly label: Label
    readonly labelledAt: number
    readonly by: string
    /** 0..1; 1: the same parts. */
    readonly likeness: number
  }[]
}

/** How the scoring doors answer. */
type EndpointOptions = EndpointSettings & {
  /** SageMaker's EndpointName. */
  readonly name: string
  /** Largest body of SageMaker's doors. */
  readonly maxBodyBytes: number
  readonly deadlineMs: number
  /** What a burst may make a request wait before others are sent away. */
  readonly maxWaitMs: number
}

type PolicyWords = {
  readonly name: string
  readonly kind: string
  readonly sentence: string
  readonly isDefault: boolean
}

export type Policies = {
  explain(): readonly PolicyWords[]
  /** `change`: other bands, policies and rotations. Times are ms. Throws `CONFIG_INVALID`, `SIMULATION_TOO_LONG`. */
  simulate(request: {
    readonly from: number
    readonly to: number
    readonly limit: number
    readonly change?: unknown
  }): Promise<Simulation & { readonly policies: readonly PolicyWords[] }>
}

export type Logger = Readonly<Record<'info' | 'warn' | 'error', (facts: object, message: string) => void>>

type Notifications = {
  /** Every receiver of the configuration, and how it is. */
  readonly receivers: () => readonly (ReceiverHealth & { readonly name: string; readonly kind: string })[]
  /** What the receiver of that name would be sent. */
  readonly preview: (receiver: string, message: Message) => Preview
  /** A message as any alert makes one, to show. */
  readonly example: () => Message
  readonly about: (alert: Alert) => Message
  /** Puts a test message for the receiver into the outbox; resolves with its delivery's id. */
  readonly sendTest: (receiver: string) => Promise<string>
  /** There may be new deliveries. */
  readonly wake: () => void
  /** Reads the links of messages. */
  readonly links: Pick<AnswerLinks, 'read'>
  readonly pushKey: () => Promise<string>
  /** What is wrong with Tocsin itself, now. */
  readonly alarms: () => readonly Alarm[]
  /** How the last synthetic event fares, times in ms; null where none is sent. */
  readonly canary: () => {
    readonly sentAt: number | null
    readonly heardAt: number | null
    readonly tookMs: number | null
  } | null
}
