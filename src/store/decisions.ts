// Event ids and times in, stored decisions out; and the dead letters that took a decision's place.

import { setImmediate as turn } from 'node:timers/promises'
import type { Outcome } from '../core/decision.ts'
import type { Sqlite } from '../core/sqlite.ts'
import type { Store, StoredDeadLetter, StoredDecision } from './store.ts'

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
const oneSql = `select ${decisionColumns} from decision where detector = ? and event_id = ?`
const pageSql = `
  select ${decisionColumns} from decision
  where detector = ? and (event_time, number) > (?, ?) and event_time < ? order by event_time, number limit ?`
const deadLettersSql = `
  select id, detector, partition, position, code, reason, stored_at as storedAt, bytes
  from dead_letter where detector = ? order by id desc limit ?`

/** Decisions read at once: some ms, in which nothing else of this process goes on. */
const pageSize = 1000

export function decisions(db: Sqlite): Pick<Store, 'decision' | 'decisions' | 'deadLetters'> {
  const one = db.query<DecisionRow>(oneSql)
  const page = db.query<DecisionRow>(pageSql)
  const deadLetters = db.query<StoredDeadLetter>(deadLettersSql)
  return {
    decision: async (detector, eventId) => {
      const row = one.get(detector, eventId)
      return row && decisionOf(row)
    },
    async *decisions(detector, from, to) {
      // Numbers begin at 1: the first page begins at `from`, each other one after the last row of the one before.
      for (let last = { event_time: from, number: 0 }; ; await turn()) {
        const rows = page.all(detector, last.event_time, last.number, to, pageSize)
        for (const row of rows) yield decisionOf(row)
        if (rows.length < pageSize) return
        last = rows.at(-1)!
      }
    },
    deadLetters: async (detector, limit) => deadLetters.all(detector, limit),
  }
}

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
    vector: new Float32Array(row.vector.slice().buffer),
    fields: JSON.parse(row.fields),
    reasons: JSON.parse(row.reasons),
    isLate: row.is_late === 1,
  }
}
