// AssemblyScript: the hot loops of prediction in WebAssembly SIMD, over one model's memory that compile.ts lays out.
//
// scripts/kernel.ts compiles this file into wasm.generated.ts. Every test of every tree reads "goes right where the column's u16 is
// at least the node's u16": features are ranked among the model's thresholds once a row, and missing values and sets of
// categories are decided then. Margins are summed in the order of the trees, as the plain walker does: equal to the last bit.
//
// Node: u16 least, u16 column, u32 address of the left child (the right one follows). A leaf asks for 65535, which no column
// holds, and is its own left child. The value of the node at address a stands at a + values, as float64.

/** Rows of a chunk; a column of a chunk is 64 × u16. */
const CHUNK: i32 = 64
const COLUMN_SHIFT: u32 = 7
/** What a missing value that goes right ranks as: above every threshold. */
const MISSING_RIGHT: i32 = 65534

// How many of sixteen are below x.
// @ts-ignore: decorator
@inline
function below(at: usize, x: v128): usize {
  const low = i16x8.narrow_i32x4_s(f32x4.lt(v128.load(at), x), f32x4.lt(v128.load(at, 16), x))
  const high = i16x8.narrow_i32x4_s(f32x4.lt(v128.load(at, 32), x), f32x4.lt(v128.load(at, 48), x))
  return <usize>popcnt(i8x16.bitmask(i8x16.narrow_i16x8_s(low, high)))
}

// How many of the thresholds are below x: a tree of blocks of sixteen, level after level, each level the last values of the
// blocks of the next and the upper ones padded to 16, 256, 4096 places with infinities. Half the time of a binary search.
// @ts-ignore: decorator
@inline
function rank(thresholds: usize, levels: i32, x: f32): i32 {
  const all = f32x4.splat(x)
  let block = below(thresholds, all)
  let level = thresholds
  let bytes: usize = 64
  for (let i = levels; i > 1; i--) {
    level += bytes
    bytes <<= 4
    block = (block << 4) + below(level + (block << 6), all)
  }
  return <i32>block
}

// Sets are bits; beyond the last one nothing is a member. 1: not in the set.
// @ts-ignore: decorator
@inline
function outside(bits: usize, limit: f32, missing: i32, x: f32): i32 {
  if (x != x) return missing
  if (!(x >= 0 && x < limit)) return 1
  const place = <u32>x
  return 1 - i32((load<u32>(bits + ((place >> 5) << 2)) >> (place & 31)) & 1)
}

/**
 * Vectors → columns. A number makes two columns, for tests that send missing values to the left and to the right; a set makes
 * one. Numbers: {u32 byte of the value in the vector, u32 thresholds, u32 levels, u32 0}; sets: {u32 byte, u32 bits, f32 limit, u32 missing}.
 */
export function quantise(
  vectors: usize,
  rows: i32,
  vectorBytes: i32,
  numbers: usize,
  numberCount: i32,
  sets: usize,
  setCount: i32,
  columns: usize,
  columnBytes: i32,
): void {
  let column = columns
  for (let i = 0; i < numberCount; i++) {
    const record = numbers + (<usize>i << 4)
    const thresholds = <usize>load<u32>(record, 4)
    const levels = load<i32>(record, 8)
    let value = vectors + <usize>load<u32>(record)
    const end = column + (<usize>rows << 1)
    for (let at = column; at < end; at += 2) {
      const x = load<f32>(value)
      const bin = rank(thresholds, levels, x)
      store<u16>(at, <u16>bin)
      store<u16>(at + <usize>columnBytes, <u16>(bin | (MISSING_RIGHT & -i32(x != x))))
      value += <usize>vectorBytes
    }
    column += <usize>(columnBytes << 1)
  }
  for (let i = 0; i < setCount; i++) {
    const record = sets + (<usize>i << 4)
    const bits = <usize>load<u32>(record, 4)
    const limit = load<f32>(record, 8)
    const missing = load<i32>(record, 12)
    let value = vectors + <usize>load<u32>(record)
    const end = column + (<usize>rows << 1)
    for (let at = column; at < end; at += 2) {
      store<u16>(at, <u16>outside(bits, limit, missing, load<f32>(value)))
      value += <usize>vectorBytes
    }
    column += <usize>columnBytes
  }
}

// @ts-ignore: decorator
@inline
function step(node: usize, columns: usize, shift: u32): usize {
  const bin = <u32>load<u16>(columns + (<usize>load<u16>(node, 2) << shift))
  return <usize>load<u32>(node, 4) + (usize(bin >= <u32>load<u16>(node)) << 3)
}

// A sum of two float32 that float64 holds, rounded once more, is what float32 itself would have made of them.
// @ts-ignore: decorator
@inline
function plus(sum: f64, value: f64, rounds: bool): f64 {
  return rounds ? <f64>(<f32>(sum + value)) : sum + value
}

/**
 * The margin of one row, whose columns lie side by side (2 bytes each). Eight trees are walked at once, so that their loads
 * wait together. Groups: {u32 depth, u32 root × 8}.
 */
export function walkOne(columns: usize, groups: usize, groupCount: i32, values: usize, base: f64): f64 {
  return walkRow(columns, groups, groupCount, values, base, false)
}

/** The same with every sum rounded to float32. */
export function walkOne32(columns: usize, groups: usize, groupCount: i32, values: usize, base: f64): f64 {
  return walkRow(columns, groups, groupCount, values, base, true)
}

// @ts-ignore: decorator
@inline
function walkRow(columns: usize, groups: usize, groupCount: i32, values: usize, base: f64, rounds: bool): f64 {
  let margin = base
  const end = groups + <usize>groupCount * 36
  for (let group = groups; group < end; group += 36) {
    let a = <usize>load<u32>(group, 4)
    let b = <usize>load<u32>(group, 8)
    let c = <usize>load<u32>(group, 12)
    let d = <usize>load<u32>(group, 16)
    let e = <usize>load<u32>(group, 20)
    let f = <usize>load<u32>(group, 24)
    let g = <usize>load<u32>(group, 28)
    let h = <usize>load<u32>(group, 32)
    for (let depth = load<i32>(group); depth > 0; depth--) {
      a = step(a, columns, 1)
      b = step(b, columns, 1)
      c = step(c, columns, 1)
      d = step(d, columns, 1)
      e = step(e, columns, 1)
      f = step(f, columns, 1)
      g = step(g, columns, 1)
      h = step(h, columns, 1)
    }
    margin = plus(margin, load<f64>(a + values), rounds)
    margin = plus(margin, load<f64>(b + values), rounds)
    margin = plus(margin, load<f64>(c + values), rounds)
    margin = plus(margin, load<f64>(d + values), rounds)
    margin = plus(margin, load<f64>(e + values), rounds)
    margin = plus(margin, load<f64>(f + values), rounds)
    margin = plus(margin, load<f64>(g + values), rounds)
    margin = plus(margin, load<f64>(h + values), rounds)
  }
  return margin
}

// Sixteen rows through `count` tests {u32 column's byte, u16 least, u16 leaves of the left side}: a row that goes right loses the
// leaves of the left side; its leaf is then the lowest bit that is left (QuickScorer: Lucchese et al. 2015).
// @ts-ignore: decorator
@inline
function strike(tests: usize, count: i32, columns: usize, leaves: usize): void {
  let v = i16x8.splat(-1)
  let w = i16x8.splat(-1)
  const end = tests + (<usize>count << 3)
  for (let test = tests; test < end; test += 8) {
    const at = columns + <usize>load<u32>(test)
    const least = v128.load16_splat(test, 4)
    const lost = v128.load16_splat(test, 6)
    v = v128.andnot(v, v128.and(i16x8.ge_u(v128.load(at), least), lost))
    w = v128.andnot(w, v128.and(i16x8.ge_u(v128.load(at, 16), least), lost))
  }
  v128.store(leaves, v)
  v128.store(leaves, w, 16)
}

/**
 * The margins of up to 64 rows (`margins` holds the base already; rows up to the next multiple of 16 are worked on). A tree begins
 * with tests that all rows take, in SIMD, over its upper part of at most 2 × 16 leaves, and goes on with a walk of `depth` steps.
 * Tree: {u32 tests, u32 count for the lower 16 leaves, u32 count for the upper 16, u32 depth, u32 × 32 where each leaf of the upper part lies}.
 */
export function walkChunk(
  columns: usize,
  rows: i32,
  trees: usize,
  treeCount: i32,
  values: usize,
  leaves: usize,
  margins: usize,
): void {
  walkRows(columns, rows, trees, treeCount, values, leaves, margins, false)
}

/** The same with every sum rounded to float32. */
export function walkChunk32(
  columns: usize,
  rows: i32,
  trees: usize,
  treeCount: i32,
  values: usize,
  leaves: usize,
  margins: usize,
): void {
  walkRows(columns, rows, trees, treeCount, values, leaves, margins, true)
}

// @ts-ignore: decorator
@inline
function walkRows(
  columns: usize,
  rows: i32,
  trees: usize,
  treeCount: i32,
  values: usize,
  leaves: usize,
  margins: usize,
  rounds: bool,
): void {
  for (let tree = trees, end = trees + <usize>treeCount * 144; tree < end; tree += 144) {
    const tests = <usize>load<u32>(tree)
    const low = load<i32>(tree, 4)
    const high = load<i32>(tree, 8)
    const depth = load<i32>(tree, 12)
    for (let row = 0; row < rows; row += 16) {
      const at = columns + (<usize>row << 1)
      strike(tests, low, at, leaves + (<usize>row << 1))
      if (high) strike(tests + (<usize>low << 3), high, at, leaves + (CHUNK << 1) + (<usize>row << 1))
    }
    for (let row = 0; row < rows; row += 4) {
      const at = columns + (<usize>row << 1)
      const mask = leaves + (<usize>row << 1)
      let a = entry(tree, mask, high)
      let b = entry(tree, mask + 2, high)
      let c = entry(tree, mask + 4, high)
      let d = entry(tree, mask + 6, high)
      for (let i = depth; i > 0; i--) {
        a = step(a, at, COLUMN_SHIFT)
        b = step(b, at + 2, COLUMN_SHIFT)
        c = step(c, at + 4, COLUMN_SHIFT)
        d = step(d, at + 6, COLUMN_SHIFT)
      }
      const margin = margins + (<usize>row << 3)
      store<f64>(margin, plus(load<f64>(margin), load<f64>(a + values), rounds))
      store<f64>(margin, plus(load<f64>(margin, 8), load<f64>(b + values), rounds), 8)
      store<f64>(margin, plus(load<f64>(margin, 16), load<f64>(c + values), rounds), 16)
      store<f64>(margin, plus(load<f64>(margin, 24), load<f64>(d + values), rounds), 24)
    }
  }
}

// @ts-ignore: decorator
@inline
function entry(tree: usize, mask: usize, high: i32): usize {
  // Without tests for the upper leaves none of them is lost: of seventeen the last is in nobody's left side.
  const upper: u32 = high ? <u32>load<u16>(mask, CHUNK << 1) : 0xffff
  const bits = <u32>load<u16>(mask) | (upper << 16)
  return <usize>load<u32>(tree + (<usize>ctz(bits) << 2), 16)
}

/**
 * Adds one tree's TreeSHAP values of a row to `out`, by feature. contributions.ts derives the sums; here every factor is looked up:
 * an edge has three pairs of vectors of `points` float64, for (o above, o) = (0, 0), (1, 0), (1, 1), where o says whether the row
 * agrees with all of the path's tests of this feature; first the factors of the product, then those of the part.
 *
 * Inner node i: {u32 node, u32 edge that leads to it, u32 edge above that tests the same feature, u32 feature}; its edges are 2i and
 * 2i + 1, and 2 × count is the edge of the root, with which all agree. `held` has points × 8 bytes an edge, `agrees` and `taken` 4.
 */
export function explainTree(
  columns: usize,
  inner: usize,
  count: i32,
  factors: usize,
  points: i32,
  held: usize,
  agrees: usize,
  taken: usize,
  out: usize,
): void {
  const bytes = <usize>points << 3
  const root = held + <usize>(count << 1) * bytes
  for (let at = root; at < root + bytes; at += 16) v128.store(at, f64x2.splat(1))
  store<u32>(agrees + (<usize>count << 3), 1)
  let factor = factors
  for (let i = 0; i < count; i++) {
    const record = inner + (<usize>i << 4)
    const node = <usize>load<u32>(record)
    const above = load<u32>(agrees + (<usize>load<u32>(record, 8) << 2))
    const right = u32(load<u16>(columns + (<usize>load<u16>(node, 2) << 1)) >= load<u16>(node))
    const edge = <usize>i << 3
    store<u32>(agrees + edge, above & (1 ^ right))
    store<u32>(agrees + edge, above & right, 4)
    const toLeft = factor + <usize>(above + (above & (1 ^ right))) * (bytes << 1)
    const toRight = factor + <usize>(3 + above + (above & right)) * (bytes << 1)
    store<u32>(taken + edge, <u32>toLeft)
    store<u32>(taken + edge, <u32>toRight, 4)
    const self = held + <usize>load<u32>(record, 4) * bytes
    const below = held + <usize>(i << 1) * bytes
    for (let k: usize = 0; k < bytes; k += 16) {
      const product = v128.load(self + k)
      v128.store(below + k, f64x2.mul(product, v128.load(toLeft + k)))
      v128.store(below + bytes + k, f64x2.mul(product, v128.load(toRight + k)))
    }
    factor += 12 * bytes
  }
  for (let i = count - 1; i >= 0; i--) {
    const record = inner + (<usize>i << 4)
    const edge = <usize>i << 3
    const toLeft = <usize>load<u32>(taken + edge) + bytes
    const toRight = <usize>load<u32>(taken + edge, 4) + bytes
    const self = held + <usize>load<u32>(record, 4) * bytes
    const below = held + <usize>(i << 1) * bytes
    let part = f64x2.splat(0)
    for (let k: usize = 0; k < bytes; k += 16) {
      const left = v128.load(below + k)
      const right = v128.load(below + bytes + k)
      part = f64x2.add(part, f64x2.mul(left, v128.load(toLeft + k)))
      part = f64x2.add(part, f64x2.mul(right, v128.load(toRight + k)))
      v128.store(self + k, f64x2.add(left, right))
    }
    const at = out + (<usize>load<u32>(record, 12) << 3)
    store<f64>(at, load<f64>(at) + f64x2.extract_lane(part, 0) + f64x2.extract_lane(part, 1))
  }
}
