// Event time that moves on in, closed days with their pages and messages out.

import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import { type Day, dayEnd, dayOf } from '../core/day.ts'
import type { Registry } from '../registry/registry.ts'
import { closeFinishedDays, type DaySummary, type HealthModel, openDay } from '../report/report.ts'
import type { Store } from '../store/store.ts'
import { summaryDeliveries } from './summaries.ts'

export type Days = {
  /** A day as it stands; undefined where it has no data. */
  summary(day: Day): Promise<DaySummary | undefined>
  /** Closes every day that the watermark has passed. */
  close(): Promise<readonly Day[]>
  /** No more events will come: the newest event's day ends now. */
  endStream(): Promise<void>
  /** Closes days as event time passes them; where the stream has fallen silent, as the wall clock does. */
  run(signal: AbortSignal): Promise<void>
}

export type DaysOptions = {
  readonly config: Config
  readonly store: Store
  readonly registry: Registry
  readonly clock: Clock
  /** Where people reach the console. */
  readonly url: () => string
  /** Position after the last record of a partition; undefined where the stream cannot be asked now. */
  readonly end: (partition: number) => Promise<number | undefined>
  readonly onClosed: (days: readonly Day[]) => void
}

type Champion = NonNullable<Awaited<ReturnType<Registry['current']>>>

function healthModel({ artifact: { features, baseline }, version }: Champion): HealthModel | undefined {
  return baseline && { modelVersion: version, features, baseline }
}

/** How often to look for a finished day, ms. */
const pollMs = 1000

export function createDays({ config, store, registry, clock, url, end, onClosed }: DaysOptions): Days {
  const { detector, report } = config
  const { timeZone } = report
  const latenessMs = report.allowedLatenessMinutes * 60_000
  const deliveriesFor = summaryDeliveries(config, url, clock)
  const sources = async () => {
    const champion = await registry.current('champion')
    const hasAmount = champion ? champion.artifact.schema.amount !== null : false
    return { store, detector, timeZone, hasAmount, model: champion && healthModel(champion) }
  }

  // One at a time, so that each day closes once and in order.
  let closing: Promise<readonly Day[]> = Promise.resolve([])
  const close = () => {
    const before = closing.catch(() => [])
    closing = before.then(async () => {
      const days = await closeFinishedDays({ ...(await sources()), periods: report.also, deliveriesFor })
      if (days.length > 0) onClosed(days)
      return days
    })
    return closing
  }

  // A partition that is silent, with nothing waiting, holds no day open: it goes along with those that are not; where all are, with
  // the wall clock. Only where it still is where it was then: what has come since has its own event time.
  const followOthers = async (positions: ReadonlyMap<number, number>, silent: readonly number[]) => {
    const drained = new Map<number, number>()
    for (const partition of silent)
      if ((await end(partition)) === positions.get(partition)) drained.set(partition, positions.get(partition)!)
    const lively = [...positions.keys()].filter((partition) => !drained.has(partition))
    const reached = await Promise.all(
      lively.map(async (partition) => (await store.partition(detector, partition)).watermark),
    )
    const watermark = Math.min(clock.now() - latenessMs, ...reached)
    if (drained.size > 0 && Number.isFinite(watermark)) await store.raiseWatermark(detector, watermark, drained)
  }

  return {
    summary: async (day) => openDay({ ...(await sources()), day }),
    close,
    endStream: async () => {
      const newest = (await store.watermark(detector)) + latenessMs
      if (Number.isFinite(newest)) await store.raiseWatermark(detector, dayEnd(dayOf(newest, timeZone), timeZone))
    },
    run: async (signal) => {
      const silence = new Silence(report.closeIdleAfterMinutes * 60_000)
      while (!signal.aborted) {
        const positions = await store.positions(detector)
        const silent = silence.of(positions, clock.now())
        if (silent.length > 0) await followOthers(positions, silent)
        await close()
        await clock.sleep(pollMs, signal)
      }
    },
  }
}

/** Which partitions have not moved for so long. */
class Silence {
  readonly #afterMs: number
  readonly #moved = new Map<number, { readonly next: number; readonly at: number }>()

  constructor(afterMs: number) {
    this.#afterMs = afterMs
  }

  of(positions: ReadonlyMap<number, number>, now: number): number[] {
    for (const [partition, next] of positions)
      if (this.#moved.get(partition)?.next !== next) this.#moved.set(partition, { next, at: now })
    return [...positions.keys()].filter((partition) => now - this.#moved.get(partition)!.at > this.#afterMs)
  }
}
