// Artifacts in, numbered versions and the names that point at them out.

import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { Sqlite } from '../core/sqlite.ts'
import type { ModelRecord, Store } from './store.ts'

const sameSql = 'select version from model where detector = ? and digest = ?'
const lastSql = 'select coalesce(max(version), 0) as version from model where detector = ?'
const insertSql = `
  insert into model (detector, version, digest, created_at, evaluation, artifact) values (?, ?, ?, ?, ?, ?)`
const listSql = `
  select detector, version, digest, created_at as createdAt, evaluation from model where detector = ? order by version`
const artifactSql = 'select artifact from model where detector = ? and version = ?'
const setAliasSql = `
  insert into alias (detector, alias, version) values (?, ?, ?) on conflict do update set version = excluded.version`
const dropAliasSql = 'delete from alias where detector = ? and alias = ?'
const changeSql = 'insert into alias_change (detector, alias, version, reason, changed_at) values (?, ?, ?, ?, ?)'
const aliasesSql = 'select alias, version from alias where detector = ? order by alias'

type Models = Pick<Store, 'putModel' | 'models' | 'artifact' | 'setAlias' | 'aliases'>

export function models(db: Sqlite, clock: Clock): Models {
  const list = db.query<ModelRecord>(listSql)
  const artifact = db.query<{ artifact: Uint8Array }>(artifactSql)
  const aliases = db.query<{ alias: string; version: number }>(aliasesSql)
  return {
    putModel: modelWriter(db),
    models: async (detector) => list.all(detector),
    artifact: async (detector, version) => artifact.get(detector, version)?.artifact,
    setAlias: aliasWriter(db, clock),
    aliases: async (detector) =>
      Object.fromEntries(aliases.all(detector).map(({ alias, version }) => [alias, version])),
  }
}

function modelWriter(db: Sqlite): Store['putModel'] {
  const same = db.query<{ version: number }>(sameSql)
  const last = db.query<{ version: number }>(lastSql)
  const insert = db.query(insertSql)
  return async ({ detector, digest, createdAt, evaluation }, artifact) =>
    db.transaction(() => {
      const known = same.get(detector, digest)
      if (known) return known.version
      const version = last.get(detector)!.version + 1
      insert.run(detector, version, digest, createdAt, evaluation, artifact)
      return version
    })
}

/** Throws `MODEL_UNKNOWN` where the detector has no such version. */
function aliasWriter(db: Sqlite, clock: Clock): Store['setAlias'] {
  const list = db.query<{ version: number }>(listSql)
  const set = db.query(setAliasSql)
  const drop = db.query(dropAliasSql)
  const change = db.query(changeSql)
  return async (detector, alias, version, reason) =>
    db.transaction(() => {
      if (version === null) drop.run(detector, alias)
      else {
        const versions = list.all(detector).map((model) => model.version)
        if (!versions.includes(version)) throw unknownModel(detector, version, versions)
        set.run(detector, alias, version)
      }
      change.run(detector, alias, version, reason, clock.now())
    })
}

function unknownModel(detector: string, version: number, versions: readonly number[]): TocsinError {
  const known = versions.length === 0 ? 'it has none yet: train one' : `expected one of ${versions.join(', ')}`
  return new TocsinError('MODEL_UNKNOWN', `${detector} has no model version ${version}; ${known}.`)
}
