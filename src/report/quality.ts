// People's answers by hour and score in, how right the alerts were, day by day and week by week, out: numbers only.

import { type Day, dayOf } from '../core/day.ts'
import type { Label } from '../core/event.ts'
import { type Proportion, wilson } from '../core/proportion.ts'
import { shifted } from './usual.ts'

/** A part of the store's. */
export type AnsweredEvents = {
  /** ms. */
  readonly hour: number
  readonly modelVersion: number
  readonly outcome: 'alert' | 'pass'
  readonly label: Label | null
  /** Of the score, 0..9. */
  readonly tenth: number
  readonly events: number
  readonly expected: number
}

export type QualityFacts = {
  readonly timeZone: string
  readonly answered: readonly AnsweredEvents[]
  /** Sums of scores by hour: what the model itself expects. */
  readonly expected: readonly { readonly hour: number; readonly expected: number; readonly expectedInAlerts: number }[]
  /** The last day that counts, and how many there are. */
  readonly until: Day
  readonly days: number
}

type Answers = {
  readonly alerts: number
  readonly anomalies: number
  readonly normals: number
  /** Share of the alerts that have an answer; null where there were none. */
  readonly answeredShare: number | null
  /** Enough of the alerts are answered that the rest would not change the picture much. */
  readonly isMature: boolean
  /** Of the answered alerts, with its 95 % interval; null before the first answer. */
  readonly precision: Proportion | null
}

type Calibration = {
  /** Scores in [from, to). */
  readonly from: number
  readonly to: number
  readonly events: number
  readonly anomalies: number
  /** Mean score. */
  readonly predicted: number
  readonly found: Proportion
}

export type Quality = Answers & {
  readonly from: Day
  readonly to: Day
  /** Precision, if every alert without an answer were normal, or an anomaly; null without alerts. */
  readonly bounds: { readonly low: number; readonly high: number } | null
  readonly byDay: readonly (Answers & { readonly day: Day })[]
  /** Weeks by their Monday. */
  readonly byWeek: readonly (Answers & { readonly week: Day })[]
  readonly recall: {
    /** Of the anomalies that people know of: those that alerted. Null unless events that passed have labels: of alerts alone it would always be 1. */
    readonly known:
      | (Proportion & { readonly anomalies: number; readonly caught: number; readonly labelledPasses: number })
      | null
    /** By the model's own scores: the anomalies it expects in alerts, among all it expects. As right as its calibration. */
    readonly expected: { readonly value: number; readonly missed: number; readonly all: number } | null
  }
  /** Where events have answers. */
  readonly calibration: readonly Calibration[]
}

/** From so many of the alerts answered on a day counts as mature. */
const matureShare = 0.8

/** Pure: the same facts give the same value, in whatever order they come. */
export function qualityOf(facts: QualityFacts): Quality {
  const { until, days, timeZone } = facts
  const all = Array.from({ length: days }, (_, i) => shifted(until, i - days + 1))
  const held = new Set(all)
  const dayOfHour = rememberingDays(timeZone)
  const answered = facts.answered.filter(({ hour }) => held.has(dayOfHour(hour)))
  const alerts = answered.filter(({ outcome }) => outcome === 'alert')
  const byDay = Map.groupBy(alerts, ({ hour }) => dayOfHour(hour))
  const byWeek = Map.groupBy(alerts, ({ hour }) => mondayOf(dayOfHour(hour)))
  const expected = facts.expected.filter(({ hour }) => held.has(dayOfHour(hour)))
  const whole = answersOf(alerts)
  return {
    ...{ from: all[0]!, to: until, ...whole },
    bounds: boundsOf(whole),
    byDay: all.map((day) => ({ day, ...answersOf(byDay.get(day) ?? []) })),
    byWeek: [...new Set(all.map(mondayOf))].map((week) => ({ week, ...answersOf(byWeek.get(week) ?? []) })),
    recall: { known: knownRecall(answered), expected: expectedRecall(expected) },
    calibration: calibrationOf(answered),
  }
}

function answersOf(alerts: readonly AnsweredEvents[]): Answers {
  const of = (label: Label | null) => count(alerts.filter((one) => one.label === label))
  const [anomalies, normals, all] = [of('anomaly'), of('normal'), count(alerts)]
  const answeredShare = all === 0 ? null : (anomalies + normals) / all
  return {
    ...{ alerts: all, anomalies, normals, answeredShare },
    isMature: answeredShare !== null && answeredShare >= matureShare,
    precision: wilson(anomalies, anomalies + normals),
  }
}

function boundsOf({ alerts, anomalies, normals }: Answers): Quality['bounds'] {
  return alerts === 0 ? null : { low: anomalies / alerts, high: (alerts - normals) / alerts }
}

function knownRecall(answered: readonly AnsweredEvents[]): Quality['recall']['known'] {
  const passes = answered.filter(({ outcome }) => outcome === 'pass')
  const anomalies = answered.filter(({ label }) => label === 'anomaly')
  const caught = count(anomalies.filter(({ outcome }) => outcome === 'alert'))
  const share = wilson(caught, count(anomalies))
  return passes.length === 0 || !share
    ? null
    : { ...share, anomalies: count(anomalies), caught, labelledPasses: count(passes) }
}

function expectedRecall(hours: QualityFacts['expected']): Quality['recall']['expected'] {
  const all = hours.reduce((sum, { expected }) => sum + expected, 0)
  const inAlerts = hours.reduce((sum, { expectedInAlerts }) => sum + expectedInAlerts, 0)
  return all === 0 ? null : { value: inAlerts / all, missed: all - inAlerts, all }
}

// An answer for events that passed says little of events like them: whoever labels them has looked for anomalies. Only alerts count.
function calibrationOf(answered: readonly AnsweredEvents[]): Calibration[] {
  const known = answered.filter(({ label, outcome }) => label !== null && outcome === 'alert')
  return Array.from({ length: 10 }, (_, tenth) => {
    const own = known.filter((one) => one.tenth === tenth)
    const [events, anomalies] = [count(own), count(own.filter(({ label }) => label === 'anomaly'))]
    const found = wilson(anomalies, events)
    if (!found) return []
    const predicted = own.reduce((sum, { expected }) => sum + expected, 0) / events
    return [{ from: tenth / 10, to: (tenth + 1) / 10, events, anomalies, predicted, found }]
  }).flat()
}

function count(answered: readonly AnsweredEvents[]): number {
  return answered.reduce((sum, { events }) => sum + events, 0)
}

/** @example mondayOf('2026-03-03') === '2026-03-02' */
function mondayOf(day: Day): Day {
  return shifted(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7))
}

// Which day an hour belongs to costs some microseconds, and there are many rows of the same hour.
function rememberingDays(timeZone: string): (hour: number) => Day {
  const known = new Map<number, Day>()
  return (hour) => {
    const day = known.get(hour) ?? dayOf(hour, timeZone)
    known.set(hour, day)
    return day
  }
}
