// Hours counted by bin in, how far the score and each feature have moved from training and from the same weekday out: numbers only.

import { type Binning, binsOf, takeApart } from '../core/binning.ts'
import { type Day, dayOf } from '../core/day.ts'
import { shifted } from './usual.ts'

/** An hour's counts; a part of the store's sketch. */
export type HourSketch = {
  /** ms. */
  readonly hour: number
  readonly modelVersion: number
  readonly events: number
  readonly expected: number
  readonly expectedInAlerts: number
  readonly counts: Uint32Array
}

type Shares = { readonly shares: readonly number[] }
/** A part of the artifact. */
type Baseline = {
  readonly rows: number
  readonly scoreRows: number
  readonly score: Binning['score'] & Shares
  readonly features: readonly (Binning['features'][number] & Shares)[]
  readonly importance: readonly number[]
}

type FeatureName =
  | { readonly name: string; readonly kind: 'number' }
  | { readonly name: string; readonly kind: 'category'; readonly dictionary: readonly string[] }

export type DriftFacts = {
  readonly timeZone: string
  /** The version whose bins these are. */
  readonly modelVersion: number
  readonly features: readonly FeatureName[]
  readonly baseline: Baseline
  /** Of any version; only those of `modelVersion` count. */
  readonly sketches: readonly HourSketch[]
  /** The last day that counts, and how many days before it are looked at. */
  readonly until: Day
  readonly days: number
  /** How many of them, up to the last, are called now. */
  readonly recentDays: number
}

/** `unknown`: too few events to tell a shift from chance, or only a part of a day, whose hours are not those of a whole one. */
export type Severity = 'steady' | 'shifted' | 'drifted' | 'unknown'

export type Shift = {
  /** Population stability index; null where one side has no events. */
  readonly psi: number | null
  /** What it would be below, 19 times out of 20, if nothing had changed. */
  readonly chance: number | null
  readonly severity: Severity
}

export type FeatureDrift = {
  readonly name: string
  /** Share of all importance, 0..1; null for the score. */
  readonly importance: number | null
  /** Of the recent days: against training (of the score: the test period), and against the same weekdays before. */
  readonly fromTraining: Shift
  readonly fromWeekdays: Shift
  readonly byDay: readonly { readonly day: Day; readonly psi: number | null; readonly severity: Severity }[]
  /** Named, with shares: then, and of the recent days (null without events). The last two of a category: others, missing. */
  readonly bins: readonly { readonly name: string; readonly trained: number; readonly now: number | null }[]
}

export type Drift = {
  readonly modelVersion: number
  readonly from: Day
  readonly to: Day
  readonly recentDays: number
  /** Events of the recent days, and of the same weekdays before that they are held against. */
  readonly events: number
  readonly weekdayEvents: number
  readonly score: FeatureDrift
  /** What matters first: drift times importance. */
  readonly features: readonly FeatureDrift[]
}

/** Siddiqi 2006: under .1 a population is steady, from .25 on it is another one. */
const shiftedFrom = 0.1
const driftedFrom = 0.25
const weeksBefore = 4
const wholeFrom = 0.75

/** Hours are of UTC: where a zone's day begins at a half hour, the hour of midnight counts for the day that it begins in. */
export function driftOf(facts: DriftFacts): Drift {
  const { baseline, features, until, days, recentDays, modelVersion } = facts
  const byDay = countsByDay(facts)
  const isPart = partsOfDays(facts)
  const recent = lastDays(until, recentDays)
  const now = added(recent, byDay)
  const before = added(recent.flatMap(weekdaysBefore), byDay)
  const all = lastDays(until, days)
  const total = baseline.importance.reduce((sum, one) => sum + one, 0)
  const driftAt = (place: number): FeatureDrift => {
    const isScore = place === 0
    const bins = isScore ? baseline.score : baseline.features[place - 1]!
    const then = { shares: bins.shares, events: isScore ? baseline.scoreRows : baseline.rows }
    const feature = features[place - 1]
    const [own, earlier] = [now[place], before[place]]
    return {
      name: feature?.name ?? 'score',
      importance: isScore || total === 0 ? null : baseline.importance[place - 1]! / total,
      fromTraining: shiftOf(then, sample(own)),
      fromWeekdays: shiftOf(sample(earlier), sample(own)),
      byDay: all.map((day) => {
        const { psi, severity } = shiftOf(then, sample(byDay.get(day)?.[place]))
        return { day, psi, severity: isPart(day) ? 'unknown' : severity }
      }),
      bins: namedBins(bins, feature).map((name, bin) => ({
        name,
        trained: bins.shares[bin]!,
        now: own && sum(own) > 0 ? own[bin]! / sum(own) : null,
      })),
    }
  }
  return {
    ...{ modelVersion, from: all[0]!, to: until, recentDays },
    events: now[0] ? sum(now[0]) : 0,
    weekdayEvents: before[0] ? sum(before[0]) : 0,
    score: driftAt(0),
    features: features.map((_, place) => driftAt(place + 1)).sort(byWeight),
  }
}

/** First and last day that facts must hold sketches of, so that the same weekdays before are there. */
export function driftRange(until: Day, days: number, recentDays: number): { from: Day; to: Day } {
  return { from: shifted(until, -Math.max(days - 1, 7 * weeksBefore + recentDays - 1)), to: until }
}

type Sample = { readonly shares: readonly number[]; readonly events: number }

/**
 * The population stability index: over all bins, (now − then) × ln(now / then). Half an event is added to each bin, so that an empty one
 * is no infinity. Where nothing has changed, it is about a chi-square of (bins − 1) over the events; while that alone could reach the
 * first limit, nothing is said.
 */
export function shiftOf(then: Sample | null, now: Sample | null): Shift {
  if (!then || !now || then.events === 0 || now.events === 0) return { psi: null, chance: null, severity: 'unknown' }
  const held = then.shares.map((share, bin) => share > 0 || now.shares[bin]! > 0)
  const bins = held.filter(Boolean).length
  const smooth = ({ shares, events }: Sample, bin: number) => (shares[bin]! * events + 0.5) / (events + 0.5 * bins)
  let psi = 0
  for (let bin = 0; bin < held.length; bin++) {
    if (!held[bin]) continue
    const [a, b] = [smooth(then, bin), smooth(now, bin)]
    psi += (b - a) * Math.log(b / a)
  }
  const freedom = Math.max(1, bins - 1)
  const chance = (1 / now.events + 1 / then.events) * (freedom + 1.645 * Math.sqrt(2 * freedom))
  return { psi, chance, severity: severityOf(psi, chance) }
}

function severityOf(psi: number, chance: number): Severity {
  if (chance > shiftedFrom) return 'unknown'
  if (psi < shiftedFrom) return 'steady'
  return psi < driftedFrom ? 'shifted' : 'drifted'
}

function byWeight(a: FeatureDrift, b: FeatureDrift): number {
  const weight = ({ fromTraining, importance }: FeatureDrift) => (fromTraining.psi ?? 0) * (importance ?? 0)
  return weight(b) - weight(a) || (b.fromTraining.psi ?? 0) - (a.fromTraining.psi ?? 0) || (a.name < b.name ? -1 : 1)
}

function countsByDay({ sketches, modelVersion, timeZone, baseline }: DriftFacts): Map<Day, Uint32Array[]> {
  const days = new Map<Day, Uint32Array>()
  for (const { hour, counts, modelVersion: of } of sketches) {
    if (of !== modelVersion) continue
    const day = dayOf(hour, timeZone)
    const held = days.get(day)
    if (!held) days.set(day, counts.slice())
    else for (let bin = 0; bin < held.length; bin++) held[bin]! += counts[bin]!
  }
  return new Map([...days].map(([day, counts]) => [day, takeApart(counts, baseline)]))
}

/** Whether a day has events in far fewer hours than the fullest one (of a single day: than there are): it began, or goes on. */
export function partsOfDays({
  sketches,
  modelVersion,
  timeZone,
}: Pick<DriftFacts, 'sketches' | 'modelVersion' | 'timeZone'>): (day: Day) => boolean {
  const hours = new Map<Day, number>()
  for (const { hour, modelVersion: of } of sketches) {
    if (of !== modelVersion) continue
    const day = dayOf(hour, timeZone)
    hours.set(day, (hours.get(day) ?? 0) + 1)
  }
  const fullest = hours.size > 1 ? Math.max(...hours.values()) : 24
  return (day) => (hours.get(day) ?? 0) < wholeFrom * fullest
}

function lastDays(until: Day, days: number): Day[] {
  return Array.from({ length: days }, (_, i) => shifted(until, i - days + 1))
}

function weekdaysBefore(day: Day): Day[] {
  return Array.from({ length: weeksBefore }, (_, week) => shifted(day, -7 * (week + 1)))
}

function added(days: readonly Day[], byDay: ReadonlyMap<Day, Uint32Array[]>): (Uint32Array | undefined)[] {
  const held = [...new Set(days)].map((day) => byDay.get(day)).filter((counts) => counts !== undefined)
  if (held.length === 0) return []
  return held[0]!.map((first, place) => first.map((_, bin) => held.reduce((all, day) => all + day[place]![bin]!, 0)))
}

function sample(counts: Uint32Array | undefined): Sample | null {
  if (!counts) return null
  const events = sum(counts)
  return { shares: Array.from(counts, (count) => (events === 0 ? 0 : count / events)), events }
}

function sum(counts: Uint32Array): number {
  return counts.reduce((all, one) => all + one, 0)
}

function namedBins(bins: Binning['features'][number], feature: FeatureName | undefined): string[] {
  if (bins.kind === 'category') {
    const dictionary = feature?.kind === 'category' ? feature.dictionary : []
    return [...bins.places.map((place) => dictionary[place] ?? String(place)), 'all others', 'missing or new']
  }
  const { edges } = bins
  // Of the score, which has no feature, two digits say enough.
  const words = (edge: number) => number(edge, feature ? 4 : 2)
  if (edges.length === 0) return ['any number', 'missing']
  const names = edges.map((edge, i) => (i === 0 ? `up to ${words(edge)}` : `${words(edges[i - 1]!)} to ${words(edge)}`))
  const all = [...names, `over ${words(edges.at(-1)!)}`, 'missing']
  return all.slice(0, binsOf(bins))
}

/** @example number(12345.678) === '12350' */
function number(value: number, digits = 4): string {
  const rounded = Number(value.toPrecision(digits))
  // Scores near 0: without an exponent.
  return Math.abs(rounded) < 1e-4 && rounded !== 0 ? rounded.toFixed(6).replace(/\.?0+$/, '') : String(rounded)
}
