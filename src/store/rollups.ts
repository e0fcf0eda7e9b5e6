// New decisions in, counts by minute out: what dashboards and daily pages read in place of the decisions themselves.

import type { Decision } from '../core/decision.ts'
import type { Sqlite } from '../core/sqlite.ts'
import type { Rollup } from './store.ts'

const minuteMs = 60_000
const bins = 20

export type RollupRow = {
  readonly minute: number
  readonly model_version: number
  readonly events: number
  readonly alerts: number
  readonly amount: number
  readonly alert_amount: number
  readonly score_histogram: string
}

const columns = 'minute, model_version, events, alerts, amount, alert_amount, score_histogram'
const readSql = `select ${columns} from rollup where detector = ? and minute = ? and model_version = ?`
const writeSql = `insert or replace into rollup (detector, ${columns}) values (?, ?, ?, ?, ?, ?, ?, ?)`
const lateSql = `
  insert into late (detector, told_by, minute, events) values (?, '', ?, 1)
  on conflict do update set events = events + 1`

export const rollupsSql = `
  select ${columns} from rollup where detector = ? and minute >= ? and minute < ? order by minute, model_version`

export function rollupOf(row: RollupRow): Growing {
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

/** Adds decisions to their minutes, within a transaction; late ones to the late arrivals. Answers how many were late. */
export function rollupWriter(db: Sqlite): (detector: string, decisions: readonly Decision[]) => number {
  const read = db.query<RollupRow>(readSql)
  const write = db.query(writeSql)
  const addLate = db.query(lateSql)

  const stored = (detector: string, minute: number, modelVersion: number): Growing => {
    const row = read.get(detector, minute, modelVersion)
    return row ? rollupOf(row) : empty(minute, modelVersion)
  }

  return (detector, decisions) => {
    const onTime = decisions.filter(({ isLate }) => !isLate)
    for (const { event, isLate } of decisions) if (isLate) addLate.run(detector, minuteOf(event.time))
    const rollups = new Map<string, Growing>()
    for (const decision of onTime) {
      const minute = minuteOf(decision.event.time)
      const key = `${minute} ${decision.modelVersion}`
      const rollup = rollups.get(key) ?? stored(detector, minute, decision.modelVersion)
      rollups.set(key, rollup)
      add(rollup, decision)
    }
    for (const { minute, modelVersion, events, alerts, amount, alertAmount, scoreHistogram } of rollups.values())
      write.run(detector, minute, modelVersion, events, alerts, amount, alertAmount, JSON.stringify(scoreHistogram))
    return decisions.length - onTime.length
  }
}

const minuteOf = (time: number) => Math.floor(time / minuteMs) * minuteMs

type Growing = { -readonly [Key in keyof Rollup]: Rollup[Key] } & { readonly scoreHistogram: number[] }

function empty(minute: number, modelVersion: number): Growing {
  const scoreHistogram = new Array<number>(bins).fill(0)
  return { minute, modelVersion, events: 0, alerts: 0, amount: 0, alertAmount: 0, scoreHistogram }
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
