// Columns and a way to take memory in, their tables in a kernel's memory and the call that ranks vectors out.

import type { Columns } from './columns.ts'
import type { PredictKernel } from './kernel/wasm.ts'

/** Takes so many bytes, on a boundary of sixteen; returns where they lie. */
export type Place = (bytes: number) => number

export function placeFrom(start: number): { place: Place; end(): number } {
  let end = start
  return {
    place(bytes) {
      const at = end
      end = Math.ceil((end + bytes) / 16) * 16
      return at
    },
    end: () => end,
  }
}

export type Quantiser = {
  readonly width: number
  readonly columnCount: number
  /** Where the vectors are expected. */
  readonly vectors: number
  write(view: DataView): void
  /** The columns of `rows` vectors to `to`, one every `stride` bytes. */
  run(kernel: PredictKernel, rows: number, to: number, stride: number): void
}

/** For at most `rows` vectors of `width` numbers at a time. */
export function planQuantiser(columns: Columns, width: number, rows: number, place: Place): Quantiser {
  const vectors = place(rows * width * 4)
  const numbers = place(columns.numbers.length * 16)
  const sets = place(columns.sets.length * 16)
  const thresholds = columns.numbers.map((own) => place(placesOf(own.thresholds).bytes))
  const bits = columns.sets.map((own) => place(wordsOf(own.places) * 4))
  return {
    width,
    columnCount: Math.max(1, 2 * columns.numbers.length + columns.sets.length),
    vectors,
    write(view) {
      for (const [i, own] of columns.numbers.entries()) {
        const { levels } = placesOf(own.thresholds)
        writeWords(view, numbers + i * 16, [own.feature * 4, thresholds[i]!, levels, 0])
        writeThresholds(view, thresholds[i]!, own.thresholds)
      }
      for (const [i, { feature, places, missingLeft }] of columns.sets.entries()) {
        writeWords(view, sets + i * 16, [feature * 4, bits[i]!, 0, 1 - missingLeft])
        view.setFloat32(sets + i * 16 + 8, wordsOf(places) * 32, true)
        writeBits(view, bits[i]!, places)
      }
    },
    run(kernel, rowCount, to, stride) {
      const { length } = columns.sets
      kernel.quantise(vectors, rowCount, width * 4, numbers, columns.numbers.length, sets, length, to, stride)
    },
  }
}

// How many levels of blocks of sixteen the thresholds and an infinity beyond them need, and their bytes: see `rank` in predict.as.
function placesOf(thresholds: Float32Array): { levels: number; bytes: number } {
  let levels = 1
  let upper = 0
  for (let places = 16; places <= thresholds.length; places *= 16) {
    levels++
    upper += places
  }
  return { levels, bytes: (upper + Math.ceil((thresholds.length + 1) / 16) * 16) * 4 }
}

function writeThresholds(view: DataView, start: number, thresholds: Float32Array): void {
  const { levels, bytes } = placesOf(thresholds)
  new Float32Array(view.buffer, start, bytes / 4).fill(Infinity)
  let level = start
  for (let stride = 16 ** (levels - 1); stride >= 1; stride /= 16) {
    for (let k = 0; (k + 1) * stride <= thresholds.length; k++)
      view.setFloat32(level + k * 4, thresholds[(k + 1) * stride - 1]!, true)
    level += (16 ** levels / stride) * 4
  }
}

function wordsOf(places: readonly number[]): number {
  return (places.reduce((a, b) => Math.max(a, b), -1) >> 5) + 1
}

function writeBits(view: DataView, start: number, places: readonly number[]): void {
  for (const place of places) {
    const word = start + (place >> 5) * 4
    view.setUint32(word, view.getUint32(word, true) | (1 << (place & 31)), true)
  }
}

export function writeWords(view: DataView, at: number, words: readonly number[]): void {
  for (let i = 0; i < words.length; i++) view.setUint32(at + i * 4, words[i]!, true)
}

/** A node as predict.as reads it. */
export function writeNode(view: DataView, at: number, least: number, column: number, left: number): void {
  view.setUint16(at, least, true)
  view.setUint16(at + 2, column, true)
  view.setUint32(at + 4, left, true)
}
