// Alerts as they are stored in, a person's answers through the API out: the demo's stand-in for a review team.

import { dayOf } from '../core/day.ts'
import { sha256 } from '../core/digest.ts'
import type { Store } from '../store/store.ts'
import type { NamedEvent } from './history.ts'

type Reviewed = { readonly labels: number; readonly anomalies: number }
export type Reviewer = { done(): Promise<Reviewed> }

/** Of five alerts the team answers four; the last day's are left for the person who watches. */
const unansweredOf = 5

export type ReviewOptions = {
  readonly url: string
  readonly store: Store
  readonly events: readonly NamedEvent[]
  /** 1 = anomaly, one for each event; the stream never carries them. */
  readonly labels: Uint8Array
  readonly timeZone: string
  /** The team goes home when it aborts. */
  readonly signal: AbortSignal
}

export function reviewAlerts(options: ReviewOptions): Reviewer {
  const { url, store, events, timeZone, signal } = options
  const truth = new Map(events.map(({ id }, row) => [id, options.labels[row] === 1]))
  const lastDay = dayOf(events.at(-1)?.time ?? 0, timeZone)
  let labels = 0
  let anomalies = 0
  let queue = Promise.resolve()
  const answer = async (alertId: string, isAnomaly: boolean) => {
    if (signal.aborted) return
    const response = await fetch(`${url}/v1/labels`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ alertId, label: isAnomaly ? 'anomaly' : 'normal', by: 'demo reviewer' }),
    }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    if (!response || signal.aborted) return
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
