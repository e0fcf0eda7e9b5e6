// The noun of the report's figures: the rows that evaluate, scored.

export type TestRows = {
  /** One array a feature; every array begins with the first row of the test period. */
  readonly columns: readonly Float32Array[]
  readonly scores: Float64Array
  readonly labels: Uint8Array
  readonly weights: Float64Array
  readonly times: Float64Array
  readonly amounts: Float64Array | null
}
