// A batch that a set of features has learned in, how far it has learned of each partition out; and what it has missed.

import { type DecisionTable, type Insertion, insert, Overtaken, statement, type Work } from './database.ts'
import type { Stretch } from './store.ts'

const behind = statement<Stretch>(`
  select position.partition, coalesce(feature_learned.next, 0) as "from", position.next as "to"
  from position left join feature_learned
    on feature_learned.detector = position.detector and feature_learned.partition = position.partition
      and feature_learned.set_name = ?
  where position.detector = ? and position.next > coalesce(feature_learned.next, 0)
  order by position.partition`)
const learned = statement<{ next: number }>(
  'select next from feature_learned where detector = ? and set_name = ? and partition = ?',
)
const move: Insertion = {
  table: 'feature_learned',
  columns: { detector: 'text', set_name: 'text', partition: 'integer', next: 'integer' },
  key: ['detector', 'set_name', 'partition'],
  update: 'next = excluded.next where feature_learned.next <= excluded.next',
}
const begin = statement(`
  insert into feature_learned (detector, set_name, partition, next)
  select detector, ?, partition, next from position where detector = ?`)

export function* missed(
  detector: string,
  set: string,
  { firstFrom }: DecisionTable,
): Work<{ stretches: readonly Stretch[]; first: number | null }> {
  const stretches = yield* behind.all(set, detector)
  let first: number | null = null
  for (const { partition, from } of stretches) {
    const found = yield* firstFrom(detector, partition, from)
    if (found !== null) first = Math.min(found, first ?? found)
  }
  return { stretches, first }
}

/** Whether the set has learned all of the partition before this position, and nothing from it on. */
export function* hasLearned(detector: string, set: string, partition: number, next: number): Work<boolean> {
  return ((yield* learned.get(detector, set, partition))?.next ?? 0) === next
}

export function* hasNowLearned(detector: string, set: string, stretches: readonly Omit<Stretch, 'from'>[]): Work<void> {
  const rows = stretches.map(({ partition, to }) => [detector, set, partition, to])
  if ((yield* insert(move, rows)).includes(false)) throw new Overtaken()
}

/** A set that was made of every decision there is. */
export function* hasLearnedAll(detector: string, set: string): Work<void> {
  yield* begin.run(set, detector)
}
