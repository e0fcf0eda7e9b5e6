// Dead letters out, newest first or by number, and marked when they have gone back into the stream.

import { type Database, statement } from './database.ts'
import type { Store, StoredDeadLetter } from './store.ts'

const columns = `
  id, detector, partition, position, code, reason, stored_at as "storedAt", bytes, replayed_at as "replayedAt"`
const all = statement<StoredDeadLetter>(
  `select ${columns} from dead_letter where detector = ? order by id desc limit ?`,
)
const open = statement<StoredDeadLetter>(
  `select ${columns} from dead_letter where detector = ? and replayed_at is null order by id desc limit ?`,
)
const one = statement<StoredDeadLetter>(`select ${columns} from dead_letter where detector = ? and id = ?`)
const since = statement<{ letters: number }>(
  'select count(*) as letters from dead_letter where detector = ? and stored_at >= ?',
)
const mark = statement('update dead_letter set replayed_at = ? where detector = ? and id = ? and replayed_at is null')

export function deadLetters(
  db: Database,
): Pick<Store, 'deadLetters' | 'deadLetter' | 'deadLettersSince' | 'markReplayed'> {
  return {
    deadLetters: (detector, limit, { isOpen = false } = {}) => db.read((isOpen ? open : all).all(detector, limit)),
    deadLetter: (detector, id) => db.read(one.get(detector, id)),
    deadLettersSince: async (detector, from) => (await db.read(since.get(detector, from)))!.letters,
    markReplayed: (detector, id, at) =>
      db.transaction(function* () {
        return (yield* mark.run(at, detector, id)) === 1
      }),
  }
}
