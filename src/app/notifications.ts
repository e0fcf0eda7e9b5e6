// Receivers and the notifier that feeds them in, what the API and the command line ask of them out: how they are, what they would say, a test.

import { randomUUID } from 'node:crypto'
import type { Alert, Delivery, Message, Notice } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { Alarm, AnswerLinks, Notifier } from '../notify/notify.ts'
import type { Store } from '../store/store.ts'
import type { Services } from '../web/web.ts'
import type { CanaryState } from './canary.ts'
import type { OpenReceivers } from './receivers.ts'

type Parts = Pick<OpenReceivers, 'receivers' | 'pushKey'> & {
  readonly detector: string
  readonly notifier: Notifier
  readonly store: Store
  readonly clock: Clock
  readonly links: AnswerLinks
  /** Where people reach the console. */
  readonly url: () => string
  readonly alarms?: () => readonly Alarm[]
  readonly canary?: (() => CanaryState) | undefined
}

export function createNotifications(parts: Parts): Services['notifications'] {
  const { receivers, pushKey, detector, notifier, store, clock, links, url } = parts
  const about = (alert: Alert): Message => ({ kind: 'alert', alert, urls: { alert: `${url()}/alerts/${alert.id}` } })
  return {
    ...{ about, links, pushKey, wake: notifier.wake },
    alarms: parts.alarms ?? (() => []),
    canary: () => parts.canary?.() ?? null,
    receivers: () => {
      const health = notifier.health()
      return [...receivers.values()].map(({ name, kind }) => ({ ...untried, ...health.get(name), name, kind }))
    },
    preview: (name, message) => {
      const receiver = receivers.get(name)
      if (!receiver) throw new TypeError(`a receiver of the configuration: ${name}`)
      return receiver.preview(exampleDelivery(name, message))
    },
    example: () => about(exampleAlert(detector, clock.now())),
    sendTest: async (receiver) => {
      const delivery = testDelivery({ detector, receiver, url: url(), now: clock.now() })
      await store.enqueue(detector, [delivery])
      notifier.wake()
      return delivery.id
    },
  }
}

const untried = { state: 'well', failingSince: null, reason: null, heardAt: null } as const

/** A message that says what it is, to be sent the way that every message goes. Each is another one. */
export function testDelivery(about: { detector: string; receiver: string; url: string; now: number }): Delivery {
  const { detector, receiver, url, now } = about
  const text = `This is a test of the receiver "${receiver}". It came the way that every alert comes: through the outbox, with retries, under one key.`
  return noticeDelivery(
    {
      kind: 'notice',
      detector,
      topic: 'test',
      subject: `Test: ${detector} can reach you`,
      text,
      at: now,
      urls: { page: `${url}/` },
    },
    { id: `dl_test_${randomUUID()}`, receiver },
  )
}

/** A row of the outbox, due at once. */
export function noticeDelivery(message: Notice, { id, receiver }: { id: string; receiver: string }): Delivery {
  return { id, receiver, message, state: 'pending', attempts: 0, nextAttemptAt: message.at, reason: null }
}

function exampleDelivery(receiver: string, message: Message): Delivery {
  return { id: 'dl_example', receiver, message, state: 'pending', attempts: 0, nextAttemptAt: 0, reason: null }
}

function exampleAlert(detector: string, now: number): Alert {
  const reason = (feature: string, value: number | string, contribution: number, text: string) => ({
    feature,
    value,
    contribution,
    text,
  })
  return {
    ...{ id: 'al_example', detector, eventId: 'example', eventTime: now, groupKey: 'card-00412', entity: 'card-00412' },
    ...{ amount: 812.4, score: 0.97, threshold: 0.83, modelVersion: 1 },
    reasons: [
      reason('amount', 812.4, 2.1, 'amount 812.40 is high (usual: 4.10 to 96.00)'),
      reason('hour', 3, 1.4, 'hour 3 is unusual (usual: 8 to 22)'),
      reason('country', 'NZ', 0.9, 'country NZ is rare'),
    ],
  }
}
