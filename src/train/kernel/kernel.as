// AssemblyScript: the hot loops of training in WebAssembly SIMD, over a memory that all threads share.
//
// scripts/kernel.ts compiles this file into wasm.generated.ts. What each function does stands in kernel.ts; plain.ts does the
// same in plain TypeScript, bit for bit: integers are exact, and floating-point operations come in the same order.

const PLACES: i32 = 256
const PLACE_BYTES: i32 = 16
const MISSING: i32 = 255
const SPLIT_BYTES: i32 = 16 + 256
const LOG2E: f32 = 1.4426950408889634
const LN2_HIGH: f32 = 0.693359375
const LN2_LOW: f32 = -2.12194440e-4

// @ts-ignore: decorator
@inline
function exp4(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.splat(40), f32x4.pmax(f32x4.splat(-40), x))
  const n = f32x4.floor(f32x4.add(f32x4.mul(clamped, f32x4.splat(LOG2E)), f32x4.splat(0.5)))
  const r = f32x4.sub(f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(LN2_HIGH))), f32x4.mul(n, f32x4.splat(LN2_LOW)))
  let sum = f32x4.splat(<f32>(1.0 / 720))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(<f32>(1.0 / 120)))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(<f32>(1.0 / 24)))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(<f32>(1.0 / 6)))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.5))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1))
  // 2^n from its exponent's bits.
  const exponent = i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127))
  return f32x4.mul(sum, i32x4.shl(exponent, 23))
}

// @ts-ignore: decorator
@inline
function hash4(rows: v128, seed: u32): v128 {
  let z = i32x4.add(i32x4.mul(rows, i32x4.splat(0x9e3779b1)), i32x4.splat(seed))
  z = i32x4.mul(v128.xor(z, i32x4.shr_u(z, 16)), i32x4.splat(0x21f0aaad))
  z = i32x4.mul(v128.xor(z, i32x4.shr_u(z, 15)), i32x4.splat(0x735a2d97))
  return v128.xor(z, i32x4.shr_u(z, 15))
}

// @ts-ignore: decorator
@inline
function hash(row: u32, seed: u32): u32 {
  let z = row * 0x9e3779b1 + seed
  z = (z ^ (z >>> 16)) * 0x21f0aaad
  z = (z ^ (z >>> 15)) * 0x735a2d97
  return z ^ (z >>> 15)
}

// How many of sixteen edges are below x.
// @ts-ignore: decorator
@inline
function below(a: v128, b: v128, c: v128, d: v128, x: v128): i32 {
  const low = i16x8.narrow_i32x4_s(f32x4.lt(a, x), f32x4.lt(b, x))
  const high = i16x8.narrow_i32x4_s(f32x4.lt(c, x), f32x4.lt(d, x))
  return popcnt(i8x16.bitmask(i8x16.narrow_i16x8_s(low, high)))
}

// The last edges of four blocks of sixteen.
// @ts-ignore: decorator
@inline
function lasts(edges: usize): v128 {
  const two = v128.load32_lane(edges, v128.load32_zero(edges, 60), 1, 124)
  return v128.load32_lane(edges, v128.load32_lane(edges, two, 2, 188), 3, 252)
}

export function bin(values: usize, rows: i32, edges: usize, column: usize): void {
  const a = lasts(edges)
  const b = lasts(edges + 256)
  const c = lasts(edges + 512)
  const d = lasts(edges + 768)
  for (let row = 0; row < rows; row++) {
    const x = load<f32>(values + (<usize>row << 2))
    const all = f32x4.splat(x)
    // Unused edges are infinite, the very last one always: first which block of sixteen, then which place in it.
    const block = below(a, b, c, d, all)
    const at = edges + (<usize>block << 6)
    const place = below(v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48), all)
    store<u8>(column + row, ((block << 4) + place) | -i32(x != x))
  }
}

export function interleave(column: usize, from: i32, to: i32, target: usize, rowBytes: i32): void {
  let at = target + <usize>from * <usize>rowBytes
  for (let row = from; row < to; row++) {
    store<u8>(at, load<u8>(column + row))
    at += rowBytes
  }
}

export function addLeaves(from: i32, to: i32, leafOf: usize, leafValues: usize, margin: usize): void {
  for (let row = from; row < to; row++) {
    const at = margin + (<usize>row << 3)
    const leaf = <usize>load<u8>(leafOf + row)
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
  let sumG = f64x2.splat(0)
  let sumH = f64x2.splat(0)
  const one = f32x4.splat(1)
  const positive = f32x4.splat(<f32>positiveWeight)
  for (let row = from; row < to; row += 4) {
    // The arrays are padded and a row that is not there weighs nothing.
    const at = margin + (<usize>row << 3)
    const low = f32x4.demote_f64x2_zero(v128.load(at))
    const high = f32x4.demote_f64x2_zero(v128.load(at, 16))
    const m = v128.shuffle<f32>(low, high, 0, 1, 4, 5)
    const p = f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(m))))
    const labels = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(label + row)))
    const y = f32x4.convert_i32x4_u(labels)
    const place = <usize>row << 2
    const w = f32x4.mul(v128.load(weight + place), v128.bitselect(positive, one, i32x4.ne(labels, i32x4.splat(0))))
    const g = f32x4.mul(w, f32x4.sub(p, y))
    const h = f32x4.mul(f32x4.mul(w, p), f32x4.sub(one, p))
    v128.store(gradient + place, g)
    v128.store(hessian + place, h)
    const size = f32x4.abs(g)
    sumG = f64x2.add(sumG, f64x2.promote_low_f32x4(size))
    sumG = f64x2.add(sumG, f64x2.promote_low_f32x4(v128.shuffle<f32>(size, size, 2, 3, 2, 3)))
    sumH = f64x2.add(sumH, f64x2.promote_low_f32x4(h))
    sumH = f64x2.add(sumH, f64x2.promote_low_f32x4(v128.shuffle<f32>(h, h, 2, 3, 2, 3)))
    const bucket = tally + (<usize>(i32x4.extract_lane(size, 0) >> 20) << 2)
    store<i32>(bucket, load<i32>(bucket) + 1)
  }
  store<f64>(totals, f64x2.extract_lane(sumG, 0) + f64x2.extract_lane(sumG, 1))
  store<f64>(totals + 8, f64x2.extract_lane(sumH, 0) + f64x2.extract_lane(sumH, 1))
}

export function select(from: i32, to: i32, gradient: usize, limit: f32, seed: u32, selected: usize): i32 {
  let next = selected
  const scale = f32x4.splat(limit * <f32>(1.0 / 16777216.0))
  for (let row = from; row < to; row += 4) {
    const rows = i32x4.add(i32x4.splat(row), i32x4(0, 1, 2, 3))
    const chance = f32x4.convert_i32x4_s(i32x4.shr_u(hash4(rows, seed), 8))
    const size = f32x4.abs(v128.load(gradient + (<usize>row << 2)))
    const mask = i32x4.bitmask(f32x4.lt(f32x4.mul(chance, scale), size))
    // No branch: where a quarter of the rows is chosen, nobody could guess it.
    store<u32>(next, row)
    next += (mask & 1) << 2
    store<u32>(next, row + 1)
    next += (mask & 2) << 1
    store<u32>(next, row + 2)
    next += mask & 4
    store<u32>(next, row + 3)
    next += (mask & 8) >> 1
  }
  return <i32>((next - selected) >> 2)
}

export function quantise(
  selected: usize,
  count: i32,
  gradient: usize,
  hessian: usize,
  limit: f32,
  gradientScale: f64,
  hessianScale: f64,
  seed: u32,
  quantised: usize,
): void {
  const scales = f64x2.replace_lane(f64x2.splat(gradientScale), 1, hessianScale)
  const per = f64x2.splat(1.0 / 65536)
  for (let i = 0; i < count; i++) {
    const row = load<u32>(selected + (<usize>i << 2))
    const g = <f64>load<f32>(gradient + (<usize>row << 2))
    const h = <f64>load<f32>(hessian + (<usize>row << 2))
    const size = abs(g)
    const scale = size < <f64>limit ? <f64>limit / size : 1
    const chance = hash(row, seed)
    const words = i32x4.replace_lane(i32x4.splat(chance & 0xffff), 1, chance >>> 16)
    const pair = f64x2.mul(f64x2.mul(f64x2.replace_lane(f64x2.splat(g), 1, h), f64x2.splat(scale)), scales)
    const rounded = f64x2.floor(f64x2.add(pair, f64x2.mul(f64x2.convert_low_i32x4_u(words), per)))
    v128.store(quantised + (<usize>i << 4), v128.or(i32x4.trunc_sat_f64x2_s_zero(rounded), i32x4(0, 0, 1, 0)))
  }
}

export function gather(
  selected: usize,
  count: i32,
  grouped: usize,
  groups: i32,
  target: usize,
  targetBytes: i32,
  order: usize,
  first: i32,
): void {
  for (let i = 0; i < count; i++) {
    let from = grouped + <usize>load<u32>(selected + (<usize>i << 2)) * (<usize>groups << 3)
    let to = target + (<usize>i << 3)
    for (let group = groups; group > 0; group--) {
      store<u64>(to, load<u64>(from))
      from += 8
      to += targetBytes
    }
    store<u32>(order + (<usize>i << 2), first + i)
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
  turn: f64,
  candidate: usize,
): void {
  const missing = v128.load(histogram + MISSING * PLACE_BYTES)
  let best: f64 = 0
  let bestBin = -1
  let bestMissing = 0
  const sides = i32x4.extract_lane(missing, 2) > 0 ? 1 : 0
  for (let missingLeft = 0; missingLeft <= sides; missingLeft++) {
    let sums = missingLeft ? missing : i32x4.splat(0)
    let before = i32x4.extract_lane(sums, 2)
    // Two bins at once, one a lane.
    for (let bin = 0; bin < bins; bin += 2) {
      const at = histogram + (<usize>bin << 4)
      const first = i32x4.add(sums, v128.load(at))
      sums = bin + 1 < bins ? i32x4.add(first, v128.load(at, 16)) : first
      const n = i32x4.extract_lane(first, 2)
      const m = i32x4.extract_lane(sums, 2)
      if (m == before || m < minSamplesLeaf) {
        before = m
        continue
      }
      if (rows - n < minSamplesLeaf) break
      const g = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(first, sums, 0, 4, 0, 4))
      const h = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(first, sums, 1, 5, 1, 5))
      const left = f64x2.add(h, f64x2.splat(l2))
      const right = f64x2.add(f64x2.sub(f64x2.splat(hessian), h), f64x2.splat(l2))
      const other = f64x2.sub(f64x2.splat(gradient), g)
      const over = f64x2.mul(left, right)
      const score = f64x2.add(f64x2.mul(f64x2.mul(g, g), right), f64x2.mul(f64x2.mul(other, other), left))
      if (v128.any_true(f64x2.gt(score, f64x2.mul(f64x2.splat(best), over)))) {
        // A leaf answers −g / (h + λ): which side answers more is told without dividing.
        const turns = f64x2.mul(f64x2.splat(turn), f64x2.sub(f64x2.mul(g, right), f64x2.mul(other, left)))
        const a = f64x2.extract_lane(score, 0)
        const overA = f64x2.extract_lane(over, 0)
        if (n > before && n >= minSamplesLeaf && f64x2.extract_lane(turns, 0) >= 0 && a > best * overA) {
          best = a / overA
          bestBin = bin
          bestMissing = missingLeft
        }
        const b = f64x2.extract_lane(score, 1)
        const overB = f64x2.extract_lane(over, 1)
        if (m > n && rows - m >= minSamplesLeaf && f64x2.extract_lane(turns, 1) >= 0 && b > best * overB) {
          best = b / overB
          bestBin = bin + 1
          bestMissing = missingLeft
        }
      }
      before = m
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
  memory.fill(leafOf + from, 0, <usize>(to - from))
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
    const at = leafOf + row
    if (load<u8>(at) == <u8>leaf && load<u8>(goesLeft + load<u8>(column + row)) == 0) store<u8>(at, <u8>right)
  }
}

// Sixteen rows at once; from is a multiple of 64 and the arrays are padded, so the last ones may reach past `to`.
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
  // Missing is the highest bin: right of every threshold, unless it is told to go left: then, one up, it comes round to 0.
  const up = i8x16.splat(<i8>i32(missingLeft))
  const least = i8x16.splat(<i8>(lastLeft + 1 + i32(missingLeft)))
  const here = i8x16.splat(<i8>leaf)
  const change = i8x16.splat(<i8>(leaf ^ right))
  for (let row = from; row < to; row += 16) {
    const at = leafOf + row
    const held = v128.load(at)
    const isHere = i8x16.eq(held, here)
    const isRight = i8x16.ge_u(i8x16.add(v128.load(column + row), up), least)
    v128.store(at, v128.xor(held, v128.and(change, v128.and(isHere, isRight))))
  }
}

// @ts-ignore: decorator
@inline
function addPair(at: usize, pair: v128, weight: f32): void {
  v128.store(at, f64x2.add(v128.load(at), pair))
  store<f64>(at, load<f64>(at, 16) + <f64>weight, 16)
}

export function leafSums(
  from: i32,
  to: i32,
  leafOf: usize,
  gradient: usize,
  hessian: usize,
  weight: usize,
  lanes: usize,
  leaves: i32,
  sums: usize,
): void {
  memory.fill(lanes, 0, <usize>leaves << 7)
  // Four rows at once, each into sums of its own: rows of one leaf would wait for each other.
  for (let row = from; row < to; row += 4) {
    const place = <usize>row << 2
    const g = v128.load(gradient + place)
    const h = v128.load(hessian + place)
    const w = v128.load(weight + place)
    const low = v128.shuffle<f32>(g, h, 0, 4, 1, 5)
    const high = v128.shuffle<f32>(g, h, 2, 6, 3, 7)
    const at = leafOf + row
    addPair(lanes + (<usize>load<u8>(at) << 7), f64x2.promote_low_f32x4(low), f32x4.extract_lane(w, 0))
    const second = f64x2.promote_low_f32x4(v128.shuffle<f32>(low, low, 2, 3, 2, 3))
    addPair(lanes + (<usize>load<u8>(at, 1) << 7) + 32, second, f32x4.extract_lane(w, 1))
    addPair(lanes + (<usize>load<u8>(at, 2) << 7) + 64, f64x2.promote_low_f32x4(high), f32x4.extract_lane(w, 2))
    const fourth = f64x2.promote_low_f32x4(v128.shuffle<f32>(high, high, 2, 3, 2, 3))
    addPair(lanes + (<usize>load<u8>(at, 3) << 7) + 96, fourth, f32x4.extract_lane(w, 3))
  }
  for (let leaf = 0; leaf < leaves; leaf++) {
    const at = lanes + (<usize>leaf << 7)
    const to = sums + (<usize>leaf << 5)
    for (let half: usize = 0; half < 32; half += 16) {
      const even = f64x2.add(v128.load(at + half), v128.load(at + half, 32))
      const odd = f64x2.add(v128.load(at + half, 64), v128.load(at + half, 96))
      v128.store(to + half, f64x2.add(even, odd))
    }
  }
}
