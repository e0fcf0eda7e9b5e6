// The nouns of telling people: alert, message, delivery.

import type { Day } from './day.ts'
import type { Reason } from './decision.ts'
import type { Label } from './event.ts'
import type { Matcher, Severity } from './matcher.ts'

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
  | {
      readonly kind: 'alert'
      readonly alert: Alert
      readonly urls: { readonly alert: string }
      /** By the bands of the configuration, when it was told. Absent where no policy has judged it. */
      readonly severity?: Severity
      /** Told since nobody has answered for so long those who heard of it first. */
      readonly escalation?: { readonly from: string; readonly afterMinutes: number }
    }
  | {
      readonly kind: 'dailySummary'
      readonly detector: string
      readonly day: Day
      readonly subject: string
      readonly text: string
      readonly html: string
      readonly urls: { readonly report: string }
    }
  | Notice

/** What Tocsin has to say about itself, or about many alerts at once; no single event is behind it. */
export type Notice = {
  readonly kind: 'notice'
  readonly detector: string
  /** What kind of notice it is, for programs: `test`, `noEvents`, `receiverFailing` … */
  readonly topic: string
  readonly subject: string
  /** Plain text of any number of lines. */
  readonly text: string
  /** The same for programs. */
  readonly facts?: Readonly<Record<string, number | string | null>>
  /** When it was written, ms. */
  readonly at: number
  readonly urls: { readonly page: string }
}

/**
 * The receiver of canaries: synthetic events that go the whole way, to prove that it is open. No configuration can name a
 * receiver so. Its deliveries are counted nowhere, and are gone once sent.
 */
export const canaryReceiver = '$canary'

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

type Answer = Label | 'unsure' | 'silence'

/** What a person answered to one alert through a link of a message: the audit trail. */
export type AnswerRecord = {
  /** Names the link; a link is used once. */
  readonly link: string
  readonly detector: string
  readonly alertId: string
  readonly eventId: string
  readonly answer: Answer
  /** ms since 1970 UTC. */
  readonly answeredAt: number
  /** Who, as they call themselves. */
  readonly by: string
  /** Why, where they say so. */
  readonly note: string | null
  /** Through whose message. */
  readonly receiver: string
}

/** Where a browser that wants to be told can be reached (W3C Push API), with the keys that only it can read by. */
export type PushSubscription = {
  readonly endpoint: string
  readonly p256dh: string
  readonly auth: string
  /** ms since 1970 UTC. */
  readonly addedAt: number
}

/** No receiver is told at once of what matches, from a start to an end. */
export type Silence = {
  readonly id: string
  readonly detector: string
  readonly matcher: Matcher
  /** ms. */
  readonly startsAt: number
  /** ms; null where it ends only by hand or with the answer it waits for. */
  readonly endsAt: number | null
  /** It also ends when a person labels or acknowledges this alert. */
  readonly untilAnswered: string | null
  readonly by: string
  readonly note: string | null
  /** Ended by hand. */
  readonly endedAt: number | null
  readonly endedBy: string | null
}

/** A person has seen it and takes care: nothing escalates any more. */
export type Acknowledgement = {
  readonly alertId: string
  readonly by: string
  readonly at: number
  readonly note: string | null
}
