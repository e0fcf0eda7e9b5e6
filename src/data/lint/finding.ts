// The noun of the linter, and example rows for it.

import type { Column, History } from '../../core/column.ts'

export type ExampleRow = {
  /** Place in time order, from 1. */
  readonly row: number
  readonly id: string
  readonly isAnomaly: boolean
  /** Of the finding's columns; null is missing. */
  readonly values: Readonly<Record<string, number | string | null>>
}

export type Finding = {
  /** Permanent; what `lint.accept` names. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  /** Columns it is about; none where it is about rows. */
  readonly columns: readonly string[]
  readonly rows: readonly ExampleRow[]
  /** What was found, why it matters, what to do. */
  readonly message: string
}

/** Rows of a history, by their place from 0, with the values of these columns. */
export function examples(history: History, columns: readonly string[], rows: readonly number[]): ExampleRow[] {
  return rows.map((row) => ({
    row: row + 1,
    id: history.ids[row]!,
    isAnomaly: history.labels[row] === 1,
    values: Object.fromEntries(columns.map((name) => [name, valueAt(history.columns.get(name), row)])),
  }))
}

function valueAt(column: Column | undefined, row: number): number | string | null {
  if (!column) return null
  if (column.kind === 'category') return column.dictionary[column.codes[row]!] ?? null
  const value = column.values[row]!
  return Number.isNaN(value) ? null : value
}

/** The first rows, at most `most`, for which it holds. */
export function firstRows(rows: number, most: number, holds: (row: number) => boolean): number[] {
  const found: number[] = []
  for (let row = 0; row < rows && found.length < most; row++) if (holds(row)) found.push(row)
  return found
}

/** Columns of the features, in their order. */
export function featureColumns(history: History, features: readonly string[]): Column[] {
  return features.map((name) => history.columns.get(name)).filter((column) => column !== undefined)
}

export function count(n: number): string {
  return n.toLocaleString('en')
}

/** @example percent(0.0123) === '1.2 %' */
export function percent(share: number): string {
  const value = share * 100
  if (value > 0 && value < 0.01) return 'under 0.01 %'
  return `${value >= 99.95 || value === 0 ? value.toFixed(0) : value.toFixed(value >= 1 ? 1 : 2)} %`
}
