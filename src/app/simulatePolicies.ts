// A configuration, a store and a time range in; who would have been told of its alerts, out.

import type { Shift } from '../alert/onCall.ts'
import { type Simulation, simulate } from '../alert/simulate.ts'
import { type Config, withPolicies } from '../config.ts'
import type { AlertView } from '../core/alert.ts'
import { systemClock } from '../core/clock.ts'
import { dayEnd, dayStart } from '../core/day.ts'
import { TocsinError } from '../core/error.ts'
import { openHttp } from '../notify/http.ts'
import type { Store } from '../store/store.ts'
import type { Policies } from '../web/services.ts'
import { createCalendars } from './calendars.ts'
import { withStore } from './open.ts'
import { explainPolicies, policyBook } from './policies.ts'

type SimulateOptions = {
  /** Its policies are played. */
  readonly config: Config
  readonly store: Pick<Store, 'alerts' | 'silences'>
  /** Event time [from, to), ms. */
  readonly from: number
  readonly to: number
  /** Messages listed one by one. */
  readonly limit: number
  readonly shiftsOf: (rotation: string) => readonly Shift[]
}

type PastOptions = {
  /** Whose store is asked. */
  readonly config: Config
  /** Whose policies are played. */
  readonly played: Config
  /** Days in the detector's time zone, both included; from the first to the last with events where absent. */
  readonly days: { readonly from: string | undefined; readonly to: string | undefined }
  readonly limit: number
}

/** As `simulatePolicies`, by days; reads the calendars of rotations first. Throws USAGE for what is no day. */
export async function simulatePast({ config, played, days, limit }: PastOptions) {
  const { detector, report } = config
  const { timeZone } = report
  const errors: string[] = []
  const logger = { error: (_: object, message: string) => void errors.push(message) }
  const http = openHttp(config.outbound)
  const calendars = createCalendars({ rotations: played.onCall, clock: systemClock, get: http.get, logger })
  await calendars.read()
  http.close()
  if (errors.length > 0) throw new TocsinError('CALENDAR_UNREACHABLE', `${errors[0]}; expected one that can be read`)
  return withStore(config, async (store) => {
    const first = days.from === undefined ? await store.firstEventTime(detector) : dayStart(asDay(days.from), timeZone)
    const reached = Math.max(await store.watermark(detector), 0) + report.allowedLatenessMinutes * 60_000
    const to = days.to === undefined ? reached + 1 : dayEnd(asDay(days.to), timeZone)
    const from = first ?? to
    const shiftsOf = calendars.shiftsOf
    return {
      from,
      to,
      ...(await simulatePolicies({ config: { ...played, detector }, store, from, to, limit, shiftsOf })),
    }
  })
}

function asDay(written: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(written) && !Number.isNaN(Date.parse(written))) return written
  throw new TocsinError('USAGE', `${written} was found; expected a day such as 2026-11-22`)
}

/** What the web asks of the policies. */
export function openPolicies({ config, ...rest }: Pick<SimulateOptions, 'config' | 'store' | 'shiftsOf'>): Policies {
  return {
    explain: () => explainPolicies(config),
    simulate: async ({ change, ...range }) => {
      const changed = change === undefined ? config : withPolicies(config, change)
      const simulation = await simulatePolicies({ config: changed, ...rest, ...range })
      return { ...simulation, policies: explainPolicies(changed) }
    },
  }
}

const pageSize = 1000
const mostAlerts = 200_000

/** Each alert comes at its event time; people answer when they did. Throws `SIMULATION_TOO_LONG`. */
async function simulatePolicies({ config, store, from, to, limit, shiftsOf }: SimulateOptions): Promise<Simulation> {
  const { detector } = config
  const alerts = await alertsBetween(store, { detector, from, to })
  const silences = await store.silences(detector, { limit: pageSize })
  const answeredAt = new Map(alerts.flatMap(({ id, labelledAt }) => (labelledAt === null ? [] : [[id, labelledAt]])))
  const book = policyBook({ config, publicUrl: () => config.web.publicUrl ?? '', shiftsOf })
  return simulate(book, { alerts, to, silences, answeredAt, limit })
}

async function alertsBetween(
  store: Pick<Store, 'alerts'>,
  range: { readonly detector: string; readonly from: number; readonly to: number },
): Promise<AlertView[]> {
  const alerts: AlertView[] = []
  for (;;) {
    const last = alerts.at(-1)
    const page = await store.alerts({ ...range, limit: pageSize, ...(last ? { before: last.id } : {}) })
    alerts.push(...page)
    if (page.length < pageSize) return alerts.reverse()
    if (alerts.length >= mostAlerts)
      throw new TocsinError(
        'SIMULATION_TOO_LONG',
        `There are more than ${mostAlerts} alerts in that time; expected fewer. Choose a shorter one.`,
      )
  }
}
