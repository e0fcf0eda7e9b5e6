// Random arrays in; every function of the WebAssembly kernel compared, byte for byte, with the plain one.

import { expect, test } from 'vitest'
import { Random } from '../../core/random.ts'
import { binPlaces, groupWidth, missingBin, placeBytes, splitBytes } from '../layout.ts'
import type { Kernel } from './kernel.ts'
import { createPlainKernel, exp } from './plain.ts'
import { createWasmKernel, createWasmMemory } from './wasm.ts'

const bytes = 8 * 65536
const rows = 1003
// Where each test lays out its arrays; far enough apart for `rows` of anything here.
const area = (index: number) => 4096 + index * 32768

type Fill = (views: { u8: Uint8Array; i32: Int32Array; f32: Float32Array; f64: Float64Array }, random: Random) => void

// Both kernels work on the same bytes; all of the memory must be the same afterwards.
function compare(fill: Fill, run: (kernel: Kernel, u8: Uint8Array) => unknown): Uint8Array {
  const wasm = createWasmMemory(bytes)
  const plain = new SharedArrayBuffer(wasm.buffer.byteLength)
  for (const buffer of [wasm.buffer, plain])
    fill(
      {
        u8: new Uint8Array(buffer),
        i32: new Int32Array(buffer),
        f32: new Float32Array(buffer),
        f64: new Float64Array(buffer),
      },
      new Random(11),
    )
  const before = Buffer.from(new Uint8Array(plain).slice())
  const answers = [
    run(createWasmKernel(wasm), new Uint8Array(wasm.buffer)),
    run(createPlainKernel(plain), new Uint8Array(plain)),
  ]
  expect(answers[0]).toEqual(answers[1])
  const after = Buffer.from(new Uint8Array(plain).slice())
  expect(Buffer.from(new Uint8Array(wasm.buffer).slice()).equals(after)).toBe(true)
  expect(after.equals(before)).toBe(false)
  return after
}

const fillBins: Fill = ({ u8 }, random) => {
  for (let i = 0; i < rows * groupWidth; i++) u8[area(0) + i] = random.below(20) === 0 ? missingBin : random.below(90)
}
const fillGradients: Fill = ({ f32, u8 }, random) => {
  for (let row = 0; row < rows; row++) {
    f32[area(2) / 4 + row] = random.normal() * Math.exp(random.normal() * 3)
    f32[area(3) / 4 + row] = random.uniform()
    f32[area(4) / 4 + row] = 1 + random.below(5)
    u8[area(5) + row] = random.below(7)
  }
}
const fillSums: Fill = ({ i32 }, random) => {
  for (let bin = 0; bin < binPlaces; bin++)
    if (random.below(3) > 0)
      i32.set([random.below(2000) - 1000, random.below(500), 1 + random.below(9), 0], (area(1) + bin * placeBytes) / 4)
}

test('bins numbers as the plain kernel does, at, above and below edges, and missing ones', () => {
  const after = compare(
    ({ f32 }, random) => {
      const edges = Float32Array.from({ length: 200 }, () => random.normal()).sort()
      f32.fill(Number.POSITIVE_INFINITY, area(1) / 4, area(1) / 4 + binPlaces)
      f32.set(edges, area(1) / 4)
      for (let row = 0; row < rows; row++)
        f32[area(0) / 4 + row] = row % 3 === 0 ? edges[row % 200]! : row % 50 === 1 ? Number.NaN : random.normal() * 2
    },
    (kernel) => kernel.bin(area(0), rows, area(1), area(2)),
  )
  expect(after[area(2)]).toBe(0)
  expect(after[area(2) + 3]).toBe(3)
  expect(after[area(2) + 1]).toBe(missingBin)
})

test('spreads columns over rows and gathers rows as the plain kernel does', () => {
  compare(fillBins, (kernel) => kernel.interleave(area(0), 64, rows, area(2) + 3, 24))
  compare(
    (views, random) => {
      fillBins(views, random)
      for (let i = 0; i < 300; i++) views.i32[area(1) / 4 + i] = random.below(300)
    },
    (kernel) => kernel.gather(area(1), 300, area(0), 3, area(2), 4096, area(4), 77),
  )
})

test('moves margins and takes gradients as the plain kernel does', () => {
  compare(
    (views, random) => {
      fillGradients(views, random)
      for (let row = 0; row < rows; row++) views.f64[area(0) / 8 + row] = random.normal() * 9
      for (let leaf = 0; leaf < 7; leaf++) views.f64[area(1) / 8 + leaf] = random.normal()
    },
    (kernel) => {
      kernel.addLeaves(0, rows, area(5), area(1), area(0))
      for (let row = 0; row < 2; row++)
        kernel.gradients(0, rows, area(0), area(5), area(4), 2.5, area(2), area(3), area(6), area(7))
    },
  )
})

test('chooses and rounds rows as the plain kernel does', () => {
  for (const limit of [1.7, 0])
    compare(fillGradients, (kernel, u8) => {
      const count = kernel.select(0, rows, area(2), limit, 123456789, area(6))
      // What lies beyond the chosen rows is nobody's.
      u8.fill(0, area(6) + count * 4, area(7))
      kernel.quantise(area(6), count, area(2), area(3), limit, 1e5, 2e5, 987654321, area(7))
      return count
    })
})

test('adds up, takes away and scans histograms as the plain kernel does', () => {
  compare(
    (views, random) => {
      fillBins(views, random)
      for (let i = 0; i < rows; i++) {
        views.i32.set([random.below(1000) - 500, random.below(100), 1, 0], area(2) / 4 + i * 4)
        views.i32[area(3) / 4 + i] = random.below(rows)
      }
    },
    (kernel) => {
      kernel.histogram(area(0), area(2), area(3), 700, area(4))
      kernel.histogram(area(0), area(2), area(3), 300, area(6))
      kernel.subtract(area(4), area(6), groupWidth * binPlaces)
    },
  )
  for (const minSamplesLeaf of [1, 50, 5000])
    for (const turn of [-1, 0, 1])
      for (const bins of [199, 200])
        compare(fillSums, (kernel) => kernel.scan(area(1), bins, 345, 60_000, 1200, minSamplesLeaf, 30, turn, area(2)))
})

test('moves rows left and right and finds leaves as the plain kernel does', () => {
  const fill: Fill = (views, random) => {
    fillBins(views, random)
    for (let i = 0; i < 700; i++) views.i32[area(1) / 4 + i] = random.below(rows)
    for (const [index, kind] of [0, 1, 2, 0].entries()) {
      const at = area(8) + index * splitBytes
      const bin = 20 + random.below(40)
      views.i32.set([random.below(index + 1), random.below(5), bin, kind], at / 4)
      for (let place = 0; place < binPlaces; place++)
        views.u8[at + 16 + place] =
          place === missingBin ? Number(kind === 1) : Number(kind === 2 ? random.below(2) : place <= bin)
    }
    fillGradients(views, random)
  }
  compare(fill, (kernel, u8) => {
    const left = kernel.partition(area(0) + 2, area(1), 700, area(8) + 16, area(9))
    u8.fill(0, area(9), area(10))
    return left
  })
  // Of the columns at area 0, each 1024 rows long, rows 0 to 1003 are walked; the last vector reaches into padding of its own.
  compare(fill, (kernel) => {
    kernel.assign(0, 1008, area(0), 1024, area(8), 4, area(6))
    kernel.leafSums(0, rows, area(6), area(2), area(3), area(4), area(9), 7, area(7))
  })
})

test('e^x is right to a millionth and falls to almost nothing, never below zero', () => {
  for (let x = -39; x <= 39; x += 0.01) expect(exp(x) / Math.exp(x)).toBeCloseTo(1, 5)
  expect(exp(-1000)).toBeGreaterThan(0)
})
