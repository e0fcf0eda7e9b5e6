// What training measured of a version, and the operating points that people chose for it later, in and out; scores as they were decided.

import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../core/clock.ts'
import { type Database, statement } from './database.ts'
import type { ScoredEvent, Store, ThresholdChange, TrainingRecord } from './store.ts'

const keepTraining = statement(`
  insert into training (detector, version, curve, html) values (?, ?, ?, ?)
  on conflict (detector, version) do update set curve = excluded.curve, html = coalesce(excluded.html, training.html)`)
const training = statement<TrainingRecord>('select curve, html from training where detector = ? and version = ?')
const move = statement(`
  insert into threshold_change (detector, version, threshold, by, reason, changed_at) values (?, ?, ?, ?, ?, ?)`)
const moves = statement<ThresholdChange>(`
  select threshold, by, reason, changed_at as "changedAt" from threshold_change
  where detector = ? and version = ? order by number desc limit ?`)
const scores = statement<ScoredEvent & { number: number }>(`
  select number, event_time as "eventTime", score, amount, model_version as "modelVersion" from decision
  where detector = ? and (event_time, number) < (?, ?) and event_time >= ?
  order by event_time desc, number desc limit ?`)

/** Read at once: a few ms, in which nothing else of this process goes on. */
const pageSize = 2000

type Training = Pick<Store, 'putTraining' | 'training' | 'moveThreshold' | 'thresholdChanges' | 'scores'>

export function trainings(db: Database, clock: Clock): Training {
  return {
    putTraining: (detector, version, { curve, html }) =>
      db.transaction(function* () {
        yield* keepTraining.run(detector, version, curve, html)
      }),
    training: (detector, version) => db.read(training.get(detector, version)),
    moveThreshold: (detector, version, { threshold, by, reason }) =>
      db.transaction(function* () {
        yield* move.run(detector, version, threshold, by, reason, clock.now())
      }),
    thresholdChanges: (detector, version, limit) => db.read(moves.all(detector, version, limit)),
    async *scores(detector, from, to) {
      for (let last = { eventTime: to, number: 0 }; ; await turn()) {
        const rows = await db.read(scores.all(detector, last.eventTime, last.number, from, pageSize))
        yield* rows
        if (rows.length < pageSize) return
        last = rows.at(-1)!
      }
    },
  }
}
