// A delivery in → a notification in every browser that asked for it (RFC 8030), encrypted so that only that browser reads it (RFC 8291).

import type { Delivery, PushSubscription } from '../../core/alert.ts'
import { sha256 } from '../../core/digest.ts'
import { addressOf } from '../message.ts'
import { type HttpParts, httpReceiver, jsonPreview } from '../overHttp.ts'
import type { DeliveryOutcome, Receiver } from '../receiver.ts'
import { createWording, type Dialect, type TemplateConfig, type WordingParts } from '../wording.ts'

export type WebPushConfig = {
  /** Whom a push service may write to about us (RFC 8292). */
  readonly contact: string
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}
export type PushParts = {
  readonly subscriptions: () => Promise<readonly PushSubscription[]>
  readonly removeSubscription: (endpoint: string) => Promise<void>
  /** VAPID keys, base64url: they stay the same, or every browser must ask anew. */
  readonly keys: () => Promise<{ readonly publicKey: string; readonly privateKey: string }>
}

const dialect: Dialect = {
  escape: (text) => text,
  body: '{{#if who}}{{#each reasons}}{{.}}\n{{/each}}{{else}}{{text}}{{/if}}',
}
/** A push service takes 4,096 bytes, headers of the encryption included. */
const longest = { title: 200, body: 2000 }
/** How long a push service keeps it for a browser that is off, s. */
const ttlS = 86_400

/** A browser that has taken its wish back (404, 410) is forgotten. Told when every other one has it; one that fails is tried again, all of them with it. */
export function webPushReceiver(
  name: string,
  config: WebPushConfig,
  parts: HttpParts & WordingParts & { readonly push: PushParts },
): Receiver {
  const wording = createWording(name, config.template, { dialect, parts })
  const { subscriptions, removeSubscription, keys } = parts.push
  const noticeOf = ({ id, message }: Delivery) => {
    const { title, body } = wording(message)
    return {
      title: title.slice(0, longest.title),
      body: Buffer.from(body).subarray(0, longest.body).toString(),
      tag: id,
      url: addressOf(message),
    }
  }
  const tell = async (subscription: PushSubscription, delivery: Delivery, signal: AbortSignal) => {
    const request = await encrypted(subscription, JSON.stringify(noticeOf(delivery)), {
      topic: sha256(delivery.id).slice(0, 32),
      vapidDetails: { subject: config.contact, ...(await keys()) },
    })
    const one = httpReceiver(
      {
        ...{ name, kind: 'webPush', timeoutMs: config.timeoutMs, finalStatuses: [400, 404, 410, 413] },
        request: () => request,
        preview: () => jsonPreview(noticeOf(delivery)),
        judge: ({ status }) => {
          if (status === 404 || status === 410) gone.add(subscription.endpoint)
          return undefined
        },
      },
      parts,
    )
    return one.deliver(delivery, signal)
  }
  const gone = new Set<string>()
  return {
    name,
    kind: 'webPush',
    deliver: async (delivery, signal) => {
      const all = await subscriptions()
      const outcomes = await Promise.all(all.map((subscription) => tell(subscription, delivery, signal)))
      for (const endpoint of gone) await removeSubscription(endpoint)
      gone.clear()
      return together(outcomes)
    },
    preview: (delivery) => jsonPreview(noticeOf(delivery)),
  }
}

/** One that may work later is reason to try again; heard by one and refused for good by others is heard. */
function together(outcomes: readonly DeliveryOutcome[]): DeliveryOutcome {
  const later = outcomes.find((outcome) => !outcome.ok && outcome.retry)
  if (later) return later
  if (outcomes.some(({ ok }) => ok)) return { ok: true }
  return (
    outcomes[0] ?? { ok: false, retry: false, reason: 'no browser has asked for notifications; do it in the console' }
  )
}

type Envelope = {
  readonly topic: string
  readonly vapidDetails: { readonly subject: string; readonly publicKey: string; readonly privateKey: string }
}

async function encrypted({ endpoint, p256dh, auth }: PushSubscription, text: string, envelope: Envelope) {
  const { default: webPush } = await import('web-push')
  const details = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, text, {
    ...envelope,
    TTL: ttlS,
    urgency: 'high',
    contentEncoding: 'aes128gcm',
  })
  const headers = Object.entries(details.headers).map(([header, value]) => [header.toLowerCase(), String(value)])
  return { url: endpoint, headers: Object.fromEntries(headers), body: details.body ?? '' }
}
