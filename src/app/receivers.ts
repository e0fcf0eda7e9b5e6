// A configuration and its store in, the receivers ready to send out, with the keys of web push.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { z } from 'zod'
import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import { createAnswerLinks } from '../notify/answerLinks.ts'
import type { Http } from '../notify/http.ts'
import type { AnswerLinks } from '../notify/notify.ts'
import type { Receiver } from '../notify/receiver.ts'
import { createReceivers, type ReceiverParts } from '../notify/receivers.ts'
import type { Store } from '../store/store.ts'
import { keptSecret, lazily } from './keptSecret.ts'

export type OpenReceivers = {
  readonly receivers: ReadonlyMap<string, Receiver>
  /** What a browser needs to ask for notifications: VAPID's public key. */
  readonly pushKey: () => Promise<string>
  close(): Promise<void>
}

type Options = {
  readonly config: Config
  readonly http: Http
  readonly store: Store
  readonly clock: Clock
  /** Where the console receiver writes. */
  readonly console: Writable
  readonly answerUrls?: ReceiverParts['answerUrls']
}

/** For those that write no further than this process and its store. */
const usualConcurrency = 4

const Keys = z.object({ publicKey: z.string(), privateKey: z.string() })

/** Opens no connection. Throws what `createReceivers` throws. */
export function openReceivers({ config, http, store, clock, console, answerUrls }: Options): OpenReceivers {
  const keys = lazily(async () =>
    Keys.parse(JSON.parse(await keptSecret(join(config.dataDir, 'web-push.json'), newKeys))),
  )
  const push = { subscriptions: store.subscriptions, removeSubscription: store.removeSubscription, keys }
  const receivers = createReceivers(config.notify, {
    ...{ writable: console, putInbox: store.putInbox, timeZone: config.report.timeZone, clock, http, push, answerUrls },
  })
  return {
    receivers,
    pushKey: async () => (await keys()).publicKey,
    close: async () => {
      for (const receiver of receivers.values()) await receiver.close?.()
    },
  }
}

/** Links of messages, signed with the key of the configuration or with one that is kept in the data folder. */
export async function openAnswerLinks(
  { web, dataDir }: Config,
  { baseUrl, clock }: { baseUrl: () => string; clock: Clock },
): Promise<AnswerLinks> {
  const key =
    web.linkKey ?? (await keptSecret(join(dataDir, 'link-key'), async () => randomBytes(32).toString('base64url')))
  return createAnswerLinks({ key, baseUrl, now: clock.now })
}

/** Most messages under way to a receiver at once. */
export function concurrencyOf({ notify }: Config, name: string): number {
  const receiver = notify[name]
  return receiver && 'concurrency' in receiver ? receiver.concurrency : usualConcurrency
}

async function newKeys(): Promise<string> {
  const { default: webPush } = await import('web-push')
  return JSON.stringify(webPush.generateVAPIDKeys())
}
