// The store and the meters in, the head of the console out.

import { type Day, dayEnd, dayOf, dayStart } from '../core/day.ts'
import type { Stats } from './api/live.ts'
import type { Services } from './services.ts'
import { iso } from './views.ts'

export async function readStats(services: Services): Promise<Stats> {
  const { store, detector, timeZone, eventsPerSecond, lag } = services
  const watermark = await store.watermark(detector)
  const day = await openDayOf(services)
  const { champion = null } = await store.aliases(detector)
  return {
    ...{ detector, timeZone, day, champion },
    watermark: Number.isFinite(watermark) ? iso(watermark) : null,
    today: day === null ? { events: 0, alerts: 0, amountAtRisk: null } : await countDay(services, day),
    totals: await store.totals(detector),
    eventsPerSecond: eventsPerSecond(),
    hasSetup: services.setup !== undefined,
    lag: await lag(),
  }
}

/** The day that event time has reached; null before the first event. */
export async function openDayOf({ store, detector, timeZone }: Services): Promise<Day | null> {
  const watermark = await store.watermark(detector)
  return Number.isFinite(watermark) ? dayOf(watermark, timeZone) : null
}

async function countDay({ store, detector, timeZone }: Services, day: Day): Promise<Stats['today']> {
  const { events, alerts, amount, alertAmount } = await store.counts(
    detector,
    dayStart(day, timeZone),
    dayEnd(day, timeZone),
  )
  return { events, alerts, amountAtRisk: amount === 0 ? null : alertAmount }
}
