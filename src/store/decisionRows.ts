// PostgreSQL's decisions: a row for each, in tables by day of event time; the ids of all of them lie in the table `event`.

import type { Decision, Outcome } from '../core/decision.ts'
import { copy, type DecisionTable, type Insertion, insert, statement, type Value } from './database.ts'
import { eventInsertion } from './postgresSchema.ts'
import type { ScoredEvent, StoredDecision } from './store.ts'

export const decisionInsertion: Insertion = {
  table: 'decision',
  columns: {
    detector: 'text',
    event_id: 'text',
    event_time: 'number',
    entity: 'text',
    amount: 'number',
    score: 'number',
    threshold: 'number',
    outcome: 'text',
    model_version: 'integer',
    is_late: 'integer',
    partition: 'integer',
    position: 'integer',
    vector: 'bytes',
    fields: 'text',
    reasons: 'text',
  },
}

function decisionValues(detector: string, { event, vector, ...decision }: Decision): Value[] {
  return [
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
    event.json ? Buffer.from(event.json).toString() : JSON.stringify(event.fields),
    decision.reasons.length === 0 ? '[]' : JSON.stringify(decision.reasons),
  ]
}

type DecisionRow = {
  readonly number: number
  readonly event_id: string
  readonly event_time: number
  readonly entity: string | null
  readonly amount: number | null
  readonly score: number
  readonly threshold: number
  readonly outcome: Outcome
  readonly model_version: number
  readonly is_late: number
  readonly vector: Uint8Array
  readonly fields: string
  readonly reasons: string
}

const decisionColumns = `
  number, event_id, event_time, entity, amount, score, threshold, outcome, model_version, is_late, vector, fields, reasons`

function decisionOf(row: DecisionRow): StoredDecision {
  return {
    eventId: row.event_id,
    eventTime: row.event_time,
    entity: row.entity,
    amount: row.amount,
    score: row.score,
    threshold: row.threshold,
    outcome: row.outcome,
    modelVersion: row.model_version,
    vector: new Float32Array(Uint8Array.from(row.vector).buffer),
    fields: JSON.parse(row.fields),
    reasons: JSON.parse(row.reasons),
    isLate: row.is_late === 1,
  }
}

/** Rows read at once: some ms. */
const pageSize = 1000

// The time first, by the event's id: one day is looked into.
const one = statement<DecisionRow>(`
  select ${decisionColumns} from decision
  where detector = ?1 and event_id = ?2
    and event_time = (select event_time from event where detector = ?1 and event_id = ?2)`)
const upwards = statement<DecisionRow>(`
  select ${decisionColumns} from decision
  where detector = ? and (event_time, number) > (?, ?) and event_time < ? order by event_time, number limit ?`)
const downwards = statement<ScoredEvent & { number: number }>(`
  select number, event_time as "eventTime", score, amount, model_version as "modelVersion" from decision
  where detector = ? and (event_time, number) < (?, ?) and event_time >= ?
  order by event_time desc, number desc limit ?`)
const log = statement<DecisionRow & { readonly partition: number; readonly position: number }>(
  `select partition, position, ${decisionColumns} from decision where detector = ? and number > ? order by number limit ?`,
)
// Reads all decisions where it must: once, when a model with another set of features takes over.
const firstFrom = statement<{ number: number | null }>(
  'select min(number) as number from decision where detector = ? and partition = ? and position >= ?',
)
const lastNumber = statement<{ number: number }>(
  'select coalesce(max(number), 0) as number from decision where detector = ?',
)
const oldest = statement<{ event_id: string }>(
  'select event_id from event where detector = ? and event_time < ? order by event_time limit ?',
)
const forgetEach = ['decision', 'event'].map((table) =>
  statement(
    `delete from ${table} where detector = ? and event_time < ? and event_id in (select json_array_elements_text(?::json))`,
  ),
)

export const decisionRows: DecisionTable = {
  /** The ids first, which says what is new; the new ones then by COPY. */
  *add(detector, decisions) {
    const isNew = yield* insert(
      eventInsertion,
      decisions.map(({ event }) => [detector, event.id, event.time]),
    )
    yield* copy(
      decisionInsertion,
      decisions.filter((_, i) => isNew[i]).map((decision) => decisionValues(detector, decision)),
    )
    return isNew
  },
  *one(detector, eventId) {
    const row = yield* one.get(detector, eventId)
    return row && decisionOf(row)
  },
  *page(detector, from, to) {
    const rows = yield* upwards.all(detector, from.time, from.number, to, pageSize)
    const last = rows.at(-1)
    const items = rows.map(decisionOf)
    return rows.length < pageSize || !last ? { items } : { items, next: { time: last.event_time, number: last.number } }
  },
  *scores(detector, from, before) {
    const items = yield* downwards.all(detector, before.time, before.number, from, pageSize)
    const last = items.at(-1)
    return items.length < pageSize || !last ? { items } : { items, next: { time: last.eventTime, number: last.number } }
  },
  *log(detector, after, limit) {
    const rows = yield* log.all(detector, after, limit)
    return rows.map((row) => ({
      ...{ number: row.number, partition: row.partition, position: row.position },
      ...decisionOf(row),
    }))
  },
  *firstFrom(detector, partition, position) {
    return (yield* firstFrom.get(detector, partition, position))?.number ?? null
  },
  *lastNumber(detector) {
    return (yield* lastNumber.get(detector))!.number
  },
  *forget(detector, before, limit) {
    const ids = (yield* oldest.all(detector, before, limit)).map(({ event_id }) => event_id)
    for (const forget of forgetEach) yield* forget.run(detector, before, JSON.stringify(ids))
    return ids.length
  },
}
