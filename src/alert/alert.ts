// Decisions → alerts, and alerts → one delivery for each receiver that should hear of them.

import type { Alert, AlertView, Delivery } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { Decision } from '../core/decision.ts'
import { stableId } from '../core/digest.ts'

/** Who hears of alerts, and how often. */
export type AlertReceiver = {
  readonly name: string
  /** After a message about a group, silent about it for so long, in event time, ms. 0: every alert is told. */
  readonly groupForMs: number
}

export type Alerted = {
  readonly alerts: readonly Alert[]
  readonly deliveries: readonly Delivery[]
  /** Messages left out because the receiver had heard of the group a short while before. */
  readonly suppressed: number
}

/** Turns the decisions of one batch into alerts and deliveries; remembers whom it told of which group. */
export type Alerting = (decisions: readonly Decision[]) => Alerted

export type AlertingOptions = {
  readonly detector: string
  readonly receivers: readonly AlertReceiver[]
  /** Where a person opens the alert, e.g. `http://localhost:4380/alerts/al_3f…`. */
  readonly urlOf: (alertId: string) => string
  readonly clock: Clock
  /** The store's alerts, newest event time first. */
  readonly alerts: (query: {
    readonly detector: string
    readonly from?: number
    readonly limit?: number
    readonly before?: string
  }) => Promise<readonly AlertView[]>
}

/** So many groups are remembered for each receiver; the one told longest ago is forgotten first, and may be told again. */
const maxGroups = 10_000
const pageSize = 1000

/**
 * Starts from what the store says was told already, so that a restart (or a worker that takes over) groups as if
 * nothing had happened. It reads the alerts of the longest grouping span before the newest one; an alert that comes later
 * than that after its group's last message is told once more rather than kept back.
 */
export async function openAlerting(options: AlertingOptions): Promise<Alerting> {
  const told = new Told()
  for (const alert of (await recentAlerts(options)).reverse())
    for (const { receiver } of alert.deliveries) told.remember(receiver, alert)
  return (decisions) => {
    const alerts = decisions.map(alertOf).filter((alert) => alert !== undefined)
    const due = alerts.flatMap((alert) => options.receivers.map((receiver) => ({ alert, receiver })))
    const heard = due.filter(({ alert, receiver }) => told.tell(alert, receiver))
    const now = options.clock.now()
    const deliveries = heard.map(({ alert, receiver }) =>
      deliveryOf(alert, receiver.name, options.urlOf(alert.id), now),
    )
    return { alerts, deliveries, suppressed: due.length - heard.length }
  }
}

/** The alert that a decision makes; undefined where it passed. The same event always makes the same alert. */
export function alertOf(decision: Decision): Alert | undefined {
  if (decision.outcome === 'pass') return undefined
  const { detector, event, score, threshold, modelVersion, reasons } = decision
  return {
    id: stableId('al', detector, event.id),
    detector,
    eventId: event.id,
    eventTime: event.time,
    groupKey: event.entity ?? event.id,
    entity: event.entity,
    amount: event.amount,
    score,
    threshold,
    modelVersion,
    reasons,
  }
}

/** A row of the outbox, due at once; its id is the same however often it is made. */
export function deliveryOf(alert: Alert, receiver: string, url: string, now: number): Delivery {
  return {
    id: stableId('dl', alert.id, receiver),
    receiver,
    message: { kind: 'alert', alert, urls: { alert: url } },
    state: 'pending',
    attempts: 0,
    nextAttemptAt: now,
    reason: null,
  }
}

// Event time of the newest alert of each group that a receiver was told of.
class Told {
  readonly #byReceiver = new Map<string, Map<string, number>>()

  /** True where the receiver should hear of the alert, and from then on counts as told. */
  tell(alert: Alert, { name, groupForMs }: AlertReceiver): boolean {
    if (groupForMs <= 0) return true
    const last = this.#byReceiver.get(name)?.get(alert.groupKey)
    if (last !== undefined && Math.abs(alert.eventTime - last) < groupForMs) return false
    this.remember(name, alert)
    return true
  }

  remember(receiver: string, { groupKey, eventTime }: Alert): void {
    const groups = this.#byReceiver.get(receiver) ?? new Map<string, number>()
    this.#byReceiver.set(receiver, groups)
    const last = groups.get(groupKey) ?? Number.NEGATIVE_INFINITY
    // Taken out and put in again: a Map iterates in the order of insertion, so its first key is the one told longest ago.
    groups.delete(groupKey)
    groups.set(groupKey, Math.max(last, eventTime))
    if (groups.size > maxGroups) groups.delete(groups.keys().next().value!)
  }
}

async function recentAlerts({ alerts, detector, receivers }: AlertingOptions): Promise<AlertView[]> {
  const spanMs = Math.max(0, ...receivers.map(({ groupForMs }) => groupForMs))
  const [newest] = spanMs > 0 ? await alerts({ detector, limit: 1 }) : []
  if (!newest) return []
  const recent: AlertView[] = []
  for (;;) {
    const last = recent.at(-1)
    const range = { detector, from: newest.eventTime - spanMs, limit: pageSize }
    const page = await alerts(last ? { ...range, before: last.id } : range)
    recent.push(...page)
    if (page.length < pageSize || recent.length >= maxGroups) return recent
  }
}
