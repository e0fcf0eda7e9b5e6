// What a new champion decides in, a roll back out where it fails or alerts far more, or less, than its evaluation said.

import type { Config } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { wilson } from '../core/proportion.ts'
import type { Artifact } from '../model/model.ts'

type Band = Config['endpoint']['rollBack']

export type WatchParts = {
  readonly band: Band
  /** Goes one champion back. */
  readonly rollBack: (reason: string) => Promise<unknown>
  /** A roll back that could not be, or one that was: both are for people to know. */
  readonly onRollBack: (reason: string, error: TocsinError | undefined) => void
}

export type ChampionWatch = {
  /** Looked at from now on, unless it is the first that this process sees (that one was champion before), or is without an evaluation. */
  champion(version: number, evaluation: Artifact['evaluation'] | undefined): void
  saw(version: number, seen: { readonly events: number; readonly alerts: number; readonly failures: number }): void
}

/** Standard deviations of a 99.9 % interval: hundreds of looks must not roll a good champion back by chance. */
const z = 3.29

export function watchChampion({ band, rollBack, onRollBack }: WatchParts): ChampionWatch {
  let current: number | undefined
  const known = new Set<number>()
  let watched: { version: number; expected: Rates; events: number; alerts: number; failures: number } | undefined

  async function leave(reason: string): Promise<void> {
    try {
      await rollBack(reason)
      onRollBack(reason, undefined)
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error
      onRollBack(reason, error)
    }
  }

  return {
    champion(version, evaluation) {
      if (evaluation === undefined && watched?.version === version) watched = undefined
      if (version === current) return
      // One that was champion before, and is again, has proved itself.
      const isNew = current !== undefined && !known.has(version)
      current = version
      known.add(version)
      watched =
        isNew && evaluation ? { version, expected: ratesOf(evaluation), events: 0, alerts: 0, failures: 0 } : undefined
    },
    saw(version, { events, alerts, failures }) {
      if (!band.isAutomatic || watched?.version !== version) return
      watched.events += events
      watched.alerts += alerts
      watched.failures += failures
      const reason = whatIsWrong(watched, band)
      if (reason !== undefined) {
        watched = undefined
        void leave(`version ${version}: ${reason}`)
      } else if (watched.events >= band.untilEvents) watched = undefined
    },
  }
}

type Rates = { readonly low: number; readonly high: number }

/** Alerts for each event, as the evaluation's interval has them. */
function ratesOf({ atOperatingPoint: { alertsPerDay }, period, events }: Artifact['evaluation']): Rates {
  const rate = (perDay: number) => (events > 0 ? Math.min(1, (perDay * period.days) / events) : 0)
  return { low: rate(alertsPerDay.low), high: rate(alertsPerDay.high) }
}

function whatIsWrong(
  { expected, events, alerts, failures }: { expected: Rates; events: number; alerts: number; failures: number },
  { afterEvents, failureRate, alertRateFactor }: Band,
): string | undefined {
  const n = events + failures
  if (n < afterEvents) return undefined
  const failing = wilson(failures, n, z)
  if (failing && failing.low > failureRate)
    return `${failures} of ${n} events could not be scored; expected at most ${failureRate}`
  const alerting = wilson(alerts, events, z)
  const [least, most] = [expected.low / alertRateFactor, expected.high * alertRateFactor]
  if (!alerting || (alerting.low <= most && alerting.high >= least)) return undefined
  const found = `${alerts} of ${events} events alerted`
  return `${found}; expected ${percent(least)} to ${percent(most)}, within ${alertRateFactor} times its evaluation`
}

function percent(share: number): string {
  return `${(share * 100).toPrecision(3)} %`
}
