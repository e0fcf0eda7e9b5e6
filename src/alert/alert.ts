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

type Alerted = {
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
  /** The newest event time that the partition has come to, ms; -Infinity at its first start. */
  readonly reachedTime: number
  /** The store's alerts, newest event time first. */
  readonly alerts: (query: {
    readonly detector: string
    readonly from?: number
    readonly to?: number
    readonly limit?: number
    readonly before?: string
  }) => Promise<readonly AlertView[]>
}

/** So many groups are remembered for each receiver; the one told longest ago is forgotten first, and may be told again. */
const maxGroups = 10_000
const pageSize = 1000

/**
 * Starts from what the store says was told already, so that a restart (or a worker that takes over) groups as if
 * nothing had happened. An alert whose event comes more than the grouping span behind the newest event may, after a
 * restart, be told once more; none is ever kept back that was not told.
 */
export async function openAlerting(options: AlertingOptions): Promise<Alerting> {
  const { receivers, urlOf, clock } = options
  const told = new Told()
  for (const alert of (await recentAlerts(options)).reverse())
    for (const { receiver } of alert.deliveries) told.remember(receiver, alert)
  return (decisions) => {
    const alerts = decisions.map(alertOf).filter((alert) => alert !== undefined)
    const due = alerts.flatMap((alert) => receivers.map((receiver) => ({ alert, receiver })))
    const heard = due.filter(({ alert, receiver }) => told.tell(alert, receiver))
    const now = clock.now()
    const deliveries = heard.map(({ alert, receiver }) => deliveryOf(alert, receiver.name, urlOf(alert.id), now))
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

// An event may come a span behind the newest one, and its group's last message may lie a span before it: twice the span.
async function recentAlerts({ alerts, detector, receivers, reachedTime }: AlertingOptions): Promise<AlertView[]> {
  const spanMs = Math.max(0, ...receivers.map(({ groupForMs }) => groupForMs))
  if (spanMs === 0 || reachedTime === Number.NEGATIVE_INFINITY) return []
  const range = { detector, from: reachedTime - 2 * spanMs, to: reachedTime + 1, limit: pageSize }
  const recent: AlertView[] = []
  for (;;) {
    const last = recent.at(-1)
    const page = await alerts(last ? { ...range, before: last.id } : range)
    recent.push(...page)
    if (page.length < pageSize || recent.length >= maxGroups) return recent
  }
}
