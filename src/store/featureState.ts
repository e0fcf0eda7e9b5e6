// Keys of entities in, what the features remember of them out; and what was committed, in its order, to remember it again from.

import type { Label } from '../core/event.ts'
import { versionAfter } from '../core/stateVersion.ts'
import {
  type Database,
  type Insertion,
  insert,
  lock,
  Overtaken,
  type Statement,
  statement,
  type Work,
} from './database.ts'
import { forgettingsOf } from './forgetting.ts'
import { hasLearnedAll } from './learned.ts'
import { daysLock } from './locks.ts'
import type { FeatureChanges, Store } from './store.ts'

type StateRow = { readonly key: string; readonly version: number; readonly bytes: Uint8Array }
type LabelRow = {
  readonly number: number
  readonly eventId: string
  readonly label: Label
  readonly labelledAt: number
  readonly previous: Label | null
}

const hasSet = statement<{ found: number }>('select 1 as found from feature_set where detector = ? and set_name = ?')
const putSet = statement('insert into feature_set (detector, set_name) values (?, ?)')
const states: Insertion = {
  table: 'feature_state',
  columns: { detector: 'text', set_name: 'text', key: 'text', version: 'integer', bytes: 'bytes' },
  key: ['detector', 'set_name', 'key'],
  update: 'version = excluded.version, bytes = excluded.bytes where feature_state.version = excluded.version - 1',
}
const labelLog = statement<LabelRow>(`
  select number, event_id as "eventId", label, labelled_at as "labelledAt",
    (select before.label from label before where before.detector = label.detector and before.event_id = label.event_id
      and before.number < label.number order by before.number desc limit 1) as previous
  from label where detector = ? and number > ? order by number limit ?`)

/** States that one statement writes: its memory, and the time that it keeps others waiting. */
const statesAtOnce = 1000

type FeatureStates = Pick<Store, 'featureStates' | 'hasFeatureSet' | 'putFeatureSet' | 'decisionLog' | 'labelLog'>

export function featureStates(db: Database): FeatureStates {
  const read = statement<StateRow>(`
    select key, version, bytes from feature_state where detector = ? and set_name = ? and key in ${db.dialect.texts}`)
  return {
    featureStates: async (detector, set, keys) =>
      (await db.read(read.all(detector, set, JSON.stringify(keys)))).map(({ key, version, bytes }) => ({
        ...{ key, version },
        bytes: Uint8Array.from(bytes),
      })),
    hasFeatureSet: async (detector, set) => (await db.read(hasSet.get(detector, set))) !== undefined,
    putFeatureSet: ({ detector, set, through }, held) =>
      db.transaction(function* () {
        yield* lock(daysLock(detector), 'alone')
        if (yield* hasSet.get(detector, set)) return false
        if ((yield* db.dialect.decisions.lastNumber(detector)) > through) return false
        yield* putSet.run(detector, set)
        yield* hasLearnedAll(detector, set)
        const before = yield* forgettingsOf(detector, set)
        let rows: (string | number | Uint8Array)[][] = []
        for (const { key, bytes } of held) {
          rows.push([detector, set, key, versionAfter(0, before), bytes])
          if (rows.length < statesAtOnce) continue
          yield* insert(states, rows)
          rows = []
        }
        yield* insert(states, rows)
        return true
      }),
    decisionLog: (detector, after, limit) =>
      db.transaction(function* () {
        // A commit under way may hold numbers below those that are visible: it is waited for, so that nobody reads past it.
        yield* lock(daysLock(detector), 'alone')
        return yield* db.dialect.decisions.log(detector, after, limit)
      }),
    labelLog: (detector, after, limit) => db.read(labelLog.all(detector, after, limit)),
  }
}

export type FeatureVersions = Statement<{ key: string; version: number }>

export function featureVersions(db: Database): FeatureVersions {
  return statement(`
    select key, version from feature_state where detector = ? and set_name = ? and key in ${db.dialect.texts}`)
}

/** Whether each change was made of the stored version, knowing of all that was forgotten. */
export function* canRemember(
  versions: FeatureVersions,
  detector: string,
  { set, forgettings, states: changes }: FeatureChanges,
): Work<boolean> {
  if ((yield* forgettingsOf(detector, set)) !== forgettings) return false
  const stored = yield* versions.all(detector, set, JSON.stringify(changes.map(({ key }) => key)))
  const versionOf = new Map(stored.map(({ key, version }) => [key, version]))
  return changes.every(({ key, expected }) => (versionOf.get(key) ?? 0) === expected)
}

/** Writes within a transaction, after `canRemember`. */
export function* remember(detector: string, { set, forgettings, states: changes }: FeatureChanges): Work<void> {
  const versionOf = (expected: number) => versionAfter(expected, forgettings)
  const rows = changes.map(({ key, expected, bytes }) => [detector, set, key, versionOf(expected), bytes])
  if ((yield* insert(states, rows)).includes(false)) throw new Overtaken()
}
