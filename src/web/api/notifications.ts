// Messages: receivers, deliveries, the inbox, what one would look like, browsers that are told.

import { z } from 'zod'

export const InboxList = z.object({
  messages: z.array(
    z.object({
      id: z.string(),
      receivedAt: z.string(),
      subject: z.string(),
      text: z.string(),
      html: z.string(),
      alertId: z.string().nullable(),
    }),
  ),
})
export type InboxList = z.infer<typeof InboxList>

export const DeliveryJson = z.object({
  /** The idempotency key of every try. */
  id: z.string(),
  receiver: z.string(),
  kind: z.enum(['alert', 'dailySummary', 'notice']),
  /** The alert's id, the day, or the notice's topic. */
  about: z.string(),
  /** Of whom or what it tells, for people: the entity, or the subject. */
  subject: z.string(),
  state: z.enum(['pending', 'sent', 'dead']),
  attempts: z.int(),
  /** Null where there is no next try. */
  nextAttemptAt: z.string().nullable(),
  /** Why the last try failed. */
  reason: z.string().nullable(),
})

export const DeliveryList = z.object({ deliveries: z.array(DeliveryJson) })
export type DeliveryList = z.infer<typeof DeliveryList>

export const Accepted = z.object({ delivery: z.string() })

export const ReceiverList = z.object({
  receivers: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      /** `resting`: it fails again and again, or asked to be left alone; `probing`: one message may try. */
      state: z.enum(['well', 'resting', 'probing']),
      failingSince: z.string().nullable(),
      reason: z.string().nullable(),
      /** When it last heard a message, since the start. */
      heardAt: z.string().nullable(),
    }),
  ),
})
export type ReceiverList = z.infer<typeof ReceiverList>

export const PreviewJson = z.object({
  contentType: z.enum(['text/html', 'text/plain', 'application/json']),
  body: z.string(),
})
export type PreviewJson = z.infer<typeof PreviewJson>

/** `isTold`: a receiver of the kind webPush is configured, so that asking makes sense. */
export const PushKey = z.object({ publicKey: z.string(), isTold: z.boolean() })
export type PushKey = z.infer<typeof PushKey>

const key64 = z.string().regex(/^[\w-]{10,200}=*$/, 'base64url')

/** What a browser's PushSubscription.toJSON() gives. */
export const PushSubscriptionBody = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(2000),
  keys: z.object({ p256dh: key64, auth: key64 }),
})
