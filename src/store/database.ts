// What the store asks of a database, whichever it is: a method is a generator that yields questions and is handed their answers.
//
// SQLite answers at once and PostgreSQL later; written as generators, each method exists once. The embedded driver runs one to its end
// without giving way to anything else of the process, which is its transaction; the other driver awaits each answer.

import type { Decision } from '../core/decision.ts'
import type { Lease, LoggedDecision, ScoredEvent, StoredDecision } from './store.ts'

export type Value = string | number | Uint8Array | null

type ColumnType = 'text' | 'integer' | 'number' | 'bytes'

/** Rows for one table in one go. */
export type Insertion = {
  readonly table: string
  readonly columns: Readonly<Record<string, ColumnType>>
  /** What makes a row the same as a stored one; no two rows of one insertion that updates may have the same. */
  readonly key?: readonly string[]
  /** What happens to the stored row of the same key, e.g. `events = late.events + excluded.events`; it stays as it is where absent. */
  readonly update?: string
}

export type Question =
  | { readonly kind: 'rows' | 'run'; readonly sql: string; readonly values: readonly Value[] }
  | { readonly kind: 'insert' | 'copy'; readonly into: Insertion; readonly rows: readonly (readonly Value[])[] }
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'lock'; readonly name: string; readonly isShared: boolean }

/** A method of the store: yields questions, ends with its answer. */
export type Work<T> = Generator<Question, T, unknown>

/** What two databases say differently. */
export type Dialect = {
  readonly name: 'sqlite' | 'postgres'
  /** The texts (or numbers) of a JSON list given as a parameter, as a subquery of one column `value`. */
  readonly texts: string
  readonly numbers: string
  /** Where decisions lie. In both databases the table `event` knows every one of them by its id. */
  readonly decisions: DecisionTable
  /** What joins the decision of an event to a table that has `detector` and `event_id`, as `decision`. */
  joinDecision(table: string): string
}

/** Between two decisions, in the order of event time, then of numbers. */
export type Place = { readonly time: number; readonly number: number }

/** Some of what was asked for, and where to go on; there is no more where that is absent. */
export type Page<T> = { readonly items: readonly T[]; readonly next?: Place }

/**
 * What the store asks of the place where decisions lie: rows of a table for each day in PostgreSQL (`decisionRows.ts`), chunks in
 * SQLite (`decisionChunks.ts`). Written within a transaction.
 */
export type DecisionTable = {
  /** Stores those whose event is new; says of each whether it was. */
  add(detector: string, decisions: readonly Decision[]): Work<readonly boolean[]>
  one(detector: string, eventId: string): Work<StoredDecision | undefined>
  /** Of event times before `to`, upwards from a place. */
  page(detector: string, from: Place, to: number): Work<Page<StoredDecision>>
  /** Of event times from `from` on, downwards from a place. */
  scores(detector: string, from: number, before: Place): Work<Page<ScoredEvent>>
  /** In the order of their numbers, after one. */
  log(detector: string, after: number, limit: number): Work<readonly LoggedDecision[]>
  /** The number of the first decision of a partition's positions from one on; null where there is none. */
  firstFrom(detector: string, partition: number, position: number): Work<number | null>
  /** 0 where there is none. */
  lastNumber(detector: string): Work<number>
  /** Removes at most `limit` of event times before `before`, oldest first, and their ids; answers how many. */
  forget(detector: string, before: number, limit: number): Work<number>
}

/** Thrown by a work whose reading another transaction has overtaken: nothing is written, and the work begins anew. */
export class Overtaken extends Error {}

export type Database = {
  readonly dialect: Dialect
  /** Reads; what it reads in several questions may be of several moments. */
  read<T>(work: Work<T>): Promise<T>
  /** All of the work or nothing, durable when resolved. Begun anew where another transaction or a lost connection got in its way. */
  transaction<T>(work: () => Work<T>): Promise<T>
  /** Calls back with each notice of a committed transaction, of every process that shares the database. Returns the unsubscribe. */
  onNotice(listener: (text: string) => void): () => void
  lease(name: string): Promise<Lease | undefined>
}

/** One statement with `?` for its parameters (or `?1` where one stands twice); its rows are trusted, as only a database of ours is opened. */
export type Statement<Row> = {
  all(...values: readonly Value[]): Work<Row[]>
  get(...values: readonly Value[]): Work<Row | undefined>
  /** How many rows it has changed. */
  run(...values: readonly Value[]): Work<number>
}

export function statement<Row = never>(sql: string): Statement<Row> {
  function* all(...values: readonly Value[]): Work<Row[]> {
    return (yield { kind: 'rows', sql, values }) as Row[]
  }
  return {
    all,
    *get(...values) {
      return (yield* all(...values))[0]
    },
    *run(...values) {
      return (yield { kind: 'run', sql, values }) as number
    },
  }
}

/** Writes rows, in the order of the columns; says of each whether it was new. */
export function* insert(into: Insertion, rows: readonly (readonly Value[])[]): Work<readonly boolean[]> {
  return rows.length === 0 ? [] : ((yield { kind: 'insert', into, rows }) as boolean[])
}

/** Writes rows that are known to be new, in the fastest way there is. */
export function* copy(into: Insertion, rows: readonly (readonly Value[])[]): Work<void> {
  if (rows.length > 0) yield { kind: 'copy', into, rows }
}

/** Told to whoever listens once the transaction is committed; at most 8000 bytes. */
export function* notice(text: string): Work<void> {
  yield { kind: 'notice', text }
}

/** Held to the end of the transaction: by many who share it, or by one alone. */
export function* lock(name: string, how: 'shared' | 'alone'): Work<void> {
  yield { kind: 'lock', name, isShared: how === 'shared' }
}
