// Alerts as they are stored in, a person's answers through the API out: the demo's stand-in for a review team.

import { dayOf } from '../core/day.ts'
import { sha256 } from '../core/digest.ts'
import type { Store } from '../store/store.ts'
import type { NamedEvent } from './history.ts'

type Reviewed = { readonly labels: number; readonly anomalies: number }
export type Reviewer = { done(): Promise<Reviewed> }

/** Of five alerts the team answers four; the last day's are left for the person who watches. */
const unansweredOf = 5
const pageSize = 100

export type ReviewOptions = {
  readonly url: string
  readonly store: Store
  readonly detector: string
  readonly events: readonly NamedEvent[]
  /** 1 = anomaly, one for each event; the stream never carries them. */
  readonly labels: Uint8Array
  readonly timeZone: string
  /** The team goes home when it aborts. */
  readonly signal: AbortSignal
}

export function reviewAlerts(options: ReviewOptions): Reviewer {
  const { url, store, detector, events, timeZone, signal } = options
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
  let last = 0
  const reviewNew = async () => {
    const raised = await store.raised(detector, last, pageSize)
    for (const { number, alert } of raised) {
      last = number
      const isAnomaly = truth.get(alert.eventId)
      if (isAnomaly === undefined || dayOf(alert.eventTime, timeZone) === lastDay) continue
      if (Number.parseInt(sha256(alert.id).slice(0, 8), 16) % unansweredOf !== 0) await answer(alert.id, isAnomaly)
    }
    if (raised.length === pageSize) await reviewNew()
  }
  const review = () => {
    queue = queue.then(reviewNew)
  }
  const unsubscribe = store.onNews(({ alertIds }) => {
    if (alertIds.length > 0) review()
  })
  return {
    done: async () => {
      unsubscribe()
      // The news of the last alerts may still be on their way.
      review()
      await queue
      return { labels, anomalies }
    },
  }
}
