// Records with event times in, the same records in a stream out, at a chosen speed.

import type { Clock } from '../core/clock.ts'
import type { AppendRecord, Stream } from './stream.ts'

export type ReplayRecord = AppendRecord & {
  /** Event time, ms. */
  readonly time: number
}

/** `max`: as fast as the stream takes them. `timesEventTime` 60: an hour of event time in a minute. */
export type ReplaySpeed = 'max' | { readonly eventsPerSecond: number } | { readonly timesEventTime: number }

export type ReplayOptions = {
  readonly records: Iterable<ReplayRecord> | AsyncIterable<ReplayRecord>
  readonly stream: Pick<Stream, 'append'>
  readonly speed: ReplaySpeed
  readonly clock: Clock
  readonly signal?: AbortSignal
  /** Called after each append with how many records the stream has taken so far. */
  readonly onProgress?: (appended: number) => void
}

const maxBatch = 1000
/** Due times are looked at in steps of this length, so that slow speeds still append in small batches, not one by one. */
const stepMs = 10

/**
 * Appends every record once, in order, each when it is due and never before; resolves with how many were taken.
 * A stream that is slower than the speed slows the replay; what is behind is caught up. Ends early when `signal` aborts.
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const { stream, clock, onProgress } = options
  const isAborted = () => options.signal?.aborted === true
  const due = dueTimes(options.speed, clock.now())
  let batch: ReplayRecord[] = []
  let read = 0
  let appended = 0

  const append = async () => {
    if (batch.length === 0 || isAborted()) return
    const taken = batch
    batch = []
    await stream.append(taken)
    appended += taken.length
    onProgress?.(appended)
  }

  for await (const record of options.records) {
    const dueAt = due(read++, record.time)
    if (batch.length === maxBatch || dueAt > clock.now()) await append()
    while (!isAborted() && dueAt > clock.now()) await clock.sleep(Math.max(stepMs, dueAt - clock.now()), options.signal)
    if (isAborted()) break
    batch.push(record)
  }
  await append()
  return appended
}

/** When the n-th record, of that event time, should be appended, ms by the clock. */
function dueTimes(speed: ReplaySpeed, start: number): (index: number, time: number) => number {
  if (speed === 'max') return () => start
  if ('eventsPerSecond' in speed) return (index) => start + (index * 1000) / positive(speed.eventsPerSecond)
  let first = Number.NaN
  return (_, time) => {
    if (Number.isNaN(first)) first = time
    return start + (time - first) / positive(speed.timesEventTime)
  }
}

function positive(speed: number): number {
  if (!(speed > 0)) throw new RangeError(`speed ${speed}; expected a number above 0`)
  return speed
}
