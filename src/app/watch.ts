// The running system in, its vitals looked at every ten seconds out: alarms told to receivers, and kept for /v1/health and /metrics.

import type { Config } from '../config.ts'
import type { Notice } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import { dayEnd, dayOf } from '../core/day.ts'
import { stableId } from '../core/digest.ts'
import type { Notifier } from '../notify/notify.ts'
import { type Alarm, type Vitals, Watch } from '../notify/watch.ts'
import type { Store } from '../store/store.ts'
import type { Canary } from './canary.ts'
import { noticeDelivery } from './notifications.ts'

export type WatchOptions = {
  readonly config: Config
  readonly store: Store
  readonly notifier: Notifier
  readonly canary: Canary | undefined
  readonly lag: () => Promise<number>
  readonly drift: () => Promise<string | null>
  readonly clock: Clock
  /** Where people reach the console. */
  readonly url: () => string
}

export type Watching = {
  readonly alarms: () => readonly Alarm[]
  run(signal: AbortSignal): Promise<void>
}

const everyMs = 10_000
/** Event time further from the wall clock belongs to a replay, whose days close when they close. */
const liveMs = 2 * 86_400_000

export function createWatching(options: WatchOptions): Watching {
  const { config, store, notifier, canary, lag, drift, clock, url } = options
  const { detector } = config
  const watch = new Watch(config.watch)
  const look = async () => {
    const { began, ended } = watch.look(await vitalsOf(options))
    const notices = [
      ...began.map((alarm) => ({ alarm, notice: notice(alarm, alarm.subject, alarm.text) })),
      ...ended.map((alarm) => ({ alarm, notice: notice(alarm, `Over: ${alarm.subject}`, 'It is well again.') })),
    ]
    const deliveries = notices.flatMap(({ alarm, notice: message }) =>
      listeners(config, alarm).map((receiver) => {
        const id = stableId('dl', detector, message.subject, alarm.about, String(toldAt(alarm, message.at)), receiver)
        return noticeDelivery(message, { id, receiver })
      }),
    )
    if (deliveries.length === 0) return
    await store.enqueue(detector, deliveries)
    notifier.wake()
  }
  const notice = ({ topic, about, since }: Alarm, subject: string, text: string): Notice => ({
    ...{ kind: 'notice', detector, topic, subject: `${detector}: ${subject}`, text },
    ...{ facts: { about, since: new Date(since).toISOString() }, at: clock.now(), urls: { page: `${url()}/` } },
  })
  return {
    alarms: () => watch.alarms,
    run: async (signal) => {
      while (!signal.aborted) {
        await look()
        await clock.sleep(everyMs, signal)
      }
    },
  }

  async function vitalsOf({ config: { report } }: WatchOptions): Promise<Vitals> {
    const { events, deadLetters, duplicates } = await store.totals(detector)
    const waiting = await lag()
    const positions = await store.positions(detector)
    return {
      now: clock.now(),
      arrived: events + deadLetters + duplicates,
      read: [...positions.values()].reduce((sum, next) => sum + next, 0),
      lag: waiting,
      reportDueAt: reportDueAt(await store.watermark(detector), report),
      canary: canary?.state() ?? null,
      receivers: notifier.health(),
      drift: await drift(),
    }
  }

  function reportDueAt(watermark: number, report: Config['report']): number | null {
    const { timeZone, allowedLatenessMinutes, closeIdleAfterMinutes } = report
    if (watermark < clock.now() - liveMs) return null
    return dayEnd(dayOf(watermark, timeZone), timeZone) + (allowedLatenessMinutes + closeIdleAfterMinutes) * 60_000
  }
}

const dayMs = 86_400_000

// What holds for days is told once a day, however often the process starts meanwhile.
function toldAt({ topic }: Alarm, at: number): number {
  return topic === 'drift' ? Math.floor(at / dayMs) * dayMs : at
}

/** Whom an alarm is told: those named, else all; never the receiver that it is about. */
function listeners({ watch, notify }: Config, { about }: Alarm): string[] {
  return (watch.to ?? Object.keys(notify)).filter((name) => name in notify && name !== about)
}
