// An open SQLite file in, the store's database out: every question answered at once, a transaction never interleaved.

import type { Sqlite } from '../core/sqlite.ts'
import {
  type Database,
  type Dialect,
  type Insertion,
  insert,
  type Question,
  type Value,
  type Work,
} from './database.ts'
import { decisionInsertion } from './decisionColumns.ts'

const dialect: Dialect = {
  name: 'sqlite',
  texts: '(select value from json_each(?))',
  numbers: '(select value from json_each(?))',
  events: 'decision',
  insertDecisions: (rows) => insert(decisionInsertion, rows),
}

type Prepared = {
  run(...values: readonly Value[]): { readonly changes: number | bigint }
  all(...values: readonly Value[]): unknown[]
}

/** Statements kept prepared; what is asked in more ways than that is prepared anew. */
const maxPrepared = 500

export function sqliteDatabase(db: Sqlite, lease: Database['lease']): Database {
  const listeners = new Set<(text: string) => void>()
  let notices: string[] = []
  const prepared = new Map<string, Prepared>()
  const prepare = (sql: string): Prepared => {
    const known = prepared.get(sql)
    if (known) return known
    if (prepared.size >= maxPrepared) prepared.clear()
    const made = db.query(sql)
    prepared.set(sql, made)
    return made
  }
  const answer = (question: Question): unknown => {
    switch (question.kind) {
      case 'rows':
        return prepare(question.sql).all(...question.values)
      case 'run':
        return Number(prepare(question.sql).run(...question.values).changes)
      case 'insert':
      case 'copy':
        return insertEach(prepare(insertionSql(question.into)), question.rows)
      case 'notice':
        return void notices.push(question.text)
      case 'lock':
        // One writer at a time: whoever is in a transaction has every lock.
        return undefined
    }
  }
  const run = <T>(work: Work<T>): T => {
    let step = work.next()
    while (!step.done) step = work.next(answer(step.value))
    return step.value
  }
  return {
    dialect,
    read: async (work) => run(work),
    transaction: async (work) => {
      notices = []
      const result = db.transaction(() => run(work()))
      const told = new Set(notices)
      for (const listener of listeners) for (const text of told) listener(text)
      return result
    },
    onNotice: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    lease,
  }
}

function insertEach(one: Prepared, rows: readonly (readonly Value[])[]): boolean[] {
  return rows.map((row) => one.run(...row).changes === 1)
}

const texts = new WeakMap<Insertion, string>()

function insertionSql(into: Insertion): string {
  const known = texts.get(into)
  if (known) return known
  const names = Object.keys(into.columns)
  const onConflict = into.key
    ? ` on conflict (${into.key.join(', ')}) do ${into.update ? `update set ${into.update}` : 'nothing'}`
    : ''
  const text = `insert into ${into.table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})${onConflict}`
  texts.set(into, text)
  return text
}
