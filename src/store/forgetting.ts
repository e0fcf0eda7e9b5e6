// That pasts of entities are forgotten in, what was forgotten when out; and their states removed.

import { mayBeRemoved } from '../core/stateVersion.ts'
import { type Database, lock, statement, type Work } from './database.ts'
import { daysLock } from './locks.ts'
import type { FeatureState, Forgetting, Store } from './store.ts'

const all = statement<Forgetting>(
  'select number, base, through from feature_forgetting where detector = ? and set_name = ? order by number',
)
const last = statement<Forgetting>(
  'select number, base, through from feature_forgetting where detector = ? and set_name = ? order by number desc limit 1',
)
const add = statement(
  'insert into feature_forgetting (detector, set_name, number, base, through) values (?, ?, ?, ?, ?)',
)
// SQLite's substr makes null of no bytes.
const heads = statement<Omit<FeatureState, 'bytes'> & { readonly bytes: Uint8Array | null }>(`
  select key, version, substr(bytes, 1, ?) as bytes from feature_state
  where detector = ? and set_name = ? and key > ? order by key limit ?`)

type Forgettings = Pick<Store, 'forgettings' | 'forgetFeatures' | 'featureHeads' | 'removeFeatureStates'>

export function forgetting(db: Database): Forgettings {
  const versions = statement<{ key: string; version: number }>(`
    select key, version from feature_state where detector = ? and set_name = ? and key in ${db.dialect.texts}`)
  const remove = statement(`
    delete from feature_state where detector = ? and set_name = ? and key in ${db.dialect.texts}`)
  return {
    forgettings: (detector, set) => db.read(all.all(detector, set)),
    forgetFeatures: (detector, set, base) =>
      db.transaction(function* () {
        // Batches under way end before it: they know nothing of it.
        yield* lock(daysLock(detector), 'alone')
        const before = yield* last.get(detector, set)
        if (before && before.base >= base) return
        const through = yield* db.dialect.decisions.lastNumber(detector)
        yield* add.run(detector, set, (before?.number ?? 0) + 1, base, through)
      }),
    featureHeads: async ({ detector, set, after, limit }, bytes) =>
      (await db.read(heads.all(bytes, detector, set, after, limit))).map((row) => ({
        ...row,
        bytes: Uint8Array.from(row.bytes ?? []),
      })),
    removeFeatureStates: (detector, set, states) =>
      db.transaction(function* () {
        yield* lock(daysLock(detector), 'alone')
        const forgettings = yield* forgettingsOf(detector, set)
        const stored = yield* versions.all(detector, set, JSON.stringify(states.map(({ key }) => key)))
        const versionOf = new Map(stored.map(({ key, version }) => [key, version]))
        const keys = states.flatMap(({ key, version }) =>
          versionOf.get(key) === version && mayBeRemoved(version, forgettings) ? [key] : [],
        )
        return keys.length === 0 ? 0 : yield* remove.run(detector, set, JSON.stringify(keys))
      }),
  }
}

/** How often pasts of the set were forgotten. */
export function* forgettingsOf(detector: string, set: string): Work<number> {
  return (yield* last.get(detector, set))?.number ?? 0
}
