// A decision in, its row out, and back: the one order of columns that both drivers write and read.

import type { Decision, Outcome } from '../core/decision.ts'
import type { Insertion, Value } from './database.ts'
import type { StoredDecision } from './store.ts'

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
  key: ['detector', 'event_id'],
}

export function decisionValues(detector: string, { event, vector, ...decision }: Decision): Value[] {
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
    event.json ?? JSON.stringify(event.fields),
    decision.reasons.length === 0 ? '[]' : JSON.stringify(decision.reasons),
  ]
}

export type DecisionRow = {
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

export const decisionColumns = `
  number, event_id, event_time, entity, amount, score, threshold, outcome, model_version, is_late, vector, fields, reasons`

export function decisionOf(row: DecisionRow): StoredDecision {
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
