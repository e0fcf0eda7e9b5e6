// Event ids and times in, stored decisions out.

import { setImmediate as turn } from 'node:timers/promises'
import type { Database, Page, Place, Work } from './database.ts'
import type { Store } from './store.ts'

export function decisions(db: Database): Pick<Store, 'decision' | 'decisions' | 'forgetDecisions' | 'scores'> {
  const { decisions: table } = db.dialect
  return {
    forgetDecisions: (detector, before, limit) => db.transaction(() => table.forget(detector, before, limit)),
    decision: (detector, eventId) => db.read(table.one(detector, eventId)),
    decisions: (detector, from, to) => pageByPage(db, from, (place) => table.page(detector, place, to)),
    scores: (detector, from, to) => pageByPage(db, to, (place) => table.scores(detector, from, place)),
  }
}

// Numbers begin at 1: the first page begins at `start`, each other one where the one before has ended.
async function* pageByPage<T>(
  db: Database,
  start: number,
  pageAt: (place: Place) => Work<Page<T>>,
): AsyncGenerator<T, void> {
  for (let place: Place = { time: start, number: 0 }; ; await turn()) {
    const { items, next } = await db.read(pageAt(place))
    yield* items
    if (!next) return
    place = next
  }
}
