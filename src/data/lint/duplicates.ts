// The rows of training and of the test period in, those that are in both out.

import type { Column, History } from '../../core/column.ts'
import type { EventSchema } from '../../core/event.ts'
import type { Split } from '../split.ts'
import { count, examples, type Finding, percent } from './finding.ts'

/** Where so large a share of the test period's anomalies is a copy of training's, recall measures memory. */
const errorShare = 0.2
const leastTwins = 10
/** Fewer twins than that are chance, or harmless. */
const warningShare = 0.005
/** Rows of few columns repeat by nature: where training's own do so much, copies mean nothing. */
const distinctShare = 0.5
/** A column that is no feature, and different in so many rows, names the row: equal rows differ in it. */
const namingShare = 0.5

export function lintDuplicates(schema: EventSchema, history: History, { testStart }: Split): Finding[] {
  const columns = comparedColumns(schema, history)
  const hashes = hashRows(columns, history.rows)
  const { firstOf, distinct } = indexRows(hashes, testStart)
  if (distinct < distinctShare * testStart) return []
  const isTwin = (row: number, other: number) =>
    history.labels[row] === history.labels[other] && columns.every((column) => isEqual(column, row, other))
  let [twins, anomalousTwins, anomalies] = [0, 0, 0]
  const shown: number[] = []
  for (let row = testStart; row < history.rows; row++) {
    anomalies += history.labels[row]!
    const other = firstOf(row)
    if (other < 0 || !isTwin(row, other)) continue
    twins++
    anomalousTwins += history.labels[row]!
    if (shown.length < 6 && history.labels[row] === (shown.length < 4 ? 1 : 0)) shown.push(other, row)
  }
  const isError = anomalousTwins >= leastTwins && anomalousTwins >= errorShare * anomalies
  const isMany = twins >= Math.max(2, warningShare * (history.rows - testStart))
  if (!isError && !isMany && anomalousTwins < 2) return []
  const names = schema.features.slice(0, 4)
  const found = `${count(twins)} of ${count(history.rows - testStart)} rows of the test period are also in the training period, with every column equal; ${count(anomalousTwins)} of its ${count(anomalies)} anomalies (${percent(anomalousTwins / anomalies)})`
  const message = `${found}: a model knows these by heart, so that the evaluation says too much. Remove copies from the history, or accept it: lint.accept: ['DUPLICATES']`
  return [
    {
      code: 'DUPLICATES',
      severity: isError ? 'error' : 'warning',
      columns: [],
      rows: examples(history, names, shown),
      message,
    },
  ]
}

function comparedColumns({ features }: EventSchema, history: History): Column[] {
  const isFeature = new Set(features)
  return [...history.columns.values()].filter((column) => {
    if (isFeature.has(column.name)) return true
    return column.kind === 'category' && column.dictionary.length < namingShare * history.rows
  })
}

// Two 32-bit sums a row, column by column (murmur3's mixing).
function hashRows(columns: readonly Column[], rows: number): { readonly low: Int32Array; readonly high: Int32Array } {
  const low = new Int32Array(rows)
  const high = new Int32Array(rows)
  const one = new Float64Array(1)
  const bits = new Int32Array(one.buffer)
  const mix = (row: number, a: number, b: number) => {
    low[row] = Math.imul(((low[row]! ^ Math.imul(a, 0x85ebca6b)) << 13) | (low[row]! >>> 19), 5) + (b | 0)
    high[row] = Math.imul(high[row]! ^ Math.imul(b ^ (a >>> 7), 0xc2b2ae35) ^ a, 0x9e3779b1) + 0x1b873593
  }
  for (const column of columns) {
    if (column.kind === 'category') {
      for (let row = 0; row < rows; row++) mix(row, column.codes[row]!, 0x27d4eb2f)
      continue
    }
    for (let row = 0; row < rows; row++) {
      one[0] = Number.isNaN(column.values[row]!) ? Number.NaN : column.values[row]!
      mix(row, bits[0]!, bits[1]!)
    }
  }
  return { low, high }
}

/** An open-addressing table of the first `end` rows: the first row with the same hash, or -1. */
function indexRows(
  { low, high }: { readonly low: Int32Array; readonly high: Int32Array },
  end: number,
): { firstOf: (row: number) => number; distinct: number } {
  const size = 2 ** Math.ceil(Math.log2(end * 2 + 2))
  const table = new Int32Array(size).fill(-1)
  const slotOf = (row: number) => {
    let slot = (low[row]! ^ (high[row]! >>> 15)) & (size - 1)
    while (table[slot]! >= 0 && !(low[table[slot]!] === low[row] && high[table[slot]!] === high[row]))
      slot = (slot + 1) & (size - 1)
    return slot
  }
  let distinct = 0
  for (let row = 0; row < end; row++) {
    const slot = slotOf(row)
    if (table[slot]! >= 0) continue
    table[slot] = row
    distinct++
  }
  return { firstOf: (row) => table[slotOf(row)]!, distinct }
}

function isEqual(column: Column, row: number, other: number): boolean {
  return column.kind === 'category'
    ? column.codes[row] === column.codes[other]
    : Object.is(column.values[row], column.values[other])
}
