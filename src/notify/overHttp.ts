// What a vendor's HTTP interface takes and answers in, a receiver out: one POST for each try.

import type { Delivery } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import { within } from './deadline.ts'
import type { HttpRequest, HttpResponse, Post } from './http.ts'
import type { DeliveryOutcome, Preview, Receiver } from './receiver.ts'
import { oneLine } from './words.ts'

export type HttpParts = { readonly clock: Clock; readonly post: Post }

export type HttpSpec = {
  readonly name: string
  readonly kind: string
  readonly timeoutMs: number
  /** The same at every try of a delivery, its secrets and the time of the try apart. */
  readonly request: (delivery: Delivery) => HttpRequest
  /** Statuses that no other try will change. */
  readonly finalStatuses: readonly number[]
  /** Why, in the vendor's words, where its answer says so. */
  readonly reasonIn?: (body: string) => string | undefined
  /** How long to wait, ms, where the answer's body says so. */
  readonly waitIn?: (body: string) => number | undefined
  /** Has a say before the status does: an interface that answers 200 for a failure, a refusal that will pass. */
  readonly judge?: (response: HttpResponse) => DeliveryOutcome | undefined
  readonly preview: (delivery: Delivery) => Preview
}

/**
 * 2xx is heard. A status of `finalStatuses` is never tried again; everything else is: 408, 429 and 5xx pass by themselves, a
 * refused log-in (401, 403) or a redirect gets mended in the configuration. Not before what Retry-After or the body asks for.
 */
export function httpReceiver(spec: HttpSpec, { clock, post }: HttpParts): Receiver {
  return {
    name: spec.name,
    kind: spec.kind,
    deliver: async (delivery, signal) => {
      const request = withKey(spec.request(delivery), delivery)
      const { host } = new URL(request.url)
      return within({ clock, limitMs: spec.timeoutMs, signal }, async (limited) => {
        try {
          return outcomeOf(await post(request, limited), host, spec, clock.now())
        } catch (error) {
          return { ok: false, retry: true, reason: oneLine(`${host} cannot be reached: ${cause(error)}`) }
        }
      })
    },
    preview: spec.preview,
  }
}

// draft-ietf-httpapi-idempotency-key-header: whoever stands in between (a gateway, our own tests) can tell a second try.
function withKey(request: HttpRequest, { id }: Delivery): HttpRequest {
  return { ...request, headers: { 'idempotency-key': id, ...request.headers } }
}

function outcomeOf(response: HttpResponse, host: string, spec: HttpSpec, now: number): DeliveryOutcome {
  const judged = spec.judge?.(response)
  if (judged) return judged
  const { status, headers, body } = response
  if (status >= 200 && status < 300) return { ok: true }
  const told = spec.reasonIn?.(body)
  const reason = oneLine(`${host} answered ${status}${told ? `: ${told}` : ''}`)
  if (spec.finalStatuses.includes(status)) return { ok: false, retry: false, reason }
  const waitMs = longest(retryAfter(headers['retry-after'], now), spec.waitIn?.(body))
  return { ok: false, retry: true, reason, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) }
}

// RFC 9110, 10.2.3: seconds, or an HTTP date.
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs)
}

function longest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)
}

/** A JSON body's value at a path of names; undefined where there is none, or no JSON. */
export function inJson(body: string, ...path: readonly string[]): unknown {
  try {
    let value: unknown = JSON.parse(body)
    for (const name of path)
      value =
        typeof value === 'object' && value !== null
          ? Object.entries(value).find(([key]) => key === name)?.[1]
          : undefined
    return value
  } catch {
    return undefined
  }
}

/** As `inJson`, where it is text. */
export function textInJson(body: string, ...path: readonly string[]): string | undefined {
  const value = inJson(body, ...path)
  return typeof value === 'string' ? value : undefined
}

/** Seconds at a path of a JSON body → ms. */
export function secondsInJson(body: string, ...path: readonly string[]): number | undefined {
  const value = inJson(body, ...path)
  return typeof value === 'number' && value >= 0 ? Math.ceil(value * 1000) : undefined
}

export function jsonPreview(body: unknown): Preview {
  return { contentType: 'application/json', body: JSON.stringify(body, null, 2) }
}

// Never the address's path: it may hold a secret.
function cause(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return cause(error.errors[0])
  const isSystem = 'syscall' in error && 'code' in error
  return isSystem ? String(error.code) : error.message
}
