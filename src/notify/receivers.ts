// The configuration's receivers in → the receivers themselves, by name.

import type { Clock } from '../core/clock.ts'
import type { Receiver } from './receiver.ts'
import { consoleReceiver, type LineSink } from './receivers/console.ts'
import { type EmailConfig, emailReceiver } from './receivers/email.ts'
import { type InboxMessage, inboxReceiver } from './receivers/inbox.ts'
import { type WebhookConfig, webhookReceiver } from './receivers/webhook.ts'

export type ReceiverConfig =
  | { readonly kind: 'console' }
  | { readonly kind: 'inbox' }
  | ({ readonly kind: 'webhook' } & WebhookConfig)
  | ({ readonly kind: 'email' } & EmailConfig)

export type ReceiverParts = {
  /** Where the console receiver writes. */
  readonly writable: LineSink
  readonly putInbox: (message: InboxMessage) => Promise<void>
  /** The detector's: in which messages tell the time. */
  readonly timeZone: string
  readonly clock: Clock
  /** The runtime's own where absent. */
  readonly fetch?: typeof fetch
}

/** `notify:` of the configuration → receivers by name. Opens no connection. Throws TocsinError `WEBHOOK_SECRET_INVALID`. */
export function createReceivers(
  configs: Readonly<Record<string, ReceiverConfig>>,
  parts: ReceiverParts,
): Map<string, Receiver> {
  const filled = { ...parts, fetch: parts.fetch ?? fetch }
  return new Map(Object.entries(configs).map(([name, config]) => [name, create(name, config, filled)]))
}

function create(name: string, config: ReceiverConfig, parts: Required<ReceiverParts>): Receiver {
  switch (config.kind) {
    case 'console':
      return consoleReceiver(name, parts)
    case 'inbox':
      return inboxReceiver(name, parts)
    case 'webhook':
      return webhookReceiver(name, config, parts)
    case 'email':
      return emailReceiver(name, config, parts)
  }
}
