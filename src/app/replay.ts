// Records in, the same records posted to a running Tocsin out: the door of a stream, over HTTP.

import { type Clock, systemClock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { FieldValue } from '../core/event.ts'
import { type ReplayRecord, type ReplaySpeed, replay } from '../stream/replay.ts'
import type { Appended, AppendRecord, Stream } from '../stream/stream.ts'

/** An event as a file of history or a resampled stream holds it: its fields by column name. */
export type TimedEvent = { readonly time: number; readonly fields: Readonly<Record<string, FieldValue>> }

export type ReplayOptions = {
  readonly url: string
  readonly token?: string | undefined
  readonly speed: ReplaySpeed
  readonly onProgress?: (sent: number) => void
  readonly signal: AbortSignal
  readonly clock?: Clock
}

/** `20x` → twenty times as fast as life; `500` → events a second; `max`. Throws USAGE. */
export function parseSpeed(written: string): ReplaySpeed {
  if (written === 'max') return 'max'
  const [, digits, times] = /^(\d+(?:\.\d+)?)(x?)$/.exec(written) ?? []
  const value = Number(digits)
  if (!(value > 0))
    throw new TocsinError(
      'USAGE',
      `--speed ${written} was found; expected max, events a second (500) or a multiple of event time (60x)`,
    )
  return times ? { timesEventTime: value } : { eventsPerSecond: value }
}

/** Posts every event, in order, waiting where the server asks for it. Resolves to the number accepted. */
export async function replayTo(events: Iterable<TimedEvent>, options: ReplayOptions): Promise<number> {
  const clock = options.clock ?? systemClock
  const { speed, signal } = options
  return replay({
    records: recordsOf(events),
    stream: httpDoor({ ...options, clock }),
    speed,
    clock,
    signal,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  })
}

function* recordsOf(events: Iterable<TimedEvent>): Generator<ReplayRecord> {
  const encoder = new TextEncoder()
  // The server finds the key itself.
  for (const { time, fields } of events) yield { key: '', bytes: encoder.encode(JSON.stringify(fields)), time }
}

type Door = {
  readonly url: string
  readonly token?: string | undefined
  readonly signal: AbortSignal
  readonly clock: Clock
}

function httpDoor({ url, token, signal, clock }: Door): Pick<Stream, 'append'> {
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return {
    async append(records: readonly AppendRecord[]): Promise<readonly Appended[]> {
      const body = records.map(({ bytes }) => Buffer.from(bytes).toString('utf8')).join('\n')
      for (;;) {
        const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body }).catch((cause: unknown) => {
          throw new TocsinError(
            'SERVER_UNREACHABLE',
            `${url} does not answer; expected a running Tocsin there: tocsin up`,
            { cause },
          )
        })
        if (response.status === 202) return []
        if ((response.status !== 429 && response.status !== 503) || signal.aborted)
          throw new TocsinError(
            'EVENTS_REFUSED',
            `${url} refused the events (${response.status}): ${(await response.text()).slice(0, 2000)}`,
          )
        await clock.sleep(Number(response.headers.get('retry-after') ?? 1) * 1000, signal)
      }
    },
  }
}
