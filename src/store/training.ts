// What training measured of a version, and the operating points that people chose for it later, in and out.

import type { Clock } from '../core/clock.ts'
import { type Database, statement } from './database.ts'
import type { Store, ThresholdChange, TrainingRecord } from './store.ts'

const keepTraining = statement(`
  insert into training (detector, version, curve, html) values (?, ?, ?, ?)
  on conflict (detector, version) do update set curve = excluded.curve, html = coalesce(excluded.html, training.html)`)
const training = statement<TrainingRecord>('select curve, html from training where detector = ? and version = ?')
const move = statement(`
  insert into threshold_change (detector, version, threshold, by, reason, changed_at) values (?, ?, ?, ?, ?, ?)`)
const moves = statement<ThresholdChange>(`
  select threshold, by, reason, changed_at as "changedAt" from threshold_change
  where detector = ? and version = ? order by number desc limit ?`)
type Training = Pick<Store, 'putTraining' | 'training' | 'moveThreshold' | 'thresholdChanges'>

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
  }
}
