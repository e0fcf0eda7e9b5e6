// Questions about receivers and deliveries in, how they are and what they would say out; given-up deliveries tried anew; browsers that want to be told.

import { z } from 'zod'
import type { Delivery, Message } from '../../core/alert.ts'
import { sha256 } from '../../core/digest.ts'
import { TocsinError } from '../../core/error.ts'
import {
  Accepted,
  DeliveryJson,
  DeliveryList,
  PreviewJson,
  PushKey,
  PushSubscriptionBody,
  ReceiverList,
} from '../api/notifications.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { iso } from '../views.ts'
import { unknownAlert } from './alerts.ts'
import { Limit } from './parameters.ts'

const byId = z.object({ id: z.string() })
const byName = z.object({ name: z.string() })

export function notificationRoutes(services: Services): Route[] {
  return [...deliveryRoutes(services), ...receiverRoutes(services), ...pushRoutes(services)]
}

function deliveryRoutes({ store, detector, clock, notifications }: Services): Route[] {
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/deliveries',
      theme: 'notifications',
      summary: 'Messages to receivers, last put in first: what was sent, waits, or was given up with its reason.',
      query: z.strictObject({
        state: z.enum(['pending', 'sent', 'dead']).optional(),
        receiver: z.string().optional(),
        limit: Limit,
      }),
      answer: DeliveryList,
      handle: async ({ query: { state, receiver, limit } }) => {
        const wanted = { ...(state === undefined ? {} : { state }), ...(receiver === undefined ? {} : { receiver }) }
        return { deliveries: (await store.deliveries({ detector, limit, ...wanted })).map(deliveryJson) }
      },
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/deliveries/:id/retry',
      theme: 'notifications',
      summary: 'Tries a message anew that was given up, under the same key.',
      params: byId,
      body: z.strictObject({}),
      answer: DeliveryJson,
      handle: async ({ params: { id } }) => {
        const revived = await store.revive(id, clock.now())
        const delivery = await store.delivery(id)
        if (!delivery) throw unknownDelivery(id)
        if (!revived) throw notDead(delivery)
        notifications.wake()
        return deliveryJson(delivery)
      },
    }),
  ]
}

function receiverRoutes({ store, detector, notifications }: Services): Route[] {
  const known = (name: string) => {
    const names = notifications.receivers().map((receiver) => receiver.name)
    if (names.includes(name)) return
    const message = `There is no receiver "${name}"; expected one under notify: in the configuration (${names.join(', ')}).`
    throw new TocsinError('RECEIVER_UNKNOWN', message)
  }
  const messageOf = async (alertId: string | undefined): Promise<Message> => {
    if (alertId === undefined) return notifications.example()
    const alert = await store.alert(alertId)
    if (!alert || alert.detector !== detector) throw unknownAlert(alertId)
    return notifications.about(alert)
  }
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/receivers',
      theme: 'notifications',
      summary: 'Every receiver, and how it is.',
      answer: ReceiverList,
      handle: async () => ({
        receivers: notifications.receivers().map(({ failingSince, heardAt, ...rest }) => ({
          ...rest,
          failingSince: failingSince === null ? null : iso(failingSince),
          heardAt: heardAt === null ? null : iso(heardAt),
        })),
      }),
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/receivers/:name/preview',
      theme: 'notifications',
      summary: 'What the receiver would be sent about an alert (or about an example), without its secrets.',
      params: byName,
      query: z.strictObject({ alert: z.string().optional().describe('An alert’s id') }),
      answer: PreviewJson,
      handle: async ({ params: { name }, query: { alert } }) => {
        known(name)
        return notifications.preview(name, await messageOf(alert))
      },
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/receivers/:name/test',
      theme: 'notifications',
      summary: 'Sends the receiver a test message, the way that every message goes. The answer names its delivery.',
      params: byName,
      body: z.strictObject({}),
      status: 202,
      answer: Accepted,
      handle: async ({ params: { name } }) => {
        known(name)
        return { delivery: await notifications.sendTest(name) }
      },
    }),
  ]
}

function pushRoutes({ store, clock, notifications }: Services): Route[] {
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/push/key',
      theme: 'notifications',
      summary: 'The key by which a browser asks its push service to be told of alerts (VAPID).',
      answer: PushKey,
      handle: async () => ({
        publicKey: await notifications.pushKey(),
        isTold: notifications.receivers().some(({ kind }) => kind === 'webPush'),
      }),
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/push/subscriptions',
      theme: 'notifications',
      summary: 'A browser wants to be told: what its PushManager gave it.',
      body: PushSubscriptionBody,
      status: 201,
      answer: Accepted,
      handle: async ({ body: { endpoint, keys } }) => {
        await store.putSubscription({ endpoint, ...keys, addedAt: clock.now() })
        return { delivery: sha256(endpoint).slice(0, 24) }
      },
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/push/subscriptions/remove',
      theme: 'notifications',
      summary: 'A browser no longer wants to be told.',
      body: z.strictObject({ endpoint: z.url() }),
      answer: Accepted,
      handle: async ({ body: { endpoint } }) => {
        await store.removeSubscription(endpoint)
        return { delivery: sha256(endpoint).slice(0, 24) }
      },
    }),
  ]
}

function deliveryJson({ id, receiver, message, state, attempts, nextAttemptAt, reason }: Delivery) {
  const about = message.kind === 'alert' ? message.alert.id : message.kind === 'notice' ? message.topic : message.day
  const next = state === 'pending' ? iso(nextAttemptAt) : null
  const subject = message.kind === 'alert' ? (message.alert.entity ?? message.alert.eventId) : message.subject
  return { id, receiver, kind: message.kind, about, subject, state, attempts, nextAttemptAt: next, reason }
}

function unknownDelivery(id: string): TocsinError {
  return new TocsinError(
    'DELIVERY_UNKNOWN',
    `There is no delivery "${id}"; expected an id from /v1/deliveries. Look there.`,
  )
}

function notDead({ id, state }: Delivery): TocsinError {
  return new TocsinError(
    'DELIVERY_NOT_DEAD',
    `Delivery ${id} is ${state}; expected one that was given up. There is nothing to retry.`,
  )
}
