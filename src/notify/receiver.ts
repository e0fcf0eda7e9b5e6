// The receiver contract: one message to one place, with an answer that says whether and why to try again.

import type { Delivery } from '../core/alert.ts'

export type DeliveryOutcome =
  | { readonly ok: true }
  /** `retry: false`: it will never work (the address is refused); true: later it may. */
  | { readonly ok: false; readonly retry: boolean; readonly reason: string; readonly retryAfterMs?: number }

/** What a receiver would send, without its secrets. */
export type Preview = { readonly contentType: 'text/html' | 'text/plain' | 'application/json'; readonly body: string }

export type Receiver = {
  readonly name: string
  readonly kind: string
  /** Never throws for what the other side does; `delivery.id` is the idempotency key of every try. */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome>
  preview(delivery: Delivery): Preview
  close?(): Promise<void>
}
