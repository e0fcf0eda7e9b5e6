// A few differences in, whole decisions, alerts, deliveries and batches out: what the store's tests write.

import type { Alert, Delivery } from '../../src/core/alert.ts'
import type { DeadLetter, Decision } from '../../src/core/decision.ts'
import type { Event } from '../../src/core/event.ts'
import type { BatchResult, ClosedDay, InboxMessage, Store } from '../../src/store/store.ts'

export const detector = 'card-fraud'
export const minuteMs = 60_000
/** 2026-11-22T00:00:00Z, a whole minute. */
export const start = Date.UTC(2026, 10, 22)

type DecisionParts = Partial<Omit<Decision, 'event'>> & { readonly event?: Partial<Event> }

export function decision(id: string, { event, ...parts }: DecisionParts = {}): Decision {
  return {
    detector,
    event: { id, time: start, entity: 'card-1', amount: 10, fields: { amount: 10, country: 'DE' }, ...event },
    score: 0.01,
    threshold: 0.9,
    outcome: 'pass',
    modelVersion: 1,
    vector: new Float32Array([10, 0.1, Number.NaN]),
    reasons: [],
    partition: 0,
    position: 0,
    isLate: false,
    ...parts,
  }
}

const reason = {
  feature: 'amount',
  value: 812.4,
  contribution: 2.5,
  text: 'amount 812.40 is high (usual: 4.10 to 96.00)',
}

export function alerting(id: string, { event, ...parts }: DecisionParts = {}): Decision {
  const amount = { amount: 812.4, ...event }
  return decision(id, { score: 0.97, outcome: 'alert', reasons: [reason], event: amount, ...parts })
}

export function alertOf({ event, score, threshold, modelVersion, reasons, ...of }: Decision): Alert {
  return {
    id: `al_${event.id}`,
    detector: of.detector,
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

export function deliveryOf(alert: Alert, receiver: string, parts: Partial<Delivery> = {}): Delivery {
  return {
    id: `${alert.id}-${receiver}`,
    receiver,
    message: { kind: 'alert', alert, urls: { alert: `http://localhost/alerts/${alert.id}` } },
    state: 'pending',
    attempts: 0,
    nextAttemptAt: start,
    reason: null,
    ...parts,
  }
}

/** The decisions, with an alert and a delivery to `inbox` for each that alerts; one record of the stream for each. */
export function batch(expected: number, decisions: readonly Decision[], parts: Partial<BatchResult> = {}): BatchResult {
  const alerts = decisions.filter(({ outcome }) => outcome === 'alert').map(alertOf)
  return {
    detector,
    partition: 0,
    expected,
    next: expected + decisions.length,
    watermark: Math.max(Number.NEGATIVE_INFINITY, ...decisions.map(({ event }) => event.time)),
    decisions,
    deadLetters: [],
    alerts,
    deliveries: alerts.map((alert) => deliveryOf(alert, 'inbox')),
    duplicates: 0,
    ...parts,
  }
}

export function deadLetter(position: number, parts: Partial<DeadLetter> = {}): DeadLetter {
  const bytes = Buffer.from('{"amount": "many"}')
  return { detector, partition: 0, position, bytes, code: 'EVENT_FIELD_TYPE', reason: 'amount is text', ...parts }
}

export function inboxMessage(id: string, parts: Partial<InboxMessage> = {}): InboxMessage {
  return { id, receivedAt: start, subject: `about ${id}`, text: 'text', html: '<p>text</p>', alertId: null, ...parts }
}

const sum = (counts: readonly { readonly events: number }[]) => counts.reduce((all, { events }) => all + events, 0)

/** Closes the day with the numbers that the store has now. */
export async function closeDay(store: Store, day: ClosedDay, deliveries: readonly Delivery[] = []) {
  const startsAt = day.end - 24 * 60 * minuteMs
  const events = sum(await store.rollups(day.detector, startsAt, day.end))
  const lateArrivals = sum(await store.lateArrivals(day.detector, null))
  return store.closeDay(day, deliveries, { start: startsAt, events, lateArrivals })
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
