// What the store asks of the place where decisions lie: rows of a table for each day in PostgreSQL (`decisionRows.ts`), chunks in SQLite (`decisionChunks.ts`).

import type { Decision } from '../core/decision.ts'
import type { Work } from './database.ts'
import type { LoggedDecision, ScoredEvent, StoredDecision } from './store.ts'

/** Between two decisions, in the order of event time, then of numbers. */
type Place = { readonly time: number; readonly number: number }

/** Some of what was asked for, and where to go on; there is no more where that is absent. */
export type Page<T> = { readonly items: readonly T[]; readonly next?: Place }

/** Written within a transaction. */
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
  /** 0 where there is none. */
  lastNumber(detector: string): Work<number>
  /** Removes at most `limit` of event times before `before`, oldest first, and their ids; answers how many. */
  forget(detector: string, before: number, limit: number): Work<number>
}
