// The nouns of telling people: alert, message, delivery.

import type { Day } from './day.ts'
import type { Reason } from './decision.ts'
import type { Label } from './event.ts'

/** An event that a person should look at. One for each alerting event, named after it. */
export type Alert = {
  /** Derived from detector and event id, so that the same event never makes two. */
  readonly id: string
  readonly detector: string
  readonly eventId: string
  /** Event time, ms. */
  readonly eventTime: number
  /** Alerts of one entity belong together. The entity, or the event id where there is none. */
  readonly groupKey: string
  readonly entity: string | null
  readonly amount: number | null
  readonly score: number
  readonly threshold: number
  readonly modelVersion: number
  readonly reasons: readonly Reason[]
}

/** What a message is about. Plain data, fixed when the alert was stored; a receiver renders it when it sends. */
export type Message =
  | { readonly kind: 'alert'; readonly alert: Alert; readonly urls: { readonly alert: string } }
  | {
      readonly kind: 'dailySummary'
      readonly detector: string
      readonly day: Day
      readonly subject: string
      readonly text: string
      readonly html: string
      readonly urls: { readonly report: string }
    }

export type DeliveryState = 'pending' | 'sent' | 'dead'

/** One message for one receiver: a row of the outbox. */
export type Delivery = {
  /** Derived from the alert (or day) and the receiver: the idempotency key of every try. */
  readonly id: string
  readonly receiver: string
  readonly message: Message
  readonly state: DeliveryState
  readonly attempts: number
  /** When to try (again), ms. */
  readonly nextAttemptAt: number
  /** Why the last try failed. */
  readonly reason: string | null
}

/** An alert with what people have said and heard about it. */
export type AlertView = Alert & {
  readonly label: Label | null
  readonly labelledBy: string | null
  readonly labelledAt: number | null
  readonly deliveries: readonly { readonly receiver: string; readonly state: DeliveryState }[]
}
