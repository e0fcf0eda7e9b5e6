// Labelled history in memory: columns of one length, in time order.

/** Without an event time nobody knows how many rows a day has: a rate of so many alerts a day is one of so many in a thousand rows. */
export const rowsOfTimelessDay = 1000

/** Numbers; NaN is missing. */
export type NumberColumn = { readonly kind: 'number'; readonly name: string; readonly values: Float64Array }
/** Texts as codes into a dictionary; code -1 is missing. Booleans are categories `false`, `true`. */
export type CategoryColumn = {
  readonly kind: 'category'
  readonly name: string
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}
export type Column = NumberColumn | CategoryColumn

/** Labelled history, sorted by event time (stable: equal times keep the file's order). All arrays have length `rows`. */
export type History = {
  readonly rows: number
  /** Event ids; derived from the row's place in the file where there is no id column. */
  readonly ids: readonly string[]
  /** ms since 1970 UTC; in file order from 1970 on, `rowsOfTimelessDay` to a day, where there is no time column. */
  readonly times: Float64Array
  /** 1 = anomaly, 0 = normal. */
  readonly labels: Uint8Array
  /** How many events each row stands for; all 1 where there is no weight column. */
  readonly weights: Float64Array
  /** NaN where unknown; null where there is no amount column. */
  readonly amounts: Float64Array | null
  readonly entities: CategoryColumn | null
  /** Every field of the schema but id, time, label and weight, by name. */
  readonly columns: ReadonlyMap<string, Column>
}

/** Rows [start, end) of a history; number columns are views, not copies. */
export function sliceHistory(history: History, start: number, end: number): History {
  const slice = (column: Column): Column =>
    column.kind === 'number'
      ? { ...column, values: column.values.subarray(start, end) }
      : { ...column, codes: column.codes.subarray(start, end) }
  return {
    rows: end - start,
    ids: history.ids.slice(start, end),
    times: history.times.subarray(start, end),
    labels: history.labels.subarray(start, end),
    weights: history.weights.subarray(start, end),
    amounts: history.amounts?.subarray(start, end) ?? null,
    entities: history.entities ? (slice(history.entities) as CategoryColumn) : null,
    columns: new Map([...history.columns].map(([name, column]) => [name, slice(column)])),
  }
}
