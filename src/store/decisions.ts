// Event ids and times in, stored decisions out.

import { setImmediate as turn } from 'node:timers/promises'
import { type Database, statement } from './database.ts'
import { type DecisionRow, decisionColumns, decisionOf } from './decisionColumns.ts'
import type { Store } from './store.ts'

/** Decisions read at once: some ms, in which nothing else of this process goes on. */
const pageSize = 1000

const page = statement<DecisionRow>(`
  select ${decisionColumns} from decision
  where detector = ? and (event_time, number) > (?, ?) and event_time < ? order by event_time, number limit ?`)
export function decisions(db: Database): Pick<Store, 'decision' | 'decisions' | 'forgetDecisions'> {
  // The time first, by the event's id: where decisions lie by day, one day is looked into.
  const one = statement<DecisionRow>(`
    select ${decisionColumns} from decision
    where detector = ?1 and event_id = ?2
      and event_time = (select event_time from ${db.dialect.events} where detector = ?1 and event_id = ?2)`)
  const { events } = db.dialect
  const oldest = statement<{ event_id: string }>(
    `select event_id from ${events} where detector = ? and event_time < ? order by event_time limit ?`,
  )
  const forgetEach = [...new Set(['decision', events])].map((table) =>
    statement(`delete from ${table} where detector = ? and event_time < ? and event_id in ${db.dialect.texts}`),
  )
  return {
    forgetDecisions: (detector, before, limit) =>
      db.transaction(function* () {
        const ids = (yield* oldest.all(detector, before, limit)).map(({ event_id }) => event_id)
        for (const forget of forgetEach) yield* forget.run(detector, before, JSON.stringify(ids))
        return ids.length
      }),
    decision: async (detector, eventId) => {
      const row = await db.read(one.get(detector, eventId))
      return row && decisionOf(row)
    },
    async *decisions(detector, from, to) {
      // Numbers begin at 1: the first page begins at `from`, each other one after the last row of the one before.
      for (let last = { event_time: from, number: 0 }; ; await turn()) {
        const rows = await db.read(page.all(detector, last.event_time, last.number, to, pageSize))
        for (const row of rows) yield decisionOf(row)
        if (rows.length < pageSize) return
        last = rows.at(-1)!
      }
    },
  }
}
