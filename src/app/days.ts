// Event time that moves on in, closed days with their pages and messages out.

import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import { type Day, dayEnd, dayOf } from '../core/day.ts'
import type { Registry } from '../registry/registry.ts'
import { closeFinishedDays, type DaySummary, openDay } from '../report/report.ts'
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
  /** Records accepted and not yet decided. */
  readonly lag: () => Promise<number>
  readonly onClosed: (days: readonly Day[]) => void
}

/** How often to look for a finished day, ms. */
const pollMs = 1000

export function createDays({ config, store, registry, clock, url, lag, onClosed }: DaysOptions): Days {
  const { detector, report } = config
  const { timeZone } = report
  const latenessMs = report.allowedLatenessMinutes * 60_000
  const deliveriesFor = summaryDeliveries(config, url, clock)
  const sources = async () => {
    const champion = await registry.current('champion')
    return { store, detector, timeZone, hasAmount: champion ? champion.artifact.schema.amount !== null : false }
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

  // Only partitions that still are where they were when nothing was waiting: what has come since has its own event time.
  const followWallClock = async (positions: ReadonlyMap<number, number>) => {
    const watermark = clock.now() - latenessMs
    if ((await store.watermark(detector)) < watermark && (await lag()) === 0)
      await store.raiseWatermark(detector, watermark, positions)
  }

  return {
    summary: async (day) => openDay({ ...(await sources()), day }),
    close,
    endStream: async () => {
      const newest = (await store.watermark(detector)) + latenessMs
      if (Number.isFinite(newest)) await store.raiseWatermark(detector, dayEnd(dayOf(newest, timeZone), timeZone))
    },
    run: async (signal) => {
      let movedAt = clock.now()
      let before = ''
      while (!signal.aborted) {
        const positions = await store.positions(detector)
        const now = JSON.stringify([...positions])
        if (now !== before) movedAt = clock.now()
        before = now
        if (clock.now() - movedAt > report.closeIdleAfterMinutes * 60_000) await followWallClock(positions)
        await close()
        await clock.sleep(pollMs, signal)
      }
    },
  }
}
