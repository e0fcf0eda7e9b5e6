// AssemblyScript: the hot loops of training in WebAssembly SIMD, over a memory that all threads share.
//
// scripts/kernel.ts compiles this file into wasm.generated.ts. What each function does stands in kernel.ts; plain.ts does the
// same in plain TypeScript, bit for bit: integers are exact, and floating-point operations come in the same order.

const PLACES: i32 = 256
const PLACE_BYTES: i32 = 16
const MISSING: i32 = 255
const SPLIT_BYTES: i32 = 16 + 256
const LOG2E: f64 = 1.4426950408889634
const LN2_HIGH: f64 = 0.6931471803691238
const LN2_LOW: f64 = 1.9082149292705877e-10

// @ts-ignore: decorator
@inline
function exp2lanes(x: v128): v128 {
  const clamped = f64x2.pmin(f64x2.splat(40), f64x2.pmax(f64x2.splat(-40), x))
  const n = f64x2.floor(f64x2.add(f64x2.mul(clamped, f64x2.splat(LOG2E)), f64x2.splat(0.5)))
  const r = f64x2.sub(f64x2.sub(clamped, f64x2.mul(n, f64x2.splat(LN2_HIGH))), f64x2.mul(n, f64x2.splat(LN2_LOW)))
  let sum = f64x2.splat(1.0 / 40320)
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 5040))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 720))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 120))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 24))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 6))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.5))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1))
  // 2^n from its exponent's bits.
  const exponent = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n))
  return f64x2.mul(sum, i64x2.shl(i64x2.add(exponent, i64x2.splat(1023)), 52))
}

// @ts-ignore: decorator
@inline
function hash(row: u32, seed: u32): u32 {
  let z = row * 0x9e3779b1 + seed
  z = (z ^ (z >>> 16)) * 0x21f0aaad
  z = (z ^ (z >>> 15)) * 0x735a2d97
  return z ^ (z >>> 15)
}

export function bin(values: usize, rows: i32, edges: usize, edgeCount: i32, column: usize): void {
  // The largest power of two within the count lets every search take the same, branchless steps.
  let top = 1
  while (top * 2 <= edgeCount) top *= 2
  for (let row = 0; row < rows; row++) {
    const x = load<f32>(values + (<usize>row << 2))
    let low = 0
    if (edgeCount > 0) {
      for (let half = top; half > 0; half >>= 1) {
        const next = low + half
        if (next <= edgeCount) low = load<f32>(edges + (<usize>(next - 1) << 2)) < x ? next : low
      }
    }
    store<u8>(column + row, x == x ? low : MISSING)
  }
}

export function interleave(column: usize, rows: i32, target: usize): void {
  for (let row = 0; row < rows; row++) store<u8>(target + (<usize>row << 3), load<u8>(column + row))
}

export function addLeaves(from: i32, to: i32, leafOf: usize, leafValues: usize, margin: usize): void {
  for (let row = from; row < to; row++) {
    const at = margin + (<usize>row << 3)
    const leaf = <usize>load<u16>(leafOf + (<usize>row << 1))
    store<f64>(at, load<f64>(at) + load<f64>(leafValues + (leaf << 3)))
  }
}

export function gradients(
  from: i32,
  to: i32,
  margin: usize,
  label: usize,
  weight: usize,
  positiveWeight: f64,
  gradient: usize,
  hessian: usize,
  tally: usize,
  totals: usize,
): void {
  let sumG: f64 = 0
  let sumH: f64 = 0
  const one = f64x2.splat(1)
  for (let row = from; row < to; row += 2) {
    // The arrays are padded, so a last odd row may work beside one that is not there.
    const m = v128.load(margin + (<usize>row << 3))
    const p = f64x2.div(one, f64x2.add(one, exp2lanes(f64x2.neg(m))))
    const last = min(2, to - row)
    for (let lane = 0; lane < last; lane++) {
      const at = (<usize>(row + lane)) << 2
      const y = load<u8>(label + row + lane)
      const w = <f64>load<f32>(weight + at) * (y == 1 ? positiveWeight : 1)
      const q = lane == 0 ? f64x2.extract_lane(p, 0) : f64x2.extract_lane(p, 1)
      const g = <f32>(w * (q - <f64>y))
      const h = <f32>(w * q * (1 - q))
      store<f32>(gradient + at, g)
      store<f32>(hessian + at, h)
      sumG += <f64>abs(g)
      sumH += <f64>h
      const bucket = tally + (<usize>((reinterpret<i32>(g) & 0x7fffffff) >> 20) << 2)
      store<i32>(bucket, load<i32>(bucket) + 1)
    }
  }
  store<f64>(totals, sumG)
  store<f64>(totals + 8, sumH)
}

export function select(from: i32, to: i32, gradient: usize, limit: f64, seed: u32, selected: usize): i32 {
  let count = 0
  const scale = 1.0 / 4294967296.0
  for (let row = from; row < to; row++) {
    store<u32>(selected + (<usize>count << 2), row)
    const size = <f64>abs(load<f32>(gradient + (<usize>row << 2)))
    count += i32(<f64>hash(row, seed) * scale * limit < size)
  }
  return count
}

export function quantise(
  selected: usize,
  count: i32,
  gradient: usize,
  hessian: usize,
  limit: f64,
  gradientScale: f64,
  hessianScale: f64,
  seed: u32,
  quantised: usize,
): void {
  for (let i = 0; i < count; i++) {
    const row = load<u32>(selected + (<usize>i << 2))
    const g = <f64>load<f32>(gradient + (<usize>row << 2))
    const size = abs(g)
    const scale = size < limit ? limit / size : 1
    const chance = hash(row, seed)
    const at = quantised + (<usize>i << 4)
    store<i32>(at, <i32>floor(g * scale * gradientScale + <f64>(chance & 0xffff) * (1.0 / 65536)))
    const h = <f64>load<f32>(hessian + (<usize>row << 2))
    store<i32>(at + 4, <i32>floor(h * scale * hessianScale + <f64>(chance >>> 16) * (1.0 / 65536)))
    store<i32>(at + 8, 1)
    store<i32>(at + 12, 0)
  }
}

export function gather(selected: usize, count: i32, grouped: usize, target: usize): void {
  for (let i = 0; i < count; i++) {
    const row = <usize>load<u32>(selected + (<usize>i << 2))
    store<u64>(target + (<usize>i << 3), load<u64>(grouped + (row << 3)))
  }
}

export function histogram(bins: usize, quantised: usize, order: usize, count: i32, histogram: usize): void {
  memory.fill(histogram, 0, 8 * PLACES * PLACE_BYTES)
  for (let i = 0; i < count; i++) {
    const row = <usize>load<u32>(order + (<usize>i << 2))
    const q = v128.load(quantised + (row << 4))
    const word = load<u64>(bins + (row << 3))
    // Eight times the same, since offsets must be constants: 4096 bytes are a feature's places.
    let at: usize
    at = histogram + <usize>((word << 4) & 0xff0)
    v128.store(at, i32x4.add(v128.load(at), q))
    at = histogram + <usize>((word >> 4) & 0xff0)
    v128.store(at, i32x4.add(v128.load(at, 4096), q), 4096)
    at = histogram + <usize>((word >> 12) & 0xff0)
    v128.store(at, i32x4.add(v128.load(at, 8192), q), 8192)
    at = histogram + <usize>((word >> 20) & 0xff0)
    v128.store(at, i32x4.add(v128.load(at, 12288), q), 12288)
    at = histogram + <usize>((word >> 28) & 0xff0)
    v128.store(at, i32x4.add(v128.load(at, 16384), q), 16384)
    at = histogram + <usize>((word >> 36) & 0xff0)
    v128.store(at, i32x4.add(v128.load(at, 20480), q), 20480)
    at = histogram + <usize>((word >> 44) & 0xff0)
    v128.store(at, i32x4.add(v128.load(at, 24576), q), 24576)
    at = histogram + <usize>((word >> 52) & 0xff0)
    v128.store(at, i32x4.add(v128.load(at, 28672), q), 28672)
  }
}

export function subtract(whole: usize, part: usize, places: i32): void {
  const end = whole + <usize>places * PLACE_BYTES
  while (whole < end) {
    v128.store(whole, i32x4.sub(v128.load(whole), v128.load(part)))
    whole += 16
    part += 16
  }
}

export function scan(
  histogram: usize,
  bins: i32,
  gradient: f64,
  hessian: f64,
  rows: i32,
  minSamplesLeaf: i32,
  l2: f64,
  candidate: usize,
): void {
  const missing = v128.load(histogram + MISSING * PLACE_BYTES)
  let best: f64 = 0
  let bestBin = -1
  let bestMissing = 0
  const sides = i32x4.extract_lane(missing, 2) > 0 ? 1 : 0
  for (let missingLeft = 0; missingLeft <= sides; missingLeft++) {
    let sums = missingLeft ? missing : i32x4.splat(0)
    for (let bin = 0; bin < bins; bin++) {
      const place = v128.load(histogram + (<usize>bin << 4))
      if (i32x4.extract_lane(place, 2) == 0) continue
      sums = i32x4.add(sums, place)
      const n = i32x4.extract_lane(sums, 2)
      if (n < minSamplesLeaf) continue
      if (rows - n < minSamplesLeaf) break
      const g = <f64>i32x4.extract_lane(sums, 0)
      const h = <f64>i32x4.extract_lane(sums, 1)
      const left = h + l2
      const right = hessian - h + l2
      const other = gradient - g
      const over = left * right
      const score = g * g * right + other * other * left
      if (score > best * over) {
        best = score / over
        bestBin = bin
        bestMissing = missingLeft
      }
    }
  }
  store<f64>(candidate, best)
  store<i32>(candidate + 8, bestBin)
  store<i32>(candidate + 12, bestMissing)
}

export function partition(bins: usize, order: usize, count: i32, goesLeft: usize, spare: usize): i32 {
  let left: usize = order
  let right: usize = spare
  for (let i = 0; i < count; i++) {
    const row = load<u32>(order + (<usize>i << 2))
    store<u32>(left, row)
    store<u32>(right, row)
    const flag = <usize>load<u8>(goesLeft + load<u8>(bins + (<usize>row << 3)))
    left += flag << 2
    right += (1 - flag) << 2
  }
  memory.copy(left, spare, right - spare)
  return <i32>((left - order) >> 2)
}

export function assign(
  from: i32,
  to: i32,
  columns: usize,
  stride: i32,
  splits: usize,
  count: i32,
  leafOf: usize,
): void {
  memory.fill(leafOf + (<usize>from << 1), 0, <usize>(to - from) << 1)
  for (let k = 0; k < count; k++) {
    const split = splits + <usize>k * SPLIT_BYTES
    const leaf = load<i32>(split)
    const column = columns + <usize>load<i32>(split + 4) * <usize>stride
    const kind = load<i32>(split + 12)
    if (kind == 2) assignByFlags(from, to, column, split + 16, leaf, k + 1, leafOf)
    else assignByBin(from, to, column, load<i32>(split + 8), kind == 1, leaf, k + 1, leafOf)
  }
}

function assignByFlags(from: i32, to: i32, column: usize, goesLeft: usize, leaf: i32, right: i32, leafOf: usize): void {
  for (let row = from; row < to; row++) {
    const at = leafOf + (<usize>row << 1)
    if (load<u16>(at) == <u16>leaf && load<u8>(goesLeft + load<u8>(column + row)) == 0) store<u16>(at, <u16>right)
  }
}

// Eight rows at once; from is a multiple of 64 and the arrays are padded, so the last eight may reach past `to`.
function assignByBin(
  from: i32,
  to: i32,
  column: usize,
  lastLeft: i32,
  missingLeft: bool,
  leaf: i32,
  right: i32,
  leafOf: usize,
): void {
  const threshold = i16x8.splat(<i16>lastLeft)
  const here = i16x8.splat(<i16>leaf)
  const there = i16x8.splat(<i16>right)
  // Missing is the highest bin: right of every threshold, unless it is told to go left.
  const most = i16x8.splat(missingLeft ? <i16>254 : <i16>255)
  for (let row = from; row < to; row += 8) {
    const at = leafOf + (<usize>row << 1)
    const held = v128.load(at)
    const bins = v128.load_ext<u8>(column + row)
    const moves = v128.and(
      i16x8.eq(held, here),
      v128.and(i16x8.gt_s(bins, threshold), i16x8.le_s(bins, most)),
    )
    v128.store(at, v128.bitselect(there, held, moves))
  }
}

export function leafSums(
  from: i32,
  to: i32,
  leafOf: usize,
  gradient: usize,
  hessian: usize,
  weight: usize,
  sums: usize,
): void {
  for (let row = from; row < to; row++) {
    const at = sums + (<usize>load<u16>(leafOf + (<usize>row << 1)) << 5)
    const place = <usize>row << 2
    store<f64>(at, load<f64>(at) + <f64>load<f32>(gradient + place))
    store<f64>(at + 8, load<f64>(at + 8) + <f64>load<f32>(hessian + place))
    store<f64>(at + 16, load<f64>(at + 16) + <f64>load<f32>(weight + place))
  }
}
