// A delivery in → a signed HTTP POST, after the Standard Webhooks specification (standardwebhooks.com, symmetric signature v1).

import { createHmac } from 'node:crypto'
import type { Delivery } from '../../core/alert.ts'
import { TocsinError } from '../../core/error.ts'
import { payload } from '../message.ts'
import { type HttpParts, httpReceiver, jsonPreview } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import type { WordingParts } from '../wording.ts'

export type WebhookConfig = {
  readonly url: string
  /** Several while one takes over from another: each signs, and a receiver needs to know only one. */
  readonly secret: string | readonly string[]
  readonly timeoutMs: number
}

/**
 * 2xx is heard; 410 Gone is never tried again; everything else is, as the specification asks, and not before what Retry-After
 * says. Throws TocsinError `WEBHOOK_SECRET_INVALID`.
 */
export function webhookReceiver(
  name: string,
  { url, secret, timeoutMs }: WebhookConfig,
  parts: HttpParts & WordingParts,
): Receiver {
  const keys = [secret].flat().map((one) => secretKey(name, one))
  const { timeZone, answerUrls } = parts
  const bodyOf = ({ message }: Delivery) =>
    payload(message, timeZone, message.kind === 'alert' ? answerUrls?.(message.alert, name) : undefined)
  return httpReceiver(
    {
      ...{ name, kind: 'webhook', timeoutMs, finalStatuses: [410] },
      request: (delivery) => {
        const body = JSON.stringify(bodyOf(delivery))
        return { url, headers: signed(delivery.id, body, { keys, now: parts.clock.now() }), body }
      },
      judge: ({ status }) =>
        status === 410
          ? { ok: false, retry: false, reason: `${new URL(url).host} answered 410 (gone): it wants no more` }
          : undefined,
      preview: (delivery) => jsonPreview(bodyOf(delivery)),
    },
    parts,
  )
}

const secretPattern = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/
/** The specification's least key length, bytes. */
const leastKeyBytes = 24

function secretKey(name: string, secret: string): Buffer {
  const key = Buffer.from(secretPattern.exec(secret)?.[1] ?? '', 'base64')
  if (key.length >= leastKeyBytes) return key
  throw new TocsinError(
    'WEBHOOK_SECRET_INVALID',
    `notify.${name}.secret: not a Standard Webhooks secret; expected whsec_ and at least ${leastKeyBytes} bytes in base64; ` +
      `make one with: echo "whsec_$(openssl rand -base64 32)"`,
  )
}

function signed(id: string, body: string, { keys, now }: { keys: readonly Buffer[]; now: number }) {
  const timestamp = String(Math.floor(now / 1000))
  const signatures = keys.map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64'))
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  }
}
