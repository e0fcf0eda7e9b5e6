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
    closing = closing.then(async () => {
      const days = await closeFinishedDays({ ...(await sources()), periods: report.also, deliveriesFor })
      if (days.length > 0) onClosed(days)
      return days
    })
    return closing
  }

  const isSilentSince = (lastCommitAt: number) => clock.now() - lastCommitAt > report.closeIdleAfterMinutes * 60_000
  const followWallClock = async () => {
    const watermark = clock.now() - latenessMs
    if ((await store.watermark(detector)) < watermark && (await lag()) === 0)
      await store.raiseWatermark(detector, watermark)
  }

  return {
    summary: async (day) => openDay({ ...(await sources()), day }),
    close,
    endStream: async () => {
      const newest = (await store.watermark(detector)) + latenessMs
      if (Number.isFinite(newest)) await store.raiseWatermark(detector, dayEnd(dayOf(newest, timeZone), timeZone))
    },
    run: async (signal) => {
      let lastCommitAt = clock.now()
      const unsubscribe = store.onCommit(() => {
        lastCommitAt = clock.now()
      })
      while (!signal.aborted) {
        if (isSilentSince(lastCommitAt)) await followWallClock()
        await close()
        await clock.sleep(pollMs, signal)
      }
      unsubscribe()
    },
  }
}
