// What one day's rollups, alerts and counts say → the day's summary: numbers only, the same for the same facts.

import type { AlertView } from '../core/alert.ts'
import { type Day, dayOf, hourOf } from '../core/day.ts'
import type { Reason } from '../core/decision.ts'
import type { Label } from '../core/event.ts'
import type { HeldCount } from '../core/held.ts'
import { type Proportion, wilson } from '../core/proportion.ts'
import type { Health } from './health.ts'
import { type DayFigures, type Usual, usualOf } from './usual.ts'

/** Counts of one minute of event time; a part of the store's rollup. */
export type MinuteCounts = {
  /** Start of the minute, ms. */
  readonly minute: number
  readonly modelVersion: number
  readonly events: number
  readonly amount: number
  /** Events by score, 20 equal bins over 0..1. */
  readonly scoreHistogram: readonly number[]
}

/** Days without one event that got no page of their own. */
export type SkippedDays = { readonly from: Day; readonly to: Day; readonly days: number }

/** All that is known of one day. */
export type DayFacts = {
  readonly detector: string
  readonly day: Day
  readonly timeZone: string
  readonly isClosed: boolean
  /** Whether the detector declares an amount column. */
  readonly hasAmount: boolean
  /** Of the day's minutes. */
  readonly rollups: readonly MinuteCounts[]
  /** All alerts of the day, with their labels so far. */
  readonly alerts: readonly AlertView[]
  /** Events that came after their days had closed, not yet told on another page. */
  readonly lateArrivals: readonly { readonly eventTime: number; readonly events: number }[]
  readonly deadLetters: number
  /** Alerts of the day that policies did not tell at once. */
  readonly held: readonly HeldCount[]
  readonly skippedDays: SkippedDays | null
  /** Figures of the days before, as far as they are closed. */
  readonly before: readonly DayFigures[]
  /** Null where no model is there to judge. */
  readonly health?: Health | null
}

/** An alert as a summary keeps it: instants as ISO 8601, labels and deliveries as they stood. */
export type SummaryAlert = {
  readonly id: string
  readonly detector: string
  readonly eventId: string
  readonly eventTime: string
  readonly groupKey: string
  readonly entity: string | null
  readonly amount: number | null
  readonly score: number
  readonly threshold: number
  readonly modelVersion: number
  readonly reasons: readonly Reason[]
  readonly label: Label | null
  readonly labelledBy: string | null
  readonly labelledAt: string | null
  readonly deliveries: AlertView['deliveries']
}

/** What happened on one day, in numbers. */
export type DaySummary = {
  readonly detector: string
  readonly day: Day
  readonly timeZone: string
  readonly isClosed: boolean
  readonly events: number
  readonly alerts: number
  /** Sum of amounts of all events, and of alerting ones (money at risk); null without an amount column. */
  readonly amount: number | null
  readonly amountAtRisk: number | null
  /** Events by score, 20 equal bins over 0..1. */
  readonly scoreHistogram: readonly number[]
  /** By hour of the day in the time zone, 24 of each. An hour that the clocks repeat counts both times. */
  readonly eventsByHour: readonly number[]
  readonly alertsByHour: readonly number[]
  /** Features that raised alerts most often, with in how many alerts they were among the three strongest. */
  readonly strongestReasons: readonly { readonly feature: string; readonly alerts: number; readonly example: string }[]
  /** Entities with the most money at risk in their alerts (the most alerts where there are no amounts); only those with more than one alert. */
  readonly topEntities: readonly TopEntity[]
  /** Highest score first, then highest amount. */
  readonly topAlerts: readonly SummaryAlert[]
  readonly labels: {
    readonly anomaly: number
    readonly normal: number
    readonly unlabelled: number
    /** Share of anomalies among the labelled alerts, with its 95 % Wilson interval; null before the first label. */
    readonly precision: Proportion | null
  }
  readonly lateArrivals: readonly { readonly day: Day; readonly events: number }[]
  readonly deadLetters: number
  readonly modelVersions: readonly number[]
  /** Messages about the day's alerts that were given up. */
  readonly undelivered: number
  /** Alerts of the day that were not told at once, by policy and reason, as far as it was decided when the summary was made. */
  readonly held: readonly HeldCount[]
  readonly skippedDays: SkippedDays | null
  /** What the figures are held against; null where too few days came before. */
  readonly usual: Usual | null
  /** How the model fares; null where there was none to judge. */
  readonly health: Health | null
}

type TopEntity = {
  readonly entity: string
  readonly alerts: number
  /** Sum over its alerts; null without an amount column. */
  readonly amountAtRisk: number | null
  readonly highestScore: number
}

const scoreBins = 20
const maxReasons = 8
const maxTopAlerts = 20
const maxTopEntities = 8
const reasonsPerAlert = 3

/** The summary of a day. Pure: the same facts give the same value, in whatever order rollups and alerts come. */
export function summarizeDay(facts: DayFacts): DaySummary {
  const { detector, day, timeZone, isClosed, hasAmount, rollups, deadLetters, skippedDays } = facts
  const alerts = [...facts.alerts].sort(byImportance)
  return {
    detector,
    day,
    timeZone,
    isClosed,
    events: sum(rollups, ({ events }) => events),
    alerts: alerts.length,
    amount: hasAmount ? withoutNoise(sum([...rollups].sort(byMinute), ({ amount }) => amount)) : null,
    amountAtRisk: hasAmount ? withoutNoise(sum(alerts, ({ amount }) => amount ?? 0)) : null,
    scoreHistogram: bins(scoreBins, (bin) => sum(rollups, ({ scoreHistogram }) => scoreHistogram[bin] ?? 0)),
    eventsByHour: byHour(rollups, timeZone, ({ minute, events }) => [minute, events]),
    alertsByHour: byHour(alerts, timeZone, ({ eventTime }) => [eventTime, 1]),
    strongestReasons: strongestReasons(alerts),
    topEntities: topEntities(alerts, hasAmount),
    topAlerts: alerts.slice(0, maxTopAlerts).map(summaryAlert),
    labels: labelCounts(alerts),
    lateArrivals: byDay(facts.lateArrivals, timeZone),
    deadLetters,
    modelVersions: [...new Set(rollups.map(({ modelVersion }) => modelVersion))].sort((a, b) => a - b),
    undelivered: sum(alerts, ({ deliveries }) => deliveries.filter(({ state }) => state === 'dead').length),
    held: facts.held,
    skippedDays,
    usual: usualOf(day, facts.before),
    health: facts.health ?? null,
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}

// Sums of money end in noise such as 0.30000000000000004; a ten-thousandth is finer than any currency's unit.
function withoutNoise(amount: number): number {
  return Math.round(amount * 10_000) / 10_000
}

function bins(length: number, of: (bin: number) => number): number[] {
  return Array.from({ length }, (_, bin) => of(bin))
}

function byMinute(a: MinuteCounts, b: MinuteCounts): number {
  return a.minute - b.minute || a.modelVersion - b.modelVersion
}

function byImportance(a: AlertView, b: AlertView): number {
  return b.score - a.score || (b.amount ?? 0) - (a.amount ?? 0) || a.eventTime - b.eventTime || byText(a.id, b.id)
}

// Not localeCompare: its order changes with the machine's locale and ICU.
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function byHour<T>(
  items: readonly T[],
  timeZone: string,
  count: (item: T) => readonly [timeMs: number, n: number],
): number[] {
  const hours = bins(24, () => 0)
  for (const item of items) {
    const [timeMs, n] = count(item)
    hours[hourOf(timeMs, timeZone)]! += n
  }
  return hours
}

function strongestReasons(alerts: readonly AlertView[]): DaySummary['strongestReasons'] {
  const found = new Map<string, { feature: string; alerts: number; example: string }>()
  for (const { reasons } of alerts)
    for (const { feature, text } of reasons.slice(0, reasonsPerAlert).filter(({ contribution }) => contribution > 0)) {
      // Alerts come strongest first, so the first text is the best example.
      const entry = found.get(feature) ?? { feature, alerts: 0, example: text }
      entry.alerts++
      found.set(feature, entry)
    }
  return [...found.values()].sort((a, b) => b.alerts - a.alerts || byText(a.feature, b.feature)).slice(0, maxReasons)
}

function topEntities(alerts: readonly AlertView[], hasAmount: boolean): TopEntity[] {
  const found = new Map<string, AlertView[]>()
  for (const alert of alerts)
    if (alert.entity !== null) found.set(alert.entity, [...(found.get(alert.entity) ?? []), alert])
  return [...found]
    .filter(([, own]) => own.length > 1)
    .map(([entity, own]) => ({
      entity,
      alerts: own.length,
      amountAtRisk: hasAmount ? withoutNoise(sum(own, ({ amount }) => amount ?? 0)) : null,
      highestScore: Math.max(...own.map(({ score }) => score)),
    }))
    .sort((a, b) => (b.amountAtRisk ?? 0) - (a.amountAtRisk ?? 0) || b.alerts - a.alerts || byText(a.entity, b.entity))
    .slice(0, maxTopEntities)
}

function summaryAlert(alert: AlertView): SummaryAlert {
  const { eventTime, labelledAt, ...rest } = alert
  return {
    ...rest,
    eventTime: new Date(eventTime).toISOString(),
    labelledAt: labelledAt === null ? null : new Date(labelledAt).toISOString(),
  }
}

function labelCounts(alerts: readonly AlertView[]): DaySummary['labels'] {
  const anomaly = alerts.filter(({ label }) => label === 'anomaly').length
  const normal = alerts.filter(({ label }) => label === 'normal').length
  return { anomaly, normal, unlabelled: alerts.length - anomaly - normal, precision: wilson(anomaly, anomaly + normal) }
}

function byDay(late: DayFacts['lateArrivals'], timeZone: string): DaySummary['lateArrivals'] {
  const days = new Map<Day, number>()
  for (const { eventTime, events } of late) {
    const day = dayOf(eventTime, timeZone)
    days.set(day, (days.get(day) ?? 0) + events)
  }
  return [...days].map(([day, events]) => ({ day, events })).sort((a, b) => byText(a.day, b.day))
}
