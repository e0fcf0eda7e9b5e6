// What the hot loops of training do, as a contract: addresses in one shared memory in, results there or as a number out.

/**
 * Two makes: plain TypeScript (the oracle, and where WebAssembly can't be had) and WebAssembly. They agree to the bit.
 * Every address is a byte offset. Rows `from`–`to` are half open and `from` is a multiple of 64.
 */
export type Kernel = {
  /** float32 values → bins: how many of the 255 edges (the unused ones infinite) are below; `missingBin` for NaN. */
  bin(values: number, rows: number, edges: number, column: number): void
  /** Spreads a column of bins over rows of `rowBytes`. */
  interleave(column: number, from: number, to: number, target: number, rowBytes: number): void
  /** margin += value of the row's leaf. */
  addLeaves(from: number, to: number, leafOf: number, leafValues: number, margin: number): void
  /**
   * Log loss: g = w (p − y), h = w p (1 − p) as float32; adds the size of every fourth g to `tally`; writes Σ|g|, Σh to
   * `totals`. Reads and writes up to the next multiple of four rows: what lies there must weigh nothing.
   */
  gradients(
    from: number,
    to: number,
    margin: number,
    label: number,
    weight: number,
    positiveWeight: number,
    gradient: number,
    hessian: number,
    tally: number,
    totals: number,
  ): void
  /** Keeps each row with probability min(1, |g| / limit); writes their numbers to `selected`; returns how many. May read
   * (and must not keep) up to three rows beyond. */
  select(from: number, to: number, gradient: number, limit: number, seed: number, selected: number): number
  /** What each chosen row adds to a histogram: g and h over their probability, scaled, rounded up or down by chance. */
  quantise(
    selected: number,
    count: number,
    gradient: number,
    hessian: number,
    limit: number,
    gradientScale: number,
    hessianScale: number,
    seed: number,
    quantised: number,
  ): void
  /** Copies the chosen rows' bins, `groups` words of 8 bytes a row, into one array a group, `targetBytes` apart; numbers them in `order`. */
  gather(
    selected: number,
    count: number,
    grouped: number,
    groups: number,
    target: number,
    targetBytes: number,
    order: number,
    first: number,
  ): void
  /** Sums of the rows named in `order` by bin, for the 8 features of a group; overwrites `histogram`. */
  histogram(bins: number, quantised: number, order: number, count: number, histogram: number): void
  /** `whole` −= `part`, over `places` places. */
  subtract(whole: number, part: number, places: number): void
  /** Best split of a numeric feature: see split.ts. `turn`: 1, the right side may not answer less; −1, not more; 0, as it likes. Writes a candidate. */
  scan(
    histogram: number,
    bins: number,
    gradient: number,
    hessian: number,
    rows: number,
    minSamplesLeaf: number,
    l2: number,
    turn: number,
    candidate: number,
  ): void
  /** Moves the rows whose bin goes left before the others, keeping their order; returns how many went left. */
  partition(bins: number, order: number, count: number, goesLeft: number, spare: number): number
  /** Walks rows through the tree's splits in the order they were made: the leaf of each row. */
  assign(from: number, to: number, columns: number, stride: number, splits: number, count: number, leafOf: number): void
  /**
   * Sums of gradient, hessian and weight of rows by leaf, four float64 a leaf. Reads up to the next multiple of four rows: what lies
   * there must add nothing. `lanes` is room for four times as much.
   */
  leafSums(
    from: number,
    to: number,
    leafOf: number,
    gradient: number,
    hessian: number,
    weight: number,
    lanes: number,
    leaves: number,
    sums: number,
  ): void
}
