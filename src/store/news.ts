// What a transaction has brought in, a notice for the processes that wait for it out.

import { type Database, notice, type Work } from './database.ts'
import type { News, Store } from './store.ts'

/** Ids in one notice: PostgreSQL takes 8000 bytes, an id has some 30. */
const idsAtOnce = 200

/** Within a transaction: tells of alerts that were raised; without ids, that something is due. */
export function* announce(detector: string, alertIds: readonly string[]): Work<void> {
  for (let i = 0; i === 0 || i < alertIds.length; i += idsAtOnce)
    yield* notice(JSON.stringify({ detector, alertIds: alertIds.slice(i, i + idsAtOnce) } satisfies News))
}

export function news(db: Database): Pick<Store, 'onNews' | 'lease'> {
  return {
    onNews: (listener) => db.onNotice((text) => listener(JSON.parse(text))),
    lease: (name) => db.lease(name),
  }
}
