// What shadow variants would have said in, the newest of it out.

import { copy, type Database, type Insertion, statement } from './database.ts'
import type { ShadowScore, Store } from './store.ts'

/** For comparisons, not for the record: older ones go. */
const kept = 1_000_000

const into: Insertion = {
  table: 'shadow_score',
  columns: {
    ...{ detector: 'text', event_id: 'text', variant: 'text', model_version: 'integer', score: 'number' },
    ...{ outcome: 'text', answered_version: 'integer', answered_score: 'number', answered_outcome: 'text' },
    scored_at: 'number',
  },
}
const newest = statement<ShadowScore>(`
  select event_id as "eventId", variant, model_version as "modelVersion", score, outcome,
    answered_version as "answeredVersion", answered_score as "answeredScore", answered_outcome as "answeredOutcome",
    scored_at as "scoredAt"
  from shadow_score where detector = ? order by number desc limit ?`)
const forget = statement(`
  delete from shadow_score where number <= (select max(number) from shadow_score) - ${kept}`)

export function shadows(db: Database): Pick<Store, 'putShadowScores' | 'shadowScores'> {
  return {
    putShadowScores: (detector, scores) =>
      db.transaction(function* () {
        yield* copy(
          into,
          scores.map((one) => [
            ...[detector, one.eventId, one.variant, one.modelVersion, one.score, one.outcome],
            ...[one.answeredVersion, one.answeredScore, one.answeredOutcome, one.scoredAt],
          ]),
        )
        yield* forget.run()
      }),
    shadowScores: (detector, limit) => db.read(newest.all(detector, limit)),
  }
}
