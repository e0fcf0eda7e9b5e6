// A delivery in → a signed HTTP POST, after the Standard Webhooks specification (standardwebhooks.com, symmetric signature v1).

import { createHmac } from 'node:crypto'
import type { Delivery } from '../../core/alert.ts'
import type { Clock } from '../../core/clock.ts'
import { TocsinError } from '../../core/error.ts'
import { within } from '../deadline.ts'
import { payload } from '../message.ts'
import type { DeliveryOutcome, Receiver } from '../receiver.ts'

export type WebhookConfig = { readonly url: string; readonly secret: string; readonly timeoutMs: number }
export type WebhookParts = { readonly timeZone: string; readonly clock: Clock; readonly fetch: typeof fetch }

/**
 * 2xx is heard; 410 Gone is never tried again; everything else is, as the specification asks, and not before what Retry-After
 * says. Redirects are not followed (they would carry the alert to a place that nobody configured) and no answer's body
 * is read. Throws TocsinError `WEBHOOK_SECRET_INVALID`.
 */
export function webhookReceiver(
  name: string,
  { url, secret, timeoutMs }: WebhookConfig,
  parts: WebhookParts,
): Receiver {
  const key = secretKey(name, secret)
  const { host } = new URL(url)
  return {
    name,
    kind: 'webhook',
    deliver: async (delivery, signal) => {
      const request = signedRequest(delivery, key, parts)
      return within({ clock: parts.clock, limitMs: timeoutMs, signal }, async (limited) => {
        try {
          const response = await parts.fetch(url, { ...request, redirect: 'manual', signal: limited })
          await response.body?.cancel()
          return outcome(response, host, parts.clock.now())
        } catch (error) {
          return { ok: false, retry: true, reason: `${host} cannot be reached: ${cause(error)}` }
        }
      })
    },
  }
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

function signedRequest({ id, message }: Delivery, key: Buffer, { timeZone, clock }: WebhookParts) {
  const body = JSON.stringify(payload(message, timeZone))
  const timestamp = String(Math.floor(clock.now() / 1000))
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'tocsin',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
  return { method: 'POST', headers, body }
}

function outcome({ ok, status, headers }: Response, host: string, now: number): DeliveryOutcome {
  if (ok) return { ok: true }
  const reason = `${host} answered ${status}`
  if (status === 410) return { ok: false, retry: false, reason: `${reason} (gone): it wants no more` }
  const retryAfterMs = retryAfter(headers.get('retry-after'), now)
  return { ok: false, retry: true, reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

// RFC 9110, 10.2.3: seconds, or an HTTP date.
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs)
}

// fetch says only "fetch failed"; why is in its cause. Never the address: it may hold a secret.
function cause(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!(error.cause instanceof Error)) return error.message
  const code = 'code' in error.cause ? String(error.cause.code) : ''
  return code || error.cause.message
}
