// A category column and its labels in, each category's anomaly rate out; for training rows, the rate of earlier rows only.

import type { History } from '../core/column.ts'
import type { EventSchema } from '../core/event.ts'
import type { FeatureSource } from '../model/model.ts'
import { historyRows } from './rows.ts'

type Encoding = Extract<FeatureSource, { readonly kind: 'encoding' }>

/** So many rows of the average rate are added to each category, so that few rows say little. */
const smoothing = 20
/** Parts of the training period, in order of time: a row's encoding comes from the parts before its own. */
const folds = 8

/** Rates of all rows of the history. */
export function learnEncoding(column: string, schema: EventSchema, history: History): Encoding {
  const counts = new Counts()
  const rows = historyRows(schema, history)
  const text = rows.text(column)!
  for (let row = 0; row < history.rows; row++) {
    rows.at(row)
    counts.add(text(), history.labels[row]!, history.weights[row]!)
  }
  const rates = [...counts.categories()].sort().map((category): [string, number] => [category, counts.rate(category)])
  return { kind: 'encoding', column, rates, rest: counts.average }
}

/** The encoding of rows [0, `end`), each from what lies before its fold: no row sees its own label, nor a later one. */
export function encodeFolds(column: string, schema: EventSchema, history: History, end: number): Float32Array {
  const out = new Float32Array(end)
  const counts = new Counts()
  const rows = historyRows(schema, history)
  const text = rows.text(column)!
  let learned = 0
  for (let fold = 0; fold < folds; fold++) {
    const foldEnd = firstOfTime(history.times, Math.floor((end * (fold + 1)) / folds), end)
    const foldStart = learned
    for (let row = foldStart; row < foldEnd; row++) {
      rows.at(row)
      out[row] = counts.rate(text())
    }
    for (; learned < foldEnd; learned++) {
      rows.at(learned)
      counts.add(text(), history.labels[learned]!, history.weights[learned]!)
    }
  }
  return out
}

// Rows of one instant stay together.
function firstOfTime(times: Float64Array, row: number, end: number): number {
  if (row >= end) return end
  let first = row
  while (first > 0 && times[first - 1] === times[row]) first--
  return first
}

class Counts {
  readonly #of = new Map<string, { rows: number; anomalies: number }>()
  #rows = 0
  #anomalies = 0

  add(category: string | null, label: number, weight: number): void {
    this.#rows += weight
    this.#anomalies += label * weight
    if (category === null) return
    const held = this.#of.get(category) ?? { rows: 0, anomalies: 0 }
    held.rows += weight
    held.anomalies += label * weight
    this.#of.set(category, held)
  }

  get average(): number {
    return this.#rows === 0 ? 0 : this.#anomalies / this.#rows
  }

  categories(): Iterable<string> {
    return this.#of.keys()
  }

  rate(category: string | null): number {
    const held = category === null ? undefined : this.#of.get(category)
    if (!held) return this.average
    return (held.anomalies + smoothing * this.average) / (held.rows + smoothing)
  }
}
