// Histograms in, the best split of a leaf out.
//
// A split is worth G_L² / (H_L + λ) + G_R² / (H_R + λ) (Chen & Guestrin 2016, eq. 7, without the parent's part and the half).

import { binPlaces, candidateBytes, missingBin, placeBytes } from './layout.ts'

export type Totals = { readonly gradient: number; readonly hessian: number; readonly rows: number }

export type Candidate = {
  readonly feature: number
  /** Numbers: the last bin that goes left. Categories: how many bins, in `categoryOrder`, go left. */
  readonly bin: number
  readonly missingLeft: boolean
  /** What the split gains over the unsplit leaf, in the histogram's units. */
  readonly gain: number
}

// A category's mean gradient is drawn towards the leaf's as if it had so many more average rows.
const categorySmoothing = 10
const categoryMinRows = 5

/** Bins of a category by mean gradient, those with too few rows left out: they go right with what is missing. */
function categoryOrder(places: Int32Array, totals: Totals): number[] {
  const meanHessian = totals.hessian / totals.rows
  const mean = totals.gradient / (totals.hessian + 1)
  const rank = (bin: number) => {
    const extra = categorySmoothing * meanHessian
    return (places[bin * 4]! + extra * mean) / (places[bin * 4 + 1]! + extra + 1)
  }
  return Array.from({ length: missingBin }, (_, bin) => bin)
    .filter((bin) => places[bin * 4 + 2]! >= categoryMinRows)
    .map((bin) => ({ bin, rank: rank(bin) }))
    .sort((a, b) => a.rank - b.rank || a.bin - b.bin)
    .map(({ bin }) => bin)
}

/** As the kernel's `scan`, for a category: the best prefix of its bins in the order of their mean gradient (Fisher 1958). */
export function scanCategory(
  places: Int32Array,
  totals: Totals,
  { minSamplesLeaf, l2 }: { minSamplesLeaf: number; l2: number },
): { score: number; bin: number } {
  let best = { score: 0, bin: -1 }
  let [g, h, n] = [0, 0, 0]
  const order = categoryOrder(places, totals)
  for (const [i, bin] of order.entries()) {
    g += places[bin * 4]!
    h += places[bin * 4 + 1]!
    n += places[bin * 4 + 2]!
    if (n < minSamplesLeaf || totals.rows - n < minSamplesLeaf) continue
    const score = g ** 2 / (h + l2) + (totals.gradient - g) ** 2 / (totals.hessian - h + l2)
    if (score > best.score) best = { score, bin: i + 1 }
  }
  return best
}

/** The best candidate of the features that may be tested that gains more than `minGain`, or null; the first of equals. */
export function bestCandidate(
  memory: { readonly i32: Int32Array; readonly f64: Float64Array },
  candidates: number,
  tested: readonly number[],
  unsplit: number,
  minGain: number,
): Candidate | null {
  let feature = -1
  let score = unsplit + minGain
  for (const f of tested) {
    const at = candidates + f * candidateBytes
    if (memory.f64[at >>> 3]! <= score || memory.i32[(at >>> 2) + 2]! < 0) continue
    feature = f
    score = memory.f64[at >>> 3]!
  }
  if (feature < 0) return null
  const at = (candidates + feature * candidateBytes) >>> 2
  return { feature, bin: memory.i32[at + 2]!, missingLeft: memory.i32[at + 3] === 1, gain: score - unsplit }
}

/** Which bins go left: 256 flags. */
export function goesLeft(candidate: Candidate, isCategory: boolean, places: Int32Array, totals: Totals): Uint8Array {
  const flags = new Uint8Array(binPlaces)
  if (isCategory) for (const bin of categoryOrder(places, totals).slice(0, candidate.bin)) flags[bin] = 1
  else flags.fill(1, 0, candidate.bin + 1)
  flags[missingBin] = candidate.missingLeft ? 1 : 0
  return flags
}

/** Sums of the bins that go left. */
export function leftTotals(places: Int32Array, flags: Uint8Array): Totals {
  let [gradient, hessian, rows] = [0, 0, 0]
  for (let bin = 0; bin < binPlaces; bin++) {
    if (flags[bin] === 0) continue
    gradient += places[bin * 4]!
    hessian += places[bin * 4 + 1]!
    rows += places[bin * 4 + 2]!
  }
  return { gradient, hessian, rows }
}

/** The places of one feature in the histogram of a slot. */
export function placesOf(i32: Int32Array, histogram: number, feature: number): Int32Array {
  const first = (histogram + feature * binPlaces * placeBytes) >>> 2
  return i32.subarray(first, first + binPlaces * 4)
}
