// A delivery in → a message in the store's inbox, where the console shows what was sent without any mail server.

import type { Clock } from '../../core/clock.ts'
import { render } from '../message.ts'
import type { Receiver } from '../receiver.ts'

export type InboxMessage = {
  /** The delivery's id: putting it twice leaves one message. */
  readonly id: string
  /** ms since 1970 UTC. */
  readonly receivedAt: number
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly alertId: string | null
}

export type InboxParts = {
  readonly putInbox: (message: InboxMessage) => Promise<void>
  readonly timeZone: string
  readonly clock: Clock
}

/** What `putInbox` throws goes through: the store is ours, and the notifier tries again. */
export function inboxReceiver(name: string, { putInbox, timeZone, clock }: InboxParts): Receiver {
  return {
    name,
    kind: 'inbox',
    deliver: async ({ id, message }, signal) => {
      if (signal.aborted) return { ok: false, retry: true, reason: 'stopped before it was stored' }
      const alertId = message.kind === 'alert' ? message.alert.id : null
      await putInbox({ id, receivedAt: clock.now(), ...render(message, timeZone), alertId })
      return { ok: true }
    },
    preview: ({ message }) => ({ contentType: 'text/html', body: render(message, timeZone).html }),
  }
}
