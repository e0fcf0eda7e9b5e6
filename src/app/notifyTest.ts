// Receivers' names in, for each what became of a test message that went the way of every message out.

import type { Writable } from 'node:stream'
import type { Config } from '../config.ts'
import type { Delivery } from '../core/alert.ts'
import { systemClock as clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import { Random } from '../core/random.ts'
import { openHttp } from '../notify/http.ts'
import { createNotifier } from '../notify/notify.ts'
import { lockDataDir } from '../store/lock.ts'
import type { Store } from '../store/store.ts'
import { testDelivery } from './notifications.ts'
import { withStore } from './open.ts'
import { concurrencyOf, openReceivers } from './receivers.ts'

export type TestResult = {
  readonly receiver: string
  readonly kind: string
  readonly delivery: string
  readonly isHeard: boolean
  readonly reason: string | null
  /** From the outbox to the receiver's answer, ms. */
  readonly tookMs: number
}

type Options = {
  /** All that are configured where none is named. */
  readonly names: readonly string[]
  readonly console: Writable
  readonly signal: AbortSignal
}

/** How long a receiver is waited for, ms: longer than its own time-out, and than the look that a running system takes at the outbox. */
const limitMs = 70_000
const pollMs = 50

/**
 * Puts a message for each receiver into the outbox; the running system sends it, or this process where none runs. One try: what
 * failed is not tried again for days, since its reader is here. Throws `RECEIVER_UNKNOWN`.
 */
export async function testReceivers(config: Config, { names, console, signal }: Options): Promise<TestResult[]> {
  const { detector, notify, web } = config
  const wanted = names.length === 0 ? Object.keys(notify) : names
  const unknown = wanted.filter((name) => !(name in notify))
  if (unknown.length > 0) throw unknownReceivers(unknown, Object.keys(notify))
  const url = web.publicUrl ?? `http://${web.host}:${web.port}`
  return withStore(config, async (store) => {
    const startedAt = clock.now()
    const deliveries = wanted.map((receiver) => testDelivery({ detector, receiver, url, now: startedAt }))
    await store.enqueue(detector, deliveries)
    const until = AbortSignal.any([signal, AbortSignal.timeout(limitMs)])
    const results = () =>
      Promise.all(deliveries.map((delivery) => resultOf(store, delivery, { config, until, startedAt })))
    return sending(config, { store, console }, results)
  })
}

type Waiting = { readonly config: Config; readonly until: AbortSignal; readonly startedAt: number }

async function resultOf(
  store: Store,
  { id, receiver }: Delivery,
  { config, until, startedAt }: Waiting,
): Promise<TestResult> {
  const about = { receiver, kind: config.notify[receiver]?.kind ?? 'unknown', delivery: id }
  for (;;) {
    const found = await store.delivery(id)
    const tookMs = clock.now() - startedAt
    if (found?.state === 'sent') return { ...about, isHeard: true, reason: null, tookMs }
    const isTried = found !== undefined && (found.attempts > 0 || found.state === 'dead')
    if (isTried || until.aborted) {
      const reason =
        found?.reason ??
        `not tried within ${Math.round(tookMs / 1000)} s; is it resting after failures? See: tocsin notify`
      await store.settle(id, { state: 'dead', reason })
      return { ...about, isHeard: false, reason, tookMs }
    }
    await clock.sleep(pollMs, until)
  }
}

/** Does the work while a notifier runs: the running system's, or ours where the data folder is free. */
async function sending<T>(
  config: Config,
  { store, console }: { store: Store; console: Writable },
  work: () => Promise<T>,
): Promise<T> {
  const lock = await lockDataDir(config.dataDir).catch((error: unknown) => {
    if (error instanceof TocsinError && error.code === 'DATA_DIR_IN_USE') return undefined
    throw error
  })
  if (!lock) return work()
  const http = openHttp(config.outbound)
  const { receivers, close } = openReceivers({ config, http, store, clock, console })
  const stop = new AbortController()
  const parts = { outbox: store, receivers, clock, random: new Random(clock.now()) }
  const running = createNotifier({ ...parts, concurrency: (name) => concurrencyOf(config, name) }).run(stop.signal)
  try {
    return await Promise.race([work(), running.then(() => work())])
  } finally {
    stop.abort()
    await running
    await close()
    http.close()
    await lock.release()
  }
}

function unknownReceivers(unknown: readonly string[], known: readonly string[]): TocsinError {
  return new TocsinError(
    'RECEIVER_UNKNOWN',
    `no receiver is named ${unknown.map((name) => `"${name}"`).join(', ')}; expected one under notify: (${known.join(', ')})`,
  )
}
