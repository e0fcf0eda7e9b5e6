// A shared memory in, the kernel in plain TypeScript out: the oracle of the WebAssembly one, and its stand-in.

import { binPlaces, groupWidth, missingBin, splitBytes } from '../layout.ts'
import type { Kernel } from './kernel.ts'

const f = Math.fround
const log2e = f(Math.LOG2E)
const ln2High = f(0.693359375)
const ln2Low = f(-2.1219444e-4)
const coefficients = [1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1].map(f)
// 2^n for −64 ≤ n ≤ 64, exact.
const powers = Float64Array.from({ length: 129 }, (_, i) => 2 ** (i - 64))

/** e^x as float32 for |x| ≤ 40 within 1e-6, from operations that every machine rounds alike (Math.exp is not among them). */
export function exp(x: number): number {
  const clamped = Math.min(40, Math.max(-40, x))
  const n = Math.floor(f(f(clamped * log2e) + 0.5))
  const r = f(f(clamped - f(n * ln2High)) - f(n * ln2Low))
  let sum = f(1 / 720)
  for (const coefficient of coefficients) sum = f(f(sum * r) + coefficient)
  return f(sum * powers[n + 64]!)
}

/** A random word for a row: a counter through a mixer (Mueller's constants). */
function hash(row: number, seed: number): number {
  let z = (Math.imul(row, 0x9e3779b1) + seed) | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}

const per24Bits = 1 / 16777216
const perHalf = 1 / 65536

export function createPlainKernel(memory: SharedArrayBuffer): Kernel {
  const u8 = new Uint8Array(memory)
  const i32 = new Int32Array(memory)
  const u32 = new Uint32Array(memory)
  const f32 = new Float32Array(memory)
  const f64 = new Float64Array(memory)

  return {
    bin(values, rows, edges, column) {
      const first = edges >>> 2
      for (let row = 0; row < rows; row++) {
        const x = f32[(values >>> 2) + row]!
        let low = 0
        let length = binPlaces - 1
        while (length > 0) {
          const half = length >> 1
          if (f32[first + low + half]! < x) {
            low += half + 1
            length -= half + 1
          } else length = half
        }
        u8[column + row] = Number.isNaN(x) ? missingBin : low
      }
    },

    interleave(column, from, to, target, rowBytes) {
      for (let row = from; row < to; row++) u8[target + row * rowBytes] = u8[column + row]!
    },

    addLeaves(from, to, leafOf, leafValues, margin) {
      for (let row = from; row < to; row++) f64[(margin >>> 3) + row]! += f64[(leafValues >>> 3) + u8[leafOf + row]!]!
    },

    gradients(from, to, margin, label, weight, positiveWeight, gradient, hessian, tally, totals) {
      // Four lanes of a vector, two of each sum: the order in which the WebAssembly kernel adds.
      const sumG = [0, 0]
      const sumH = [0, 0]
      for (let row = from; row < Math.ceil(to / 4) * 4; row++) {
        const p = f(1 / f(1 + exp(-f(f64[(margin >>> 3) + row]!))))
        const y = u8[label + row]!
        const w = f(f32[(weight >>> 2) + row]! * (y === 0 ? 1 : f(positiveWeight)))
        const g = f(w * f(p - y))
        const h = f(f(w * p) * f(1 - p))
        f32[(gradient >>> 2) + row] = g
        f32[(hessian >>> 2) + row] = h
        sumG[row & 1]! += Math.abs(g)
        sumH[row & 1]! += h
        if ((row & 3) === 0) i32[(tally >>> 2) + ((i32[(gradient >>> 2) + row]! & 0x7fffffff) >> 20)]!++
      }
      f64[totals >>> 3] = sumG[0]! + sumG[1]!
      f64[(totals >>> 3) + 1] = sumH[0]! + sumH[1]!
    },

    select(from, to, gradient, limit, seed, selected) {
      let count = 0
      for (let row = from; row < to; row++) {
        u32[(selected >>> 2) + count] = row
        if (f((hash(row, seed) >>> 8) * f(f(limit) * per24Bits)) < Math.abs(f32[(gradient >>> 2) + row]!)) count++
      }
      return count
    },

    quantise(selected, count, gradient, hessian, limit, gradientScale, hessianScale, seed, quantised) {
      for (let i = 0; i < count; i++) {
        const row = u32[(selected >>> 2) + i]!
        const g = f32[(gradient >>> 2) + row]!
        const size = Math.abs(g)
        const scale = size < f(limit) ? f(limit) / size : 1
        const chance = hash(row, seed)
        const at = (quantised >>> 2) + i * 4
        i32[at] = Math.floor(g * scale * gradientScale + (chance & 0xffff) * perHalf)
        i32[at + 1] = Math.floor(f32[(hessian >>> 2) + row]! * scale * hessianScale + (chance >>> 16) * perHalf)
        i32[at + 2] = 1
        i32[at + 3] = 0
      }
    },

    gather(selected, count, grouped, groups, target, targetBytes, order, first) {
      for (let i = 0; i < count; i++) {
        const from = grouped + u32[(selected >>> 2) + i]! * groups * groupWidth
        for (let group = 0; group < groups; group++) {
          const to = target + group * targetBytes + i * groupWidth
          u8.copyWithin(to, from + group * groupWidth, from + (group + 1) * groupWidth)
        }
        u32[(order >>> 2) + i] = first + i
      }
    },

    histogram(bins, quantised, order, count, histogram) {
      i32.fill(0, histogram >>> 2, (histogram >>> 2) + groupWidth * binPlaces * 4)
      for (let i = 0; i < count; i++) {
        const row = u32[(order >>> 2) + i]!
        const from = (quantised >>> 2) + row * 4
        const g = i32[from]!
        const h = i32[from + 1]!
        for (let feature = 0; feature < groupWidth; feature++) {
          const at = (histogram >>> 2) + (feature * binPlaces + u8[bins + row * groupWidth + feature]!) * 4
          i32[at]! += g
          i32[at + 1]! += h
          i32[at + 2]!++
        }
      }
    },

    subtract(whole, part, places) {
      const from = part >>> 2
      const to = whole >>> 2
      for (let i = 0; i < places * 4; i++) i32[to + i]! -= i32[from + i]!
    },

    scan(histogram, bins, gradient, hessian, rows, minSamplesLeaf, l2, turn, candidate) {
      const first = histogram >>> 2
      const missing = first + missingBin * 4
      let best = 0
      let bestBin = -1
      let bestMissing = 0
      for (let missingLeft = 0; missingLeft <= (i32[missing + 2]! > 0 ? 1 : 0); missingLeft++) {
        let g = missingLeft * i32[missing]!
        let h = missingLeft * i32[missing + 1]!
        let n = missingLeft * i32[missing + 2]!
        for (let bin = 0; bin < bins; bin++) {
          const at = first + bin * 4
          if (i32[at + 2] === 0) continue
          g += i32[at]!
          h += i32[at + 1]!
          n += i32[at + 2]!
          if (n < minSamplesLeaf) continue
          if (rows - n < minSamplesLeaf) break
          const left = h + l2
          const right = hessian - h + l2
          const other = gradient - g
          const over = left * right
          if (turn * (g * right - other * left) < 0) continue
          const score = g * g * right + other * other * left
          if (score > best * over) {
            best = score / over
            bestBin = bin
            bestMissing = missingLeft
          }
        }
      }
      f64[candidate >>> 3] = best
      i32[(candidate >>> 2) + 2] = bestBin
      i32[(candidate >>> 2) + 3] = bestMissing
    },

    partition(bins, order, count, goesLeft, spare) {
      let left = 0
      let right = 0
      const first = order >>> 2
      const other = spare >>> 2
      for (let i = 0; i < count; i++) {
        const row = u32[first + i]!
        u32[first + left] = row
        u32[other + right] = row
        const flag = u8[goesLeft + u8[bins + row * groupWidth]!]!
        left += flag
        right += 1 - flag
      }
      u32.copyWithin(first + left, other, other + right)
      return left
    },

    assign(from, to, columns, stride, splits, count, leafOf) {
      u8.fill(0, leafOf + from, leafOf + to)
      for (let k = 0; k < count; k++) {
        const split = splits + k * splitBytes
        const leaf = i32[split >>> 2]!
        const column = columns + i32[(split >>> 2) + 1]! * stride
        const goesLeft = split + 16
        for (let row = from; row < to; row++)
          if (u8[leafOf + row] === leaf && u8[goesLeft + u8[column + row]!] === 0) u8[leafOf + row] = k + 1
      }
    },

    leafSums(from, to, leafOf, gradient, hessian, weight, lanes, leaves, sums) {
      f64.fill(0, lanes >>> 3, (lanes >>> 3) + leaves * 16)
      for (let row = from; row < Math.ceil(to / 4) * 4; row++) {
        const at = (lanes >>> 3) + u8[leafOf + row]! * 16 + (row & 3) * 4
        f64[at]! += f32[(gradient >>> 2) + row]!
        f64[at + 1]! += f32[(hessian >>> 2) + row]!
        f64[at + 2]! += f32[(weight >>> 2) + row]!
      }
      for (let leaf = 0; leaf < leaves; leaf++)
        for (let part = 0; part < 4; part++) {
          const at = (lanes >>> 3) + leaf * 16 + part
          f64[(sums >>> 3) + leaf * 4 + part] = f64[at]! + f64[at + 4]! + (f64[at + 8]! + f64[at + 12]!)
        }
    },
  }
}
