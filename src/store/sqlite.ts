// An open SQLite file in, the store's database out: every question answered at once, a transaction never interleaved; one commit for all that wait for one.

import { setImmediate as turn } from 'node:timers/promises'
import type { Notices } from '../core/notices.ts'
import type { Sqlite } from '../core/sqlite.ts'
import type { Database, Dialect, Insertion, Question, Value, Work } from './database.ts'
import { decisionChunks } from './decisionChunks.ts'

const dialect: Dialect = {
  name: 'sqlite',
  texts: '(select value from json_each(?))',
  numbers: '(select value from json_each(?))',
  decisions: decisionChunks,
  joinDecision: (table) => `
    join event_decision as decision on decision.detector = ${table}.detector and decision.event_id = ${table}.event_id`,
}

type Prepared = {
  run(...values: readonly Value[]): { readonly changes: number | bigint }
  all(...values: readonly Value[]): unknown[]
}

/** Statements kept prepared; what is asked in more ways than that is prepared anew. */
const maxPrepared = 500
/** Rows of one statement. */
const rowsAtOnce = 50

type Waiting = {
  readonly work: () => Work<unknown>
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

export function sqliteDatabase(
  db: Sqlite,
  { lease, news }: { readonly lease: Database['lease']; readonly news: Notices },
): Database & { close(): Promise<void> } {
  const waiting: Waiting[] = []
  let committing: Promise<void> | undefined
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
  const insertRows = (into: Insertion, rows: readonly (readonly Value[])[]): boolean[] => {
    const isNew: boolean[] = []
    for (let start = 0; start < rows.length; start += rowsAtOnce) {
      const some = rows.slice(start, start + rowsAtOnce)
      if (some.length === rowsAtOnce && insertAll(into, some)) for (const _ of some) isNew.push(true)
      else for (const row of some) isNew.push(prepare(insertionSql(into, 1)).run(...row).changes === 1)
    }
    return isNew
  }
  // Many rows cost one statement a third less. Where one of them is there already, nothing is written: which one, only each by itself tells.
  const insertAll = (into: Insertion, rows: readonly (readonly Value[])[]): boolean => {
    db.exec('savepoint rows')
    const isDone = prepare(insertionSql(into, rows.length)).run(...rows.flat()).changes === rows.length
    db.exec(isDone ? 'release rows' : 'rollback to rows; release rows')
    return isDone
  }
  const answer = (question: Question): unknown => {
    switch (question.kind) {
      case 'rows':
        return prepare(question.sql).all(...question.values)
      case 'run':
        return Number(prepare(question.sql).run(...question.values).changes)
      case 'insert':
      case 'copy':
        return insertRows(question.into, question.rows)
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
  const commitAll = async (works: readonly Waiting[]): Promise<void> => {
    try {
      const results = await db.transactionInTurn(() => {
        notices = []
        return works.map(({ work }) => run(work()))
      })
      for (const text of new Set(notices)) news.tell(text)
      works.forEach(({ resolve }, i) => void resolve(results[i]))
    } catch (error) {
      // One that cannot be written spoils no other.
      if (works.length > 1) for (const work of works) await commitAll([work])
      else works[0]!.reject(error)
    }
  }
  const commitWaiting = async (): Promise<void> => {
    while (waiting.length > 0) {
      // An immediate runs after the I/O of this turn: all that came in together waits for the disk once.
      await turn()
      await commitAll(waiting.splice(0))
    }
    committing = undefined
  }
  return {
    dialect,
    read: async (work) => run(work),
    transaction: <T>(work: () => Work<T>) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (result: unknown) => void, reject })
        committing ??= commitWaiting()
      }),
    onNotice: news.onNotice,
    lease,
    close: async () => {
      await committing
      news.close()
    },
  }
}

const texts = new WeakMap<Insertion, Map<number, string>>()

function insertionSql(into: Insertion, rows: number): string {
  const known = texts.get(into) ?? new Map<number, string>()
  texts.set(into, known)
  const text = known.get(rows) ?? insertionText(into, rows)
  known.set(rows, text)
  return text
}

function insertionText(into: Insertion, rows: number): string {
  const names = Object.keys(into.columns)
  const row = `(${names.map(() => '?').join(', ')})`
  const onConflict = into.key
    ? ` on conflict (${into.key.join(', ')}) do ${into.update ? `update set ${into.update}` : 'nothing'}`
    : ''
  return `insert into ${into.table} (${names.join(', ')}) values ${new Array(rows).fill(row).join(', ')}${onConflict}`
}
