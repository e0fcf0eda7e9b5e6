// New decisions in, counts by minute out: what dashboards and daily pages read in place of the decisions themselves.

import type { Decision } from '../core/decision.ts'
import { type Database, type Insertion, insert, type Statement, statement, type Work } from './database.ts'
import type { Rollup, Store } from './store.ts'

const minuteMs = 60_000
const bins = 20

type Row = {
  readonly minute: number
  readonly model_version: number
  readonly events: number
  readonly alerts: number
  readonly amount: number
  readonly alert_amount: number
  readonly score_histogram: string
}

const columns = 'minute, model_version, events, alerts, amount, alert_amount, score_histogram'
const range = statement<Row>(`
  select ${columns} from rollup where detector = ? and minute >= ? and minute < ? order by minute, model_version, part`)

// A row for each partition, so that workers of several partitions do not wait for each other.
const rollups: Insertion = {
  table: 'rollup',
  columns: {
    detector: 'text',
    part: 'integer',
    minute: 'number',
    model_version: 'integer',
    events: 'integer',
    alerts: 'integer',
    amount: 'number',
    alert_amount: 'number',
    score_histogram: 'text',
  },
  key: ['detector', 'minute', 'model_version', 'part'],
  update: ['events', 'alerts', 'amount', 'alert_amount', 'score_histogram']
    .map((name) => `${name} = excluded.${name}`)
    .join(', '),
}
const late: Insertion = {
  table: 'late',
  columns: { detector: 'text', told_by: 'text', minute: 'number', events: 'integer' },
  key: ['detector', 'told_by', 'minute'],
  update: 'events = late.events + excluded.events',
}

/** Minutes of all partitions, added up. */
export function rollupReader(db: Database): Store['rollups'] {
  return async (detector, from, to) => {
    const merged: Growing[] = []
    for (const rollup of (await db.read(range.all(detector, from, to))).map(rollupOf)) {
      const last = merged.at(-1)
      if (last?.minute === rollup.minute && last.modelVersion === rollup.modelVersion) merge(last, rollup)
      else merged.push(rollup)
    }
    return merged
  }
}

export type RollupWriter = (detector: string, part: number, decisions: readonly Decision[]) => Work<number>

/** Adds decisions to their minutes, within a transaction; late ones to the late arrivals. Answers how many were late. */
export function rollupWriter(db: Database): RollupWriter {
  const stored = statement<Row>(
    `select ${columns} from rollup where detector = ? and part = ? and minute in ${db.dialect.numbers}`,
  )
  return function* (detector, part, decisions) {
    const onTime = decisions.filter(({ isLate }) => !isLate)
    yield* addLate(
      detector,
      decisions.filter(({ isLate }) => isLate),
    )
    yield* addOnTime(stored, detector, part, onTime)
    return decisions.length - onTime.length
  }
}

function* addLate(detector: string, decisions: readonly Decision[]): Work<void> {
  const byMinute = [...Map.groupBy(decisions, ({ event }) => minuteOf(event.time))].sort(([a], [b]) => a - b)
  yield* insert(
    late,
    byMinute.map(([minute, some]) => [detector, '', minute, some.length]),
  )
}

function* addOnTime(
  stored: Statement<Row>,
  detector: string,
  part: number,
  decisions: readonly Decision[],
): Work<void> {
  if (decisions.length === 0) return
  const minutes = new Set(decisions.map(({ event }) => minuteOf(event.time)))
  const growing = new Map<string, Growing>()
  for (const row of yield* stored.all(detector, part, JSON.stringify([...minutes])))
    growing.set(keyOf(row.minute, row.model_version), rollupOf(row))
  for (const decision of decisions) {
    const minute = minuteOf(decision.event.time)
    const key = keyOf(minute, decision.modelVersion)
    const rollup = growing.get(key) ?? empty(minute, decision.modelVersion)
    growing.set(key, rollup)
    add(rollup, decision)
  }
  yield* insert(
    rollups,
    [...growing.values()].map(({ minute, modelVersion, events, alerts, amount, alertAmount, scoreHistogram }) => [
      ...[detector, part, minute, modelVersion, events, alerts, amount, alertAmount],
      JSON.stringify(scoreHistogram),
    ]),
  )
}

const minuteOf = (time: number) => Math.floor(time / minuteMs) * minuteMs
const keyOf = (minute: number, modelVersion: number) => `${minute} ${modelVersion}`

type Growing = { -readonly [Key in keyof Rollup]: Rollup[Key] } & { readonly scoreHistogram: number[] }

function rollupOf(row: Row): Growing {
  return {
    minute: row.minute,
    modelVersion: row.model_version,
    events: row.events,
    alerts: row.alerts,
    amount: row.amount,
    alertAmount: row.alert_amount,
    scoreHistogram: JSON.parse(row.score_histogram),
  }
}

function empty(minute: number, modelVersion: number): Growing {
  const scoreHistogram = new Array<number>(bins).fill(0)
  return { minute, modelVersion, events: 0, alerts: 0, amount: 0, alertAmount: 0, scoreHistogram }
}

function merge(into: Growing, { events, alerts, amount, alertAmount, scoreHistogram }: Growing): void {
  into.events += events
  into.alerts += alerts
  into.amount += amount
  into.alertAmount += alertAmount
  scoreHistogram.forEach((count, bin) => {
    into.scoreHistogram[bin]! += count
  })
}

// One by one onto what is stored: sums of amounts are then the same however the stream was cut into batches.
function add(rollup: Growing, { event, score, outcome }: Decision): void {
  const amount = event.amount ?? 0
  rollup.events++
  rollup.amount += amount
  rollup.scoreHistogram[Math.min(bins - 1, Math.floor(score * bins))]!++
  if (outcome !== 'alert') return
  rollup.alerts++
  rollup.alertAmount += amount
}
