// Counts of rows and features in, byte offsets of every array that training shares between threads out.

/** Features whose bins lie side by side in one 8-byte word of a row, and that one task works on. */
export const groupWidth = 8
/** Places in a feature's histogram; the last one counts missing values. */
export const binPlaces = 256
export const missingBin = 255
/** Bytes of a histogram place: gradient, hessian, rows as 32-bit integers, and one to round up to a vector. */
export const placeBytes = 16
/** Rows that one task of a row-wise pass works on. Sums are added up in the order of blocks, whoever worked on them. */
export const blockRows = 8192
/** Buckets of |gradient| by size: a float's exponent and three bits of its fraction. */
export const sizeBuckets = 2048
/** Bytes of a split that a scan found: score (float64), bin, whether missing goes left (int32). */
export const candidateBytes = 16
/** Bytes of a split in the list that `assign` reads: leaf, column, bin, kind (int32), then 256 flags "this bin goes left". */
export const splitBytes = 16 + binPlaces

export type Shape = {
  /** Rows that trees learn from. They come first. */
  readonly trainRows: number
  /** Rows that are binned and scored: training, validation and test. */
  readonly rows: number
  readonly width: number
  /** At most 256: a leaf's number is one byte. */
  readonly maxLeaves: number
  /** About so many rows take part in the search for splits, at most `sampleRows`. */
  readonly wantedRows: number
  readonly sampleRows: number
  readonly threads: number
}

const sizes = {
  control: () => 64,
  parameters: () => 256,
  /** uint8, column after column, each padded to `stride` rows. */
  columns: (s: Sized) => s.width * s.stride,
  /** uint8, row after row, 8 bytes a group. */
  grouped: (s: Sized) => s.groups * s.trainRows * groupWidth,
  label: (s: Sized) => s.trainStride,
  weight: (s: Sized) => s.trainStride * 4,
  /** uint8: the leaf of the current tree that holds the row. */
  leafOf: (s: Sized) => s.stride,
  selectedCount: (s: Sized) => s.blocks * 4,
  /** int32 × 4 of each sampled row: what it adds to a histogram. */
  quantised: (s: Sized) => s.sampleRows * placeBytes,
  /** uint8 of the sampled rows, group after group, 8 bytes a row. */
  sampleBins: (s: Sized) => s.groups * s.sampleRows * groupWidth,
  /** uint32: sampled rows, those of a leaf next to each other. */
  order: (s: Sized) => s.sampleRows * 4,
  spare: (s: Sized) => s.sampleRows * 4,
  histograms: (s: Sized) => s.maxLeaves * s.groups * groupWidth * binPlaces * placeBytes,
  /** Of the two leaves that were looked at last. */
  candidates: (s: Sized) => 2 * s.groups * groupWidth * candidateBytes,
  splits: (s: Sized) => s.maxLeaves * splitBytes,
  /** float64 by leaf. */
  leafValues: (s: Sized) => s.maxLeaves * 8,
  /** float64 × 4 by block and leaf: gradient, hessian, weight, unused. */
  leafSums: (s: Sized) => s.blocks * s.maxLeaves * 32,
  /** float64 × 16 by thread and leaf: room to add up in. */
  leafLanes: (s: Sized) => s.threads * s.maxLeaves * 128,
  /** float64 × 2 by block: |gradient|, hessian. */
  totals: (s: Sized) => s.blocks * 16,
  /** int32 by thread and bucket. */
  tally: (s: Sized) => s.threads * sizeBuckets * 4,
  /** float32 by column. */
  edges: (s: Sized) => s.width * binPlaces * 4,
  edgeCounts: (s: Sized) => s.width * 4,
  /** int32 × 2 by column: how its splits must turn (−1, 0, 1: monotone constraints); whether the current tree may test it. */
  rules: (s: Sized) => s.width * 8,
  margin: (s: Sized) => s.stride * 8,
  gradient: (s: Sized) => s.trainStride * 4,
  hessian: (s: Sized) => s.trainStride * 4,
  /** uint32, the chosen rows of each block from the block's own place on. */
  selected: (s: Sized) => s.trainStride * 4,
}

type Sized = Shape & {
  readonly groups: number
  readonly stride: number
  readonly trainStride: number
  readonly blocks: number
}
export type Layout = Sized & { readonly [name in keyof typeof sizes]: number } & {
  /** float32 by thread: one column as it came. Lies where margins and gradients will, once all columns are bins. */
  readonly values: number
  readonly bytes: number
}

/** Places every array, each on a 64-byte line. */
export function layOut(shape: Shape): Layout {
  const groups = Math.ceil(shape.width / groupWidth)
  const stride = padded(shape.rows)
  const sized = {
    ...shape,
    groups,
    stride,
    trainStride: padded(shape.trainRows),
    blocks: Math.ceil(shape.rows / blockRows),
  }
  let bytes = 64
  const place = (size: number) => {
    const at = bytes
    bytes += padded(size)
    return at
  }
  const offsets = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, place(size(sized))]))
  const placed = offsets as { [name in keyof typeof sizes]: number }
  const values = placed.margin
  return { ...sized, ...placed, values, bytes: Math.max(bytes, values + shape.threads * stride * 4) }
}

function padded(count: number): number {
  return Math.ceil(count / 64) * 64
}
