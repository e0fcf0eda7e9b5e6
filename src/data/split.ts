// A history in time order in, where its validation and test periods begin out.

import type { History } from '../core/column.ts'
import { TocsinError } from '../core/error.ts'

export type SplitShares = { readonly validationShare: number; readonly testShare: number }

/** Training rows are [0, validationStart), validation [validationStart, testStart), test [testStart, rows). */
export type Split = { readonly validationStart: number; readonly testStart: number }

/**
 * Cuts by time: the last `testShare` of the rows evaluate, the `validationShare` before them stop and calibrate. Rows of one
 * time stay together, in the later period. Throws `HISTORY_PERIOD_ONE_CLASS` where a period lacks anomalies or normal rows.
 */
export function splitByTime(history: History, { validationShare, testShare }: SplitShares): Split {
  const { rows, times } = history
  const testStart = firstOfTime(times, Math.floor(rows * (1 - testShare)))
  const validationStart = firstOfTime(times, Math.floor(rows * (1 - testShare - validationShare)))
  checkPeriod(history, 'training', 0, validationStart)
  checkPeriod(history, 'validation', validationStart, testStart)
  checkPeriod(history, 'test', testStart, rows)
  return { validationStart, testStart }
}

/** The first of the rows that share a row's time. */
export function firstOfTime(times: Float64Array, row: number): number {
  let first = row
  while (first > 0 && times[first - 1] === times[row]) first--
  return first
}

function checkPeriod({ labels, times }: History, name: string, start: number, end: number): void {
  let anomalies = 0
  for (let row = start; row < end; row++) anomalies += labels[row]!
  if (anomalies > 0 && anomalies < end - start) return
  const instant = (row: number) => new Date(times[row]!).toISOString()
  const period =
    end > start ? `${instant(start)} to ${instant(end - 1)}` : 'empty: too many rows have one and the same time'
  const found = `the ${name} period (${period}) has ${anomalies} anomalies in ${end - start} rows`
  const advice = 'give a longer history, or change model.validationShare and model.testShare'
  throw new TocsinError(
    'HISTORY_PERIOD_ONE_CLASS',
    `${found}; expected at least one anomaly and one normal row in each period; ${advice}`,
  )
}
