// Artifacts in, numbered versions and the names that point at them out.

import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import { type Database, lock, statement } from './database.ts'
import type { ModelRecord, Store } from './store.ts'

const same = statement<{ version: number }>('select version from model where detector = ? and digest = ?')
const last = statement<{ version: number }>('select coalesce(max(version), 0) as version from model where detector = ?')
const insertModel = statement(`
  insert into model (detector, version, digest, created_at, evaluation, artifact) values (?, ?, ?, ?, ?, ?)`)
const list = statement<ModelRecord>(`
  select detector, version, digest, created_at as "createdAt", evaluation from model where detector = ? order by version`)
const artifact = statement<{ artifact: Uint8Array }>('select artifact from model where detector = ? and version = ?')
const setAlias = statement(`
  insert into alias (detector, alias, version) values (?, ?, ?)
  on conflict (detector, alias) do update set version = excluded.version`)
const dropAlias = statement('delete from alias where detector = ? and alias = ?')
const noteChange = statement(
  'insert into alias_change (detector, alias, version, reason, changed_at) values (?, ?, ?, ?, ?)',
)
const aliases = statement<{ alias: string; version: number }>(
  'select alias, version from alias where detector = ? order by alias',
)

const changes = statement<{ version: number | null }>(
  'select version from alias_change where detector = ? and alias = ? order by number',
)

type Models = Pick<Store, 'putModel' | 'models' | 'artifact' | 'setAlias' | 'aliases' | 'aliasHistory'>

/** `setAlias` throws `MODEL_UNKNOWN` where the detector has no such version. */
export function models(db: Database, clock: Clock): Models {
  return {
    putModel: ({ detector, digest, createdAt, evaluation }, bytes) =>
      db.transaction(function* () {
        yield* lock(`models ${detector}`, 'alone')
        const known = yield* same.get(detector, digest)
        if (known) return known.version
        const version = (yield* last.get(detector))!.version + 1
        yield* insertModel.run(detector, version, digest, createdAt, evaluation, bytes)
        return version
      }),
    models: (detector) => db.read(list.all(detector)),
    artifact: async (detector, version) => (await db.read(artifact.get(detector, version)))?.artifact,
    setAlias: (detector, alias, version, reason) =>
      db.transaction(function* () {
        if (version === null) yield* dropAlias.run(detector, alias)
        else {
          const versions = (yield* list.all(detector)).map((model) => model.version)
          if (!versions.includes(version)) throw unknownModel(detector, version, versions)
          yield* setAlias.run(detector, alias, version)
        }
        yield* noteChange.run(detector, alias, version, reason, clock.now())
      }),
    aliasHistory: async (detector, alias) =>
      (await db.read(changes.all(detector, alias))).map(({ version }) => version),
    aliases: async (detector) => {
      const rows = await db.read(aliases.all(detector))
      return Object.fromEntries(rows.map(({ alias, version }) => [alias, version]))
    },
  }
}

function unknownModel(detector: string, version: number, versions: readonly number[]): TocsinError {
  const known = versions.length === 0 ? 'it has none yet: train one' : `expected one of ${versions.join(', ')}`
  return new TocsinError('MODEL_UNKNOWN', `${detector} has no model version ${version}; ${known}.`)
}
