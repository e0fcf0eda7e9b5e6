// A batch's results in, all of them written and the position moved in one transaction out; or nothing.

import type { Clock } from '../core/clock.ts'
import type { DeadLetter, Decision } from '../core/decision.ts'
import {
  type Database,
  type DecisionTable,
  type Insertion,
  insert,
  lock,
  Overtaken,
  type Statement,
  statement,
  type Work,
} from './database.ts'
import { canRemember, type FeatureVersions, featureVersions, remember } from './featureState.ts'
import { hasLearned, hasNowLearned } from './learned.ts'
import { daysLock } from './locks.ts'
import { announce } from './news.ts'
import { addToOutbox } from './outbox.ts'
import { type RollupWriter, rollupWriter } from './rollups.ts'
import { type SketchWriter, sketchWriter } from './sketches.ts'
import type { BatchResult, PartitionState, Store } from './store.ts'
import { count, sawEvent } from './tally.ts'

const closedUntil = statement<{ end: number | null }>('select max(ends_at) as "end" from report where detector = ?')
const position = statement<{ next: number; watermark: number | null }>(
  'select next, watermark from position where detector = ? and partition = ?',
)
const positions = statement<{ partition: number; next: number }>(
  'select partition, next from position where detector = ? order by partition',
)
const begin = statement(`
  insert into position (detector, partition, next, watermark) values (?, ?, 0, null)
  on conflict (detector, partition) do nothing`)
const move = statement(`
  update position set next = ?1, watermark = ?2 where detector = ?3 and partition = ?4 and next = ?5`)
const raise = statement(`
  update position set watermark = ?1 where detector = ?2 and (watermark is null or watermark < ?1)`)
const raiseWhere = statement(`
  update position set watermark = ?1
  where detector = ?2 and partition = ?3 and next = ?4 and (watermark is null or watermark < ?1)`)

const alerts: Insertion = {
  table: 'alert',
  columns: {
    id: 'text',
    detector: 'text',
    event_id: 'text',
    event_time: 'number',
    group_key: 'text',
    entity: 'text',
    amount: 'number',
    score: 'number',
    threshold: 'number',
    model_version: 'integer',
    reasons: 'text',
  },
  key: ['id'],
}
const deadLetters: Insertion = {
  table: 'dead_letter',
  columns: {
    detector: 'text',
    partition: 'integer',
    position: 'integer',
    code: 'text',
    reason: 'text',
    event_time: 'number',
    stored_at: 'number',
    bytes: 'bytes',
  },
}

type Commits = Pick<Store, 'partition' | 'positions' | 'seen' | 'commit' | 'raiseWatermark' | 'onCommit'>

export function commits(db: Database, clock: Clock): Commits {
  const seen = statement<{ id: string }>(`
    select ids.value as id from ${db.dialect.texts} as ids
    where exists (select 1 from event where detector = ? and event_id = ids.value)`)
  const writer = { clock, seen, table: db.dialect.decisions, versions: featureVersions(db), ...counters(db) }
  const listeners = new Set<(batch: BatchResult) => void>()
  return {
    partition: (detector, partition) => db.read(stateOf(detector, partition)),
    positions: async (detector) =>
      new Map((await db.read(positions.all(detector))).map(({ partition, next }) => [partition, next])),
    seen: async (detector, eventIds) =>
      new Set((await db.read(seen.all(JSON.stringify(eventIds), detector))).map(({ id }) => id)),
    commit: async (batch) => {
      if (batch.next < batch.expected)
        throw new TypeError(`a position never goes back: ${batch.expected} → ${batch.next}`)
      const committed = await db.transaction(() => writeBatch(batch, writer))
      if (!committed) return false
      for (const listener of listeners) listener(committed)
      return true
    },
    raiseWatermark: (detector, watermark, where) =>
      db.transaction(function* () {
        if (!where) yield* raise.run(watermark, detector)
        else for (const [partition, next] of where) yield* raiseWhere.run(watermark, detector, partition, next)
      }),
    onCommit: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

const counters = (db: Database) => ({ addToRollups: rollupWriter(db), addToSketches: sketchWriter(db) })

type Writer = {
  readonly clock: Clock
  readonly seen: Statement<{ id: string }>
  readonly versions: FeatureVersions
  readonly table: DecisionTable
  readonly addToRollups: RollupWriter
  readonly addToSketches: SketchWriter
}

/** Writes within a transaction; answers with what was new of the batch; undefined, nothing written, where another was faster. */
function* writeBatch(batch: BatchResult, writer: Writer): Work<BatchResult | undefined> {
  const { detector, partition, expected } = batch
  yield* lock(daysLock(detector), 'shared')
  const before = yield* stateOf(detector, partition)
  if (before.next !== expected || !(yield* hasLearnedRight(batch, writer))) return undefined
  const watermark = Math.max(batch.watermark, before.watermark)
  const reached = Number.isFinite(watermark) ? watermark : null
  yield* begin.run(detector, partition)
  // A second worker waits here for the first, and then finds that the position has moved.
  if ((yield* move.run(batch.next, reached, detector, partition, expected)) === 0) throw new Overtaken()
  if (batch.featureChanges) {
    yield* remember(detector, batch.featureChanges)
    yield* hasNowLearned(detector, batch.featureChanges.set, [{ partition, to: batch.next }])
  }
  yield* addDeadLetters(batch.deadLetters, reached, writer.clock.now())
  return yield* writeDecisions(batch, writer)
}

/** The decisions and all that they lead to; answers with what was new of it. */
function* writeDecisions(batch: BatchResult, writer: Writer): Work<BatchResult> {
  const { detector, partition } = batch
  const decisions = yield* addDecisions(batch, writer)
  const late = yield* writer.addToRollups(detector, partition, decisions)
  if (batch.binning) yield* writer.addToSketches(detector, partition, decisions, batch.binning)
  // What an event that was decided before would have led to has happened then, or never will.
  const alerting = new Set(decisions.filter(({ outcome }) => outcome === 'alert').map(({ event }) => event.id))
  const alerts = yield* addAlerts(
    detector,
    batch.alerts.filter(({ eventId }) => alerting.has(eventId)),
  )
  const told = batch.deliveries.filter(({ message }) => message.kind !== 'alert' || alerting.has(message.alert.eventId))
  const deliveries = yield* addToOutbox(detector, told, partition)
  const duplicates = batch.duplicates + batch.decisions.length - decisions.length
  const counts = { events: decisions.length, alerts: alerts.length, duplicates, late_arrivals: late }
  yield* count(detector, { ...counts, dead_letters: batch.deadLetters.length }, partition)
  const first = firstTime(decisions)
  if (first < Number.POSITIVE_INFINITY) yield* sawEvent(detector, first, partition)
  return { ...batch, decisions, alerts, deliveries, duplicates }
}

// Feature states have learned from every event of the batch: one that another has decided meanwhile would be remembered twice.
function* hasLearnedRight(batch: BatchResult, writer: Writer): Work<boolean> {
  const { detector, decisions, featureChanges } = batch
  if (!featureChanges) return true
  if (!(yield* hasLearned(detector, featureChanges.set, batch.partition, batch.expected))) return false
  const ids = JSON.stringify(decisions.map(({ event }) => event.id))
  if ((yield* writer.seen.all(ids, detector)).length > 0) return false
  return yield* canRemember(writer.versions, detector, featureChanges)
}

function* stateOf(detector: string, partition: number): Work<PartitionState> {
  const row = yield* position.get(detector, partition)
  return { partition, next: row?.next ?? 0, watermark: row?.watermark ?? Number.NEGATIVE_INFINITY }
}

/** Those whose event was new, as they were stored. */
function* addDecisions(
  { detector, decisions, featureChanges }: BatchResult,
  { table }: Writer,
): Work<readonly Decision[]> {
  const judged = judgedLate(decisions, (yield* closedUntil.get(detector))?.end ?? null)
  const isNew = yield* table.add(detector, judged)
  if (featureChanges && isNew.includes(false)) throw new Overtaken()
  return judged.filter((_, i) => isNew[i])
}

// A day may have closed while the batch was on its way (another partition's events, a silent stream): its page is fixed.
function judgedLate(decisions: readonly Decision[], end: number | null): readonly Decision[] {
  if (end === null) return decisions
  return decisions.map((decision) =>
    decision.event.time < end && !decision.isLate ? { ...decision, isLate: true } : decision,
  )
}

// One transaction at a time, to its end, for alerts are numbered in the order in which they become visible.
function* addAlerts(detector: string, raised: BatchResult['alerts']): Work<BatchResult['alerts']> {
  if (raised.length > 0) yield* lock(`alerts ${detector}`, 'alone')
  const isNew = yield* insert(
    alerts,
    raised.map((alert) => [
      ...[alert.id, alert.detector, alert.eventId, alert.eventTime, alert.groupKey, alert.entity, alert.amount],
      ...[alert.score, alert.threshold, alert.modelVersion, JSON.stringify(alert.reasons)],
    ]),
  )
  const fresh = raised.filter((_, i) => isNew[i])
  if (fresh.length > 0)
    yield* announce(
      detector,
      fresh.map(({ id }) => id),
    )
  return fresh
}

// Before the first event there is no event time: the clock's is the nearest.
function* addDeadLetters(letters: readonly DeadLetter[], reached: number | null, now: number): Work<void> {
  yield* insert(
    deadLetters,
    letters.map(({ detector, partition, position: at, code, reason, bytes }) => [
      ...[detector, partition, at, code, reason, reached ?? now, now],
      bytes,
    ]),
  )
}

/** Least event time of those that were not late; infinite where there is none. */
function firstTime(decisions: readonly Decision[]): number {
  let first = Number.POSITIVE_INFINITY
  for (const { event, isLate } of decisions) if (!isLate && event.time < first) first = event.time
  return first
}
