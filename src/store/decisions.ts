// Event ids and times in, stored decisions out.

import { setImmediate as turn } from 'node:timers/promises'
import type { Database } from './database.ts'
import type { Store } from './store.ts'

export function decisions(db: Database): Pick<Store, 'decision' | 'decisions' | 'forgetDecisions' | 'scores'> {
  const { decisions: table } = db.dialect
  return {
    forgetDecisions: (detector, before, limit) => db.transaction(() => table.forget(detector, before, limit)),
    decision: (detector, eventId) => db.read(table.one(detector, eventId)),
    async *decisions(detector, from, to) {
      // Numbers begin at 1: the first page begins at `from`, each other one where the one before has ended.
      for (let place = { time: from, number: 0 }; ; await turn()) {
        const { items, next } = await db.read(table.page(detector, place, to))
        yield* items
        if (!next) return
        place = next
      }
    },
    async *scores(detector, from, to) {
      for (let place = { time: to, number: 0 }; ; await turn()) {
        const { items, next } = await db.read(table.scores(detector, from, place))
        yield* items
        if (!next) return
        place = next
      }
    },
  }
}
