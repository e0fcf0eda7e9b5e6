// Keys of entities in, what the features remember of them out; and what was committed, in its order, to remember it again from.

import type { Label } from '../core/event.ts'
import type { Sqlite } from '../core/sqlite.ts'
import { type DecisionRow, decisionColumns, decisionOf } from './decisions.ts'
import type { FeatureChanges, Store } from './store.ts'

const statesSql = `
  select key, version, bytes from feature_state
  where detector = ? and set_name = ? and key in (select value from json_each(?))`
const hasSetSql = 'select 1 as found from feature_set where detector = ? and set_name = ?'
const putSetSql = 'insert into feature_set (detector, set_name) values (?, ?)'
const putStateSql = 'insert into feature_state (detector, set_name, key, version, bytes) values (?, ?, ?, 1, ?)'
const versionSql = 'select version from feature_state where detector = ? and set_name = ? and key = ?'
const changeSql = `
  insert into feature_state (detector, set_name, key, version, bytes) values (?, ?, ?, 1, ?)
  on conflict do update set version = version + 1, bytes = excluded.bytes`
const lastDecisionSql = 'select max(number) as number from decision where detector = ?'
const logSql = `select ${decisionColumns} from decision where detector = ? and number > ? order by number limit ?`
const labelLogSql = `
  select number, event_id as eventId, label, labelled_at as labelledAt,
    (select before.label from label before where before.detector = label.detector and before.event_id = label.event_id
      and before.number < label.number order by before.number desc limit 1) as previous
  from label where detector = ? and number > ? order by number limit ?`

type LabelRow = {
  readonly number: number
  readonly eventId: string
  readonly label: Label
  readonly labelledAt: number
  readonly previous: Label | null
}

export function featureStates(
  db: Sqlite,
): Pick<Store, 'featureStates' | 'hasFeatureSet' | 'putFeatureSet' | 'decisionLog' | 'labelLog'> {
  const states = db.query<{ key: string; version: number; bytes: Uint8Array }>(statesSql)
  const hasSet = db.query<{ found: number }>(hasSetSql)
  const putSet = db.query(putSetSql)
  const putState = db.query(putStateSql)
  const lastDecision = db.query<{ number: number | null }>(lastDecisionSql)
  const log = db.query<DecisionRow>(logSql)
  const labelLog = db.query<LabelRow>(labelLogSql)
  return {
    featureStates: async (detector, set, keys) =>
      states.all(detector, set, JSON.stringify(keys)).map((row) => ({ ...row, bytes: row.bytes.slice() })),
    hasFeatureSet: async (detector, set) => hasSet.get(detector, set) !== undefined,
    putFeatureSet: async ({ detector, set, through }, held) =>
      db.transaction(() => {
        if (hasSet.get(detector, set) || (lastDecision.get(detector)?.number ?? 0) > through) return false
        putSet.run(detector, set)
        for (const { key, bytes } of held) putState.run(detector, set, key, bytes)
        return true
      }),
    decisionLog: async (detector, after, limit) =>
      log.all(detector, after, limit).map((row) => ({ number: row.number, ...decisionOf(row) })),
    labelLog: async (detector, after, limit) => labelLog.all(detector, after, limit),
  }
}

/** Writes within a transaction; false, and nothing written, where one of the states has been changed by another. */
export function featureStateWriter(db: Sqlite): (detector: string, changes: FeatureChanges) => boolean {
  const version = db.query<{ version: number }>(versionSql)
  const change = db.query(changeSql)
  return (detector, { set, states }) => {
    const isOvertaken = states.some(({ key, expected }) => (version.get(detector, set, key)?.version ?? 0) !== expected)
    if (isOvertaken) return false
    for (const { key, bytes } of states) change.run(detector, set, key, bytes)
    return true
  }
}
