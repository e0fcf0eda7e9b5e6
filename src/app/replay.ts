// Events with their times in, the same events posted to a running Tocsin at a given speed out.

import { type Clock, systemClock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { FieldValue } from '../core/event.ts'

export type TimedEvent = { readonly time: number; readonly fields: Readonly<Record<string, FieldValue>> }

/** `max`, events a second, or a multiple of event time. */
export type Speed = 'max' | { readonly eventsPerSecond: number } | { readonly timesRealTime: number }

export type ReplayOptions = {
  readonly url: string
  readonly token?: string
  readonly speed: Speed
  readonly onProgress?: (sent: number) => void
  readonly signal: AbortSignal
  readonly clock?: Clock
}

const eventsPerRequest = 500
/** While paced, a request holds at most what is due within this time, so that events arrive one after another. */
const pacedRequestMs = 50

/** `20x` → twenty times as fast as life; `500` → events a second; `max`. Throws USAGE. */
export function parseSpeed(written: string): Speed {
  if (written === 'max') return 'max'
  const [, digits, times] = /^(\d+(?:\.\d+)?)(x?)$/.exec(written) ?? []
  const value = Number(digits)
  if (!(value > 0))
    throw new TocsinError(
      'USAGE',
      `--speed ${written} was found; expected max, events a second (500) or a multiple of event time (60x)`,
    )
  return times ? { timesRealTime: value } : { eventsPerSecond: value }
}

/** Posts every event, in order, waiting where the server asks for it. Resolves to the number accepted. */
export async function replayTo(events: Iterable<TimedEvent>, options: ReplayOptions): Promise<number> {
  const clock = options.clock ?? systemClock
  const dueAt = schedule(options.speed, clock.now())
  let sent = 0
  let batch: TimedEvent[] = []
  let batchDue = 0
  const flush = async () => {
    if (batch.length === 0) return
    await clock.sleep(Math.max(0, batchDue - clock.now()), options.signal)
    if (options.signal.aborted) return
    await post(batch, options, clock)
    sent += batch.length
    batch = []
    options.onProgress?.(sent)
  }
  let index = 0
  for (const event of events) {
    const due = dueAt(event.time, index++)
    if (batch.length === 0) batchDue = due + pacedRequestMs
    if (batch.length === eventsPerRequest || (options.speed !== 'max' && due > batchDue)) {
      await flush()
      batchDue = due + pacedRequestMs
    }
    if (options.signal.aborted) return sent
    batch.push(event)
  }
  await flush()
  return sent
}

function schedule(speed: Speed, startedAt: number): (eventTime: number, index: number) => number {
  if (speed === 'max') return () => 0
  if ('eventsPerSecond' in speed) return (_, index) => startedAt + (index / speed.eventsPerSecond) * 1000
  let first: number | undefined
  return (eventTime) => {
    first ??= eventTime
    return startedAt + (eventTime - first) / speed.timesRealTime
  }
}

async function post(batch: readonly TimedEvent[], { url, token, signal }: ReplayOptions, clock: Clock): Promise<void> {
  const body = batch.map(({ fields }) => JSON.stringify(fields)).join('\n')
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  for (;;) {
    const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body, signal }).catch(
      (cause: unknown) => {
        if (signal.aborted) return undefined
        throw new TocsinError(
          'SERVER_UNREACHABLE',
          `${url} does not answer; expected a running Tocsin there: tocsin up`,
          { cause },
        )
      },
    )
    if (!response || response.status === 202) return
    if (response.status === 429 || response.status === 503) {
      await clock.sleep(Number(response.headers.get('retry-after') ?? 1) * 1000, signal)
      if (signal.aborted) return
      continue
    }
    throw new TocsinError(
      'EVENTS_REFUSED',
      `${url} refused the events (${response.status}): ${(await response.text()).slice(0, 2000)}`,
    )
  }
}
