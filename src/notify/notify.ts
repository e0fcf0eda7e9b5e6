// Deliveries of the outbox in → each told to its receiver, tried again until it is heard or dead.

import type { Delivery } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { Breaker, type ReceiverHealth } from './breaker.ts'
import { within } from './deadline.ts'
import type { DeliveryOutcome, Receiver } from './receiver.ts'
import { retryDelay } from './schedule.ts'

export type { AnswerLinks } from './answerLinks.ts'
export type { ReceiverHealth } from './breaker.ts'
export type { Preview } from './receiver.ts'
export type { Alarm } from './watch.ts'

export type DeliveryResult =
  | { readonly state: 'sent' }
  | { readonly state: 'pending'; readonly nextAttemptAt: number; readonly reason: string }
  | { readonly state: 'dead'; readonly reason: string }

/** What the notifier needs of the store. */
export type Outbox = {
  /** Pending and due at `now`, earliest first, at most `limit`, of every receiver but those in `except`. */
  due(now: number, limit: number, except?: readonly string[]): Promise<readonly Delivery[]>
  /** Earliest nextAttemptAt of pending deliveries, of every receiver but those in `except`. */
  nextDue(except?: readonly string[]): Promise<number | undefined>
  /** Counts the try and writes its result. */
  settle(id: string, result: DeliveryResult): Promise<void>
}

export type NotifierParts = {
  readonly outbox: Outbox
  readonly receivers: ReadonlyMap<string, Receiver>
  readonly clock: Clock
  /** Most messages under way to a receiver at once; 4 where absent. */
  readonly concurrency?: (receiver: string) => number
  /** For the jitter of the retries. */
  readonly random: Random
  /** Hears of every try's result, after it was written: for logs and metrics. */
  readonly onSettled?: (delivery: Delivery, result: DeliveryResult) => void
}

export type Notifier = {
  /**
   * Drains the outbox until `signal` aborts; then waits at most 10 s for what is being sent. What was not heard by then stays
   * pending and is the first thing that the next start sends. Rejects on a failing outbox, and on a receiver's
   * TypeError: a programmer's mistake ends the process. Anything else that a receiver throws counts as a failed try.
   */
  run(signal: AbortSignal): Promise<void>
  /** There may be new deliveries: look now. */
  wake(): void
  /** How each receiver is that was tried in this process. */
  health(): ReadonlyMap<string, ReceiverHealth>
}

/** Deliveries taken from the outbox at once. */
const pageSize = 100
/** How often to look without being woken, ms: another process may write to the same outbox. */
const pollMs = 5_000
/** One try may take so long, ms; receivers have shorter limits of their own. */
const tryLimitMs = 120_000
/** How long a stop waits for what is being sent, ms. */
const stopLimitMs = 10_000

/** `stopped`: begin nothing new; `cutOff`: let go of what is being sent. */
type Stops = { readonly stopped: AbortSignal; readonly cutOff: AbortSignal }

/** Each receiver is a lane of its own: one that is slow or down holds up nobody else, and one that is down is asked rarely. */
export function createNotifier(parts: NotifierParts): Notifier {
  const { outbox, receivers, clock, random, onSettled, concurrency = () => 4 } = parts
  let bell = new AbortController()
  const wake = () => bell.abort()
  const lanes = new Map<string, Promise<void>>()
  const breakers = new Map<string, Breaker>()
  const breakerOf = (name: string) => {
    const breaker = breakers.get(name) ?? new Breaker()
    breakers.set(name, breaker)
    return breaker
  }
  const resting = () => [...breakers].filter(([, { restUntil }]) => restUntil > clock.now())
  const leftOut = () => [...lanes.keys(), ...resting().map(([name]) => name)]

  async function run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController()
    const cutOff = new AbortController()
    const stops = { stopped: AbortSignal.any([signal, failed.signal]), cutOff: cutOff.signal }
    const fail = (error: unknown) => failed.abort(error)
    stops.stopped.addEventListener('abort', wake, { once: true })
    while (!stops.stopped.aborted) await round(stops, fail).catch(fail)
    await finish(cutOff)
    if (failed.signal.aborted) throw failed.signal.reason
  }

  /** Starts a lane for every idle receiver that has something due; rests where none has. */
  async function round(stops: Stops, fail: (error: unknown) => void): Promise<void> {
    bell = new AbortController()
    const page = await outbox.due(clock.now(), pageSize, leftOut())
    if (page.length === 0) return rest(stops.stopped)
    for (const [name, deliveries] of Map.groupBy(page, ({ receiver }) => receiver)) {
      const lane = send(deliveries, receivers.get(name) ?? unknownReceiver(name), stops)
      lanes.set(
        name,
        lane.catch(fail).finally(() => {
          lanes.delete(name)
          wake()
        }),
      )
    }
  }

  async function rest(stopped: AbortSignal): Promise<void> {
    const next = await outbox.nextDue(leftOut())
    const rested = resting().map(([, { restUntil }]) => restUntil)
    const waitMs = Math.min(pollMs, ...[...rested, next ?? Number.POSITIVE_INFINITY].map((at) => at - clock.now()))
    if (!stopped.aborted && waitMs > 0) await clock.sleep(waitMs, bell.signal)
  }

  async function finish(cutOff: AbortController): Promise<void> {
    const done = new AbortController()
    const limit = clock.sleep(stopLimitMs, done.signal).then(() => cutOff.abort(new Error('Tocsin is stopping')))
    await Promise.all(lanes.values())
    done.abort()
    await limit
  }

  async function send(deliveries: readonly Delivery[], receiver: Receiver, { stopped, cutOff }: Stops): Promise<void> {
    const breaker = breakerOf(receiver.name)
    const most = breaker.allowance(concurrency(receiver.name))
    // While one message probes, the others stay due.
    const queue = (most === 1 ? deliveries.slice(0, 1) : deliveries).values()
    const sender = async () => {
      for (const delivery of queue) {
        if (stopped.aborted || breaker.restUntil > clock.now()) return
        const outcome = await attempt(receiver, delivery, cutOff)
        // Cut off by our own stop: not the receiver's failure, so it stays due and no try is counted.
        if (cutOff.aborted && !outcome.ok) return
        breaker.note(outcome, clock.now())
        const result = judge(delivery, outcome)
        await outbox.settle(delivery.id, result)
        onSettled?.(delivery, result)
      }
    }
    await Promise.all(Array.from({ length: Math.min(most, deliveries.length) }, sender))
  }

  async function attempt(receiver: Receiver, delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    try {
      return await within({ clock, limitMs: tryLimitMs, signal }, (limited) => receiver.deliver(delivery, limited))
    } catch (error) {
      if (error instanceof TypeError) throw error
      return { ok: false, retry: true, reason: error instanceof Error ? error.message : String(error) }
    }
  }

  function judge({ attempts }: Delivery, outcome: DeliveryOutcome): DeliveryResult {
    if (outcome.ok) return { state: 'sent' }
    const { reason } = outcome
    if (!outcome.retry) return { state: 'dead', reason }
    const delayMs = retryDelay(attempts + 1, random, outcome.retryAfterMs)
    if (delayMs === undefined)
      return { state: 'dead', reason: `given up after ${attempts + 1} tries; the last: ${reason}` }
    return { state: 'pending', nextAttemptAt: clock.now() + delayMs, reason }
  }

  const health = () => new Map([...breakers].map(([name, breaker]) => [name, breaker.health(clock.now())]))
  return { run, wake, health }
}

// The outbox outlives a configuration: what was meant for a receiver that is gone must end where people see it.
function unknownReceiver(name: string): Receiver {
  const reason = `no receiver is named "${name}"; expected one under notify: in the configuration; add it again, or let this go`
  const preview = { contentType: 'text/plain', body: reason } as const
  return { name, kind: 'unknown', deliver: async () => ({ ok: false, retry: false, reason }), preview: () => preview }
}
