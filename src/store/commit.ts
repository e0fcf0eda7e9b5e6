// A batch's results in, all of them written and the position moved in one transaction out; or nothing.

import type { Clock } from '../core/clock.ts'
import type { DeadLetter, Decision } from '../core/decision.ts'
import type { Sqlite } from '../core/sqlite.ts'
import { featureStateWriter } from './featureState.ts'
import { outboxWriter } from './outbox.ts'
import { rollupWriter } from './rollups.ts'
import type { BatchResult, PartitionState, Store } from './store.ts'
import { tally } from './tally.ts'

const closedUntilSql = 'select max(ends_at) as "end" from report where detector = ?'
const positionSql = 'select next, watermark from position where detector = ? and partition = ?'
const moveSql = `
  insert into position (detector, partition, next, watermark) values (?, ?, ?, ?)
  on conflict do update set next = excluded.next, watermark = excluded.watermark`
const raiseSql = `
  update position set watermark = ?1 where detector = ?2 and (watermark is null or watermark < ?1)`
const seenSql = `
  select value as id from json_each(?)
  where exists (select 1 from decision where detector = ? and event_id = value)`
const decisionSql = `
  insert into decision (detector, event_id, event_time, entity, amount, score, threshold, outcome, model_version,
    is_late, partition, position, vector, fields, reasons)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (detector, event_id) do nothing`
const alertSql = `
  insert into alert (id, detector, event_id, event_time, group_key, entity, amount, score, threshold, model_version, reasons)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`
const deadLetterSql = `
  insert into dead_letter (detector, partition, position, code, reason, event_time, stored_at, bytes)
  values (?, ?, ?, ?, ?, ?, ?, ?)`

type Commits = Pick<Store, 'partition' | 'seen' | 'commit' | 'raiseWatermark' | 'onCommit'>

export function commits(db: Sqlite, clock: Clock): Commits {
  const write = batchWriter(db, clock)
  const state = partitionState(db)
  const raise = db.query(raiseSql)
  const seen = db.query<{ id: string }>(seenSql)
  const listeners = new Set<(batch: BatchResult) => void>()
  return {
    partition: async (detector, partition) => state(detector, partition),
    seen: async (detector, eventIds) => new Set(seen.all(JSON.stringify(eventIds), detector).map(({ id }) => id)),
    commit: async (batch) => {
      const committed = db.transaction(() => write(batch))
      if (!committed) return false
      for (const listener of listeners) listener(committed)
      return true
    },
    raiseWatermark: async (detector, watermark) => void db.transaction(() => raise.run(watermark, detector)),
    onCommit: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Writes within a transaction; answers with what was new of the batch; undefined, nothing written, where another was faster. */
function batchWriter(db: Sqlite, clock: Clock): (batch: BatchResult) => BatchResult | undefined {
  const state = partitionState(db)
  const move = db.query(moveSql)
  const insertDecision = decisionWriter(db)
  const closedUntil = db.query<{ end: number | null }>(closedUntilSql)
  const insertAlert = alertWriter(db)
  const insertDeadLetters = deadLetterWriter(db, clock)
  const addToRollups = rollupWriter(db)
  const addToOutbox = outboxWriter(db)
  const counters = tally(db)
  const canRemember = featureGuard(db)

  return (batch) => {
    const { detector, partition, next, deadLetters } = batch
    if (next < batch.expected) throw new TypeError(`a position never goes back: ${batch.expected} → ${next}`)
    const before = state(detector, partition)
    if (before.next !== batch.expected || !canRemember(batch)) return undefined
    const watermark = Math.max(batch.watermark, before.watermark)

    const decisions = judgedLate(batch.decisions, closedUntil.get(detector)?.end ?? null).filter((decision) =>
      insertDecision(detector, decision),
    )
    // What an event that was decided before would have led to has happened then, or never will.
    const alerting = new Set(decisions.filter(({ outcome }) => outcome === 'alert').map(({ event }) => event.id))
    const alerts = batch.alerts.filter((alert) => alerting.has(alert.eventId) && insertAlert(alert))
    const deliveries = addToOutbox(
      detector,
      batch.deliveries.filter(({ message }) => message.kind !== 'alert' || alerting.has(message.alert.eventId)),
    )
    insertDeadLetters(deadLetters, watermark)
    const late = addToRollups(detector, decisions)
    const duplicates = batch.duplicates + batch.decisions.length - decisions.length
    counters.add(detector, {
      events: decisions.length,
      alerts: alerts.length,
      dead_letters: deadLetters.length,
      duplicates,
      late_arrivals: late,
    })
    const first = firstTime(decisions)
    if (first < Number.POSITIVE_INFINITY) counters.sawEvent(detector, first)
    move.run(detector, partition, next, Number.isFinite(watermark) ? watermark : null)
    return { ...batch, decisions, alerts, deliveries, duplicates }
  }
}

// Feature states have learned from every event of the batch: one that another has decided meanwhile would be remembered twice.
function featureGuard(db: Sqlite): (batch: BatchResult) => boolean {
  const seen = db.query<{ id: string }>(seenSql)
  const write = featureStateWriter(db)
  return ({ detector, decisions, featureChanges }) => {
    if (!featureChanges) return true
    const ids = JSON.stringify(decisions.map(({ event }) => event.id))
    return seen.all(ids, detector).length === 0 && write(detector, featureChanges)
  }
}

// A day may have closed while the batch was on its way (another partition's events, a silent stream): its page is fixed.
function judgedLate(decisions: readonly Decision[], closedUntil: number | null): readonly Decision[] {
  if (closedUntil === null) return decisions
  return decisions.map((decision) =>
    decision.event.time < closedUntil && !decision.isLate ? { ...decision, isLate: true } : decision,
  )
}

function partitionState(db: Sqlite): (detector: string, partition: number) => PartitionState {
  const position = db.query<{ next: number; watermark: number | null }>(positionSql)
  return (detector, partition) => {
    const row = position.get(detector, partition)
    return { partition, next: row?.next ?? 0, watermark: row?.watermark ?? Number.NEGATIVE_INFINITY }
  }
}

/** True where the event was new. */
function decisionWriter(db: Sqlite): (detector: string, decision: Decision) => boolean {
  const insert = db.query(decisionSql)
  return (detector, { event, vector, ...decision }) => {
    const { changes } = insert.run(
      detector,
      event.id,
      event.time,
      event.entity,
      event.amount,
      decision.score,
      decision.threshold,
      decision.outcome,
      decision.modelVersion,
      decision.isLate ? 1 : 0,
      decision.partition,
      decision.position,
      new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
      JSON.stringify(event.fields),
      JSON.stringify(decision.reasons),
    )
    return changes === 1
  }
}

function alertWriter(db: Sqlite): (alert: BatchResult['alerts'][number]) => boolean {
  const insert = db.query(alertSql)
  return (alert) => {
    const { changes } = insert.run(
      alert.id,
      alert.detector,
      alert.eventId,
      alert.eventTime,
      alert.groupKey,
      alert.entity,
      alert.amount,
      alert.score,
      alert.threshold,
      alert.modelVersion,
      JSON.stringify(alert.reasons),
    )
    return changes === 1
  }
}

function deadLetterWriter(db: Sqlite, clock: Clock): (letters: readonly DeadLetter[], watermark: number) => void {
  const insert = db.query(deadLetterSql)
  return (letters, watermark) => {
    const now = clock.now()
    // Before the first event there is no event time: the clock's is the nearest.
    const reached = Number.isFinite(watermark) ? watermark : now
    for (const { detector, partition, position, code, reason, bytes } of letters)
      insert.run(detector, partition, position, code, reason, reached, now, bytes)
  }
}

/** Least event time of those that were not late; infinite where there is none. */
function firstTime(decisions: readonly Decision[]): number {
  let first = Number.POSITIVE_INFINITY
  for (const { event, isLate } of decisions) if (!isLate && event.time < first) first = event.time
  return first
}
