// Alerts as they are stored in, a person's answers through the API out: the demo's stand-in for a review team.

import type { History } from '../core/column.ts'
import { dayOf } from '../core/day.ts'
import { sha256 } from '../core/digest.ts'
import type { Store } from '../store/store.ts'

export type Reviewed = { readonly labels: number; readonly anomalies: number }
export type Reviewer = { done(): Promise<Reviewed> }

/** Of five alerts the team answers four; the last day's are left for the person who watches. */
const unansweredOf = 5

/** Answers with the labels of `heldOut`, which the stream never carried. */
export function reviewAlerts(options: { url: string; store: Store; heldOut: History; timeZone: string }): Reviewer {
  const { url, store, heldOut, timeZone } = options
  const truth = new Map(heldOut.ids.map((id, row) => [id, heldOut.labels[row] === 1]))
  const lastDay = dayOf(heldOut.times[heldOut.rows - 1] ?? 0, timeZone)
  let labels = 0
  let anomalies = 0
  let queue = Promise.resolve()
  const answer = async (alertId: string, isAnomaly: boolean) => {
    const response = await fetch(`${url}/v1/labels`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ alertId, label: isAnomaly ? 'anomaly' : 'normal', by: 'demo reviewer' }),
    })
    if (!response.ok) throw new TypeError(`the label was refused: ${await response.text()}`)
    labels++
    if (isAnomaly) anomalies++
  }
  const unsubscribe = store.onCommit((batch) => {
    for (const { id, eventId, eventTime } of batch.alerts) {
      const isAnomaly = truth.get(eventId)
      if (isAnomaly === undefined || dayOf(eventTime, timeZone) === lastDay) continue
      if (Number.parseInt(sha256(id).slice(0, 8), 16) % unansweredOf !== 0)
        queue = queue.then(() => answer(id, isAnomaly))
    }
  })
  return {
    done: async () => {
      unsubscribe()
      await queue
      return { labels, anomalies }
    },
  }
}
