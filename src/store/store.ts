// The store contract: what happened, written in one transaction for each batch, and the questions that are asked of it.

import type {
  Acknowledgement,
  Alert,
  AlertView,
  AnswerRecord,
  Delivery,
  DeliveryState,
  PushSubscription,
  Silence,
} from '../core/alert.ts'
import type { Binning } from '../core/binning.ts'
import type { Day } from '../core/day.ts'
import type { DeadLetter, Decision, Outcome, Reason } from '../core/decision.ts'
import type { Label, LabelRecord } from '../core/event.ts'
import type { HeldCount } from '../core/held.ts'

/** Everything that one batch of a partition leads to: committed together or not at all. */
export type BatchResult = {
  readonly detector: string
  readonly partition: number
  /** The position that the batch was read from; the commit fails if another worker has moved it. */
  readonly expected: number
  /** Where the next batch begins. */
  readonly next: number
  /** Event time up to which this partition is complete, ms, after this batch. */
  readonly watermark: number
  readonly decisions: readonly Decision[]
  readonly deadLetters: readonly DeadLetter[]
  readonly alerts: readonly Alert[]
  readonly deliveries: readonly Delivery[]
  /** Events left out because their id was stored before. */
  readonly duplicates: number
  /** How the decisions, all of one model version, are counted for drift; they are not where absent. */
  readonly binning?: Binning
  /** What the features remember after this batch; absent where they remember nothing. */
  readonly featureChanges?: FeatureChanges
}

/** What the features remember of one entity; the bytes mean nothing to the store. */
export type FeatureState = {
  readonly key: string
  /** Rises with each change, and is never one that the key had before, even where the state was removed between. */
  readonly version: number
  readonly bytes: Uint8Array
}

export type FeatureChanges = {
  /** Names the declared features: another declaration remembers something else. */
  readonly set: string
  /** How often pasts of the set were forgotten, as far as the states know. */
  readonly forgettings: number
  /** `expected`: the version that the change was made of; 0 where there was none. */
  readonly states: readonly { readonly key: string; readonly expected: number; readonly bytes: Uint8Array }[]
}

/** A partition's positions from `from` on, up to `to`. */
export type Stretch = { readonly partition: number; readonly from: number; readonly to: number }

/** That pasts were forgotten: which, whoever wrote the states can tell from `base`, an event time. */
export type Forgetting = {
  /** From 1, without gaps. */
  readonly number: number
  readonly base: number
  /** The last decision before it: those after it know of it. */
  readonly through: number
}

export type PartitionState = {
  readonly partition: number
  readonly next: number
  /** ms; -Infinity before the first event. */
  readonly watermark: number
}

/** Counts of one minute of event time, one detector, one model version. */
export type Rollup = {
  /** Start of the minute, ms. */
  readonly minute: number
  readonly modelVersion: number
  readonly events: number
  readonly alerts: number
  /** Sum of amounts of all events and of the alerting ones. */
  readonly amount: number
  readonly alertAmount: number
  /** Events by score, 20 equal bins over 0..1. */
  readonly scoreHistogram: readonly number[]
}

/** What an hour of event time looked like to a model version: of events that were on time. */
export type Sketch = {
  /** Start of the hour (UTC), ms. */
  readonly hour: number
  readonly modelVersion: number
  readonly events: number
  /** Sums of scores: the anomalies that the model expects among all events, and among those that alerted. */
  readonly expected: number
  readonly expectedInAlerts: number
  /** Decisions by bin, as the version's binning lays them out. */
  readonly counts: Uint32Array
}

/** Events that people have answered (or, of alerts, not yet), added up by hour of event time, version and tenth of the score. */
export type Answered = {
  readonly hour: number
  readonly modelVersion: number
  readonly outcome: Outcome
  /** Null: not answered. */
  readonly label: Label | null
  /** 0..9. */
  readonly tenth: number
  readonly events: number
  /** Sum of their scores. */
  readonly expected: number
}

export type Counts = Pick<Rollup, 'events' | 'alerts' | 'amount' | 'alertAmount'>

export type StoredDecision = {
  readonly eventId: string
  readonly eventTime: number
  readonly entity: string | null
  readonly amount: number | null
  readonly score: number
  readonly threshold: number
  readonly outcome: Outcome
  readonly modelVersion: number
  readonly vector: Float32Array
  readonly fields: Readonly<Record<string, number | string | boolean | null>>
  readonly reasons: readonly Reason[]
  readonly isLate: boolean
}

export type LoggedDecision = StoredDecision & Pick<Decision, 'partition' | 'position'> & { readonly number: number }

type LoggedLabel = {
  readonly number: number
  readonly eventId: string
  readonly label: Label
  readonly labelledAt: number
  /** What the event was labelled before. */
  readonly previous: Label | null
}

export type AlertSort = 'time' | 'loss' | 'score'

export type AlertQuery = {
  readonly detector: string
  /** Event time range [from, to), ms. */
  readonly from?: number
  readonly to?: number
  readonly label?: Label | 'none'
  readonly entity?: string
  /** Highest first: event time (the default), expected loss (score × amount; the score alone where there is no amount), or score. */
  readonly sort?: AlertSort
  /** At most `limit` (default 100), those that come after the alert `before` (an alert id) in that order. */
  readonly limit?: number
  readonly before?: string
}

type DeliveryQuery = {
  readonly detector: string
  readonly state?: DeliveryState
  readonly receiver?: string
  /** Last put in first; at most so many. */
  readonly limit: number
}

export type ClosedDay = {
  readonly detector: string
  readonly day: Day
  /** First instant after the day, ms: an event before it that comes from now on is a late arrival, whatever the batch says. */
  readonly end: number
  /** Canonical JSON of the day's summary and the page made of it; neither changes again. */
  readonly summary: string
  readonly html: string
}

export type ListedDay = Omit<ClosedDay, 'html'>

/** What a page was made of: a day closes only where the store still has the same. */
export type CountedDay = {
  /** First instant of the day, ms. */
  readonly start: number
  /** Events of the day that were on time, and events late for earlier days that the page tells. */
  readonly events: number
  readonly lateArrivals: number
}

type Totals = {
  readonly events: number
  readonly alerts: number
  readonly deadLetters: number
  readonly duplicates: number
  readonly lateArrivals: number
  /** Alerts that the router has not come to yet. */
  readonly unrouted: number
  readonly deliveries: { readonly pending: number; readonly sent: number; readonly dead: number }
  readonly inboxMessages: number
  readonly closedDays: number
}

export type InboxMessage = {
  readonly id: string
  readonly receivedAt: number
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The alert it tells of; null for a daily summary. */
  readonly alertId: string | null
}

export type ModelRecord = {
  readonly detector: string
  readonly version: number
  /** SHA-256 of the artifact. */
  readonly digest: string
  readonly createdAt: number
  /** The artifact's evaluation, JSON, so that listing models need not open artifacts. */
  readonly evaluation: string
}

/** What training measured of a version: the curve of its thresholds (JSON), and its report (HTML) where one was made. */
export type TrainingRecord = { readonly curve: string; readonly html: string | null }

/** An operating point that a person chose after training; the time in ms. */
export type ThresholdChange = {
  readonly threshold: number
  readonly by: string
  readonly reason: string
  readonly changedAt: number
}

export type ScoredEvent = Pick<StoredDecision, 'eventTime' | 'score' | 'amount' | 'modelVersion'>

/** What a shadow said of an event, beside what was answered. */
export type ShadowScore = {
  readonly eventId: string
  readonly variant: string
  readonly modelVersion: number
  readonly score: number
  readonly outcome: Outcome
  readonly answeredVersion: number
  readonly answeredScore: number
  readonly answeredOutcome: Outcome
  readonly scoredAt: number
}

export type StoredDeadLetter = DeadLetter & {
  readonly id: number
  readonly storedAt: number
  /** When it was put into the stream again, as it was or mended; null where it waits for that. */
  readonly replayedAt: number | null
}

/** An alert with its number: numbers go up in the order in which alerts become visible, so a reader who has come to one misses none. */
type RaisedAlert = { readonly number: number; readonly alert: Alert }

/** A thing that the router remembers; the value is JSON. */
export type RouterEntry = { readonly kind: string; readonly key: string; readonly value: string }

type RouterState = {
  /** Steps so far: the guard of the next one. */
  readonly revision: number
  /** Number of the last alert that was routed; 0 before the first. */
  readonly cursor: number
  readonly memory: readonly RouterEntry[]
}

/** Why a policy did not tell its receivers of an alert at once, e.g. `quiet`, `budget`. */
export type Held = { readonly alertId: string; readonly policy: string; readonly reason: string; readonly at: number }

/** Everything that one step of the router leads to: committed together or not at all. */
export type RouterStep = {
  readonly detector: string
  /** The revision that the step was made from; it fails if another router has moved it. */
  readonly expected: number
  readonly cursor: number
  /** What changed of the memory; null: forget it. */
  readonly memory: readonly { readonly kind: string; readonly key: string; readonly value: string | null }[]
  readonly deliveries: readonly Delivery[]
  readonly held: readonly Held[]
}

/** Alerts that a commit has raised; none: it has put something into the outbox. */
export type News = { readonly detector: string; readonly alertIds: readonly string[] }

/** The right to do what must be done by one process at a time; it ends with the process. */
export type Lease = {
  /** Aborts when the lease is lost before it was released: another may have it now. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

export type Store = {
  // — the loop —
  partition(detector: string, partition: number): Promise<PartitionState>
  /** Which of these event ids are stored already. */
  seen(detector: string, eventIds: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * One transaction. False, and nothing written, where `expected` is not the stored position, where another has changed one
   * of the feature states, where pasts were forgotten that they do not know of, where they have not learned all of the partition
   * before, or where a decision that the feature states have learned from is stored already.
   */
  commit(batch: BatchResult): Promise<boolean>
  /** Moves every partition's watermark up to `watermark` (a quiet stream whose day is over by the wall clock); where positions by
   *  partition are given, only of those partitions that are still there. */
  raiseWatermark(detector: string, watermark: number, where?: ReadonlyMap<number, number>): Promise<void>

  /** Where each partition that was ever begun goes on. */
  positions(detector: string): Promise<ReadonlyMap<number, number>>

  // — features —
  /** Of these keys, those that have a state. */
  featureStates(detector: string, set: string, keys: readonly string[]): Promise<readonly FeatureState[]>
  hasFeatureSet(detector: string, set: string): Promise<boolean>
  /** A whole set in one transaction. False, and nothing written, where the set is there or decisions were stored after `through`. */
  putFeatureSet(
    set: { readonly detector: string; readonly set: string; readonly through: number },
    states: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>,
  ): Promise<boolean>
  /** Of a set, in order. */
  forgettings(detector: string, set: string): Promise<readonly Forgetting[]>
  /** Notes that pasts are forgotten, once no batch is under way; nothing where `base` is not after that of the last time. */
  forgetFeatures(detector: string, set: string, base: number): Promise<void>
  /** The first bytes of at most `limit` states, in order of their keys, after key `after`. */
  featureHeads(
    place: { readonly detector: string; readonly set: string; readonly after: string; readonly limit: number },
    bytes: number,
  ): Promise<readonly FeatureState[]>
  /** Removes states whose versions are still these and that began before the last forgetting; answers how many. */
  removeFeatureStates(
    detector: string,
    set: string,
    states: readonly Pick<FeatureState, 'key' | 'version'>[],
  ): Promise<number>
  /** What a set has not learned, since the batches were of a model with another one: stretches of partitions, and the first decision in any of them. */
  unlearned(
    detector: string,
    set: string,
  ): Promise<{ readonly stretches: readonly Stretch[]; readonly first: number | null }>
  /** What the set remembers after it has learned these stretches. False, and nothing written, as for `commit`. */
  catchUp(detector: string, changes: FeatureChanges, stretches: readonly Stretch[]): Promise<boolean>
  /** Decisions in the order in which they were committed, which any feature state has learned from, after number `after`. */
  decisionLog(detector: string, after: number, limit: number): Promise<readonly LoggedDecision[]>
  /** Labels in the order in which they came, after number `after`. */
  labelLog(detector: string, after: number, limit: number): Promise<readonly LoggedLabel[]>

  // — days —
  /** Least watermark of the partitions that have had events; -Infinity before the first. */
  watermark(detector: string): Promise<number>
  rollups(detector: string, from: number, to: number): Promise<readonly Rollup[]>
  /** Of hours that begin in [from, to), in order. */
  sketches(detector: string, from: number, to: number): Promise<readonly Sketch[]>
  /** Of all alerts, and of other events that have a label, with event times in [from, to). */
  answeredEvents(detector: string, from: number, to: number): Promise<readonly Answered[]>
  /** What the minutes of a time range add up to: of events that were on time. */
  counts(detector: string, from: number, to: number): Promise<Counts>
  /** Event time of the first stored event that was not late; undefined where there is none. */
  firstEventTime(detector: string): Promise<number | undefined>
  /** Late arrivals by the minute they belong to: those told by the page of that day, or (null) by none yet. */
  lateArrivals(detector: string, toldBy: Day | null): Promise<readonly { eventTime: number; events: number }[]>
  /** Events that came late for this time range, told or not. */
  lateEvents(detector: string, from: number, to: number): Promise<number>
  /** Removes at most `limit` decisions of event times before `before`, oldest first, and their ids; answers how many. An event
   *  that comes again after that is decided again. Alerts, labels, minutes and counters stay. */
  forgetDecisions(detector: string, before: number, limit: number): Promise<number>
  deadLetterCount(detector: string, from: number, to: number): Promise<number>
  /** Stores the page, its deliveries, and marks untold late arrivals as told by this day, in one transaction. Nothing is stored
   *  where the day was closed before, or where its numbers have changed since they were counted: read them again then. */
  closeDay(
    day: ClosedDay,
    deliveries: readonly Delivery[],
    counted: CountedDay,
  ): Promise<'closed' | 'closed before' | 'changed'>
  /** In order, without their pages. */
  closedDays(detector: string): Promise<readonly ListedDay[]>
  closedDay(detector: string, day: Day): Promise<ClosedDay | undefined>
  /** Summaries (canonical JSON) of the closed days `from`..`to`, both included, in order. */
  daySummaries(detector: string, from: Day, to: Day): Promise<readonly string[]>

  // — questions —
  decision(detector: string, eventId: string): Promise<StoredDecision | undefined>
  /** Event time range [from, to), in order of time. */
  decisions(detector: string, from: number, to: number): AsyncIterable<StoredDecision>
  alerts(query: AlertQuery): Promise<readonly AlertView[]>
  /** All that fit, newest first, read page by page. */
  eachAlert(query: Omit<AlertQuery, 'limit' | 'before' | 'sort'>): AsyncIterable<AlertView>
  alert(id: string): Promise<AlertView | undefined>
  /** Newest first; with `isOpen` only those that were not replayed. */
  deadLetters(
    detector: string,
    limit: number,
    which?: { readonly isOpen?: boolean },
  ): Promise<readonly StoredDeadLetter[]>
  deadLetter(detector: string, id: number): Promise<StoredDeadLetter | undefined>
  /** How many were stored at `since` (ms, by the clock) or later. */
  deadLettersSince(detector: string, since: number): Promise<number>
  /** False where it is not stored, or was replayed before. */
  markReplayed(detector: string, id: number, at: number): Promise<boolean>
  totals(detector: string): Promise<Totals>

  // — labels —
  /** The newest label of an event counts; all are kept. False where no such event is stored. */
  label(record: LabelRecord): Promise<boolean>
  labels(detector: string): Promise<readonly LabelRecord[]>
  /** Last first, at most `limit`; of one event where it is named. */
  newestLabels(detector: string, limit: number, eventId?: string): Promise<readonly LabelRecord[]>
  /**
   * Keeps the answer, and where it is a label labels the event, in one transaction. `spent`, and nothing written, where the
   * link was used before; `unknown` where no such event is stored.
   */
  answer(record: AnswerRecord): Promise<'recorded' | 'spent' | 'unknown'>
  /** Every answer through a link, last first, at most `limit`; of one alert where it is named. */
  answers(query: {
    readonly detector: string
    readonly alertId?: string
    readonly limit: number
  }): Promise<readonly AnswerRecord[]>

  // — the router: which alert is told to whom, one step at a time —
  /** Alerts with a number above `after`, in their order, at most `limit`. */
  raised(detector: string, after: number, limit: number): Promise<readonly RaisedAlert[]>
  router(detector: string): Promise<RouterState>
  /** One transaction. False, and nothing written, where `expected` is not the stored revision. */
  route(step: RouterStep): Promise<boolean>
  /** What was not told at once of this alert, by policy. */
  held(alertId: string): Promise<readonly Held[]>
  /** The same, counted by policy and reason over alerts of event times in [from, to); by policy, the most first. */
  heldCounts(detector: string, from: number, to: number): Promise<readonly HeldCount[]>

  // — silences and acknowledgements —
  /** The same id again: nothing. */
  addSilence(silence: Silence): Promise<void>
  /** False where no such silence is stored, or it has ended by hand before. */
  endSilence(detector: string, id: string, by: string, at: number): Promise<boolean>
  /** Newest start first, at most `limit`; with `activeAt` (ms) only those that hold then. */
  silences(detector: string, query: { readonly limit: number; readonly activeAt?: number }): Promise<readonly Silence[]>
  /** Also acknowledges the earlier alerts of its group; the first acknowledgement of an alert stays. False where none is stored. */
  acknowledge(acknowledgement: Acknowledgement): Promise<boolean>
  acknowledgement(alertId: string): Promise<Acknowledgement | undefined>
  /** Which of these alerts a person has labelled or acknowledged. */
  answered(alertIds: readonly string[]): Promise<ReadonlySet<string>>

  // — outbox and inbox —
  /** Pending and due, earliest first, of every receiver but those in `except` (busy ones: their backlog hides nobody's). */
  due(now: number, limit: number, except?: readonly string[]): Promise<readonly Delivery[]>
  /** Earliest nextAttemptAt of pending deliveries, of every receiver but those in `except`. */
  nextDue(except?: readonly string[]): Promise<number | undefined>
  /** Counts the try and writes its result. */
  settle(id: string, result: DeliveryResult): Promise<void>
  /** Puts in deliveries that no batch makes: a test, an alarm about Tocsin itself. One whose id is there stays as it is. */
  enqueue(detector: string, deliveries: readonly Delivery[]): Promise<void>
  deliveries(query: DeliveryQuery): Promise<readonly Delivery[]>
  delivery(id: string): Promise<Delivery | undefined>
  /** Makes a dead delivery pending again under its own id, due at `now`, its tries counted anew. False where it is not dead. */
  revive(id: string, now: number): Promise<boolean>
  /** Same endpoint again: the newer keys. */
  putSubscription(subscription: PushSubscription): Promise<void>
  subscriptions(): Promise<readonly PushSubscription[]>
  removeSubscription(endpoint: string): Promise<void>
  /** Same id again: no second message. */
  putInbox(message: InboxMessage): Promise<void>
  inbox(limit: number): Promise<readonly InboxMessage[]>

  // — models —
  /** Stores the artifact and gives it the detector's next version; the same digest keeps its version. */
  putModel(record: Omit<ModelRecord, 'version'>, artifact: Uint8Array): Promise<number>
  models(detector: string): Promise<readonly ModelRecord[]>
  artifact(detector: string, version: number): Promise<Uint8Array | undefined>
  setAlias(detector: string, alias: string, version: number | null, reason: string): Promise<void>
  aliases(detector: string): Promise<Readonly<Record<string, number>>>
  /** Every version that the alias has named, oldest first; null where it was taken away. */
  aliasHistory(detector: string, alias: string): Promise<readonly (number | null)[]>
  /** The report stays where none is given. */
  putTraining(detector: string, version: number, training: TrainingRecord): Promise<void>
  training(detector: string, version: number): Promise<TrainingRecord | undefined>
  moveThreshold(detector: string, version: number, change: Omit<ThresholdChange, 'changedAt'>): Promise<void>
  /** Newest first: the first is the one that counts. None: training's threshold does. */
  thresholdChanges(detector: string, version: number, limit: number): Promise<readonly ThresholdChange[]>
  /** Newest first, of event times in [from, to); a reader may stop where it has enough. */
  scores(detector: string, from: number, to: number): AsyncIterable<ScoredEvent>
  /** Keeps them for comparisons: the newest million. */
  putShadowScores(detector: string, scores: readonly ShadowScore[]): Promise<void>
  /** Newest first. */
  shadowScores(detector: string, limit: number): Promise<readonly ShadowScore[]>

  /** Calls back after each commit of this process, with what was committed. Returns the unsubscribe. */
  onCommit(listener: (batch: BatchResult) => void): () => void
  /** Calls back after commits of every process that shares the store; one may be missed where the connection was lost. */
  onNews(listener: (news: News) => void): () => void
  /** Undefined where another has it; also another opening of the same process. */
  lease(name: string): Promise<Lease | undefined>
  close(): Promise<void>
}

type DeliveryResult =
  | { readonly state: 'sent' }
  | { readonly state: 'pending'; readonly nextAttemptAt: number; readonly reason: string }
  | { readonly state: 'dead'; readonly reason: string }
