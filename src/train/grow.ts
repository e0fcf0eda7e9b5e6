// A sample of rows with their gradients in, the splits of one tree out.
//
// A monotone constraint is kept as LightGBM's basic method does: a split whose sides would answer against it is none, and what
// lies below either side may never pass the middle between both answers. Leaves are held to those bounds when they get their
// values (boost.ts), so that the promise holds whatever rows were sampled.

import type { Layout } from './layout.ts'
import { binPlaces, candidateBytes, groupWidth, placeBytes, splitBytes } from './layout.ts'
import { bestCandidate, type Candidate, goesLeft, leftTotals, placesOf, type Totals } from './split.ts'
import type { Views } from './steps.ts'
import type { Team } from './team.ts'

export type Growth = 'leafWise' | 'depthWise'

export type GrowOptions = {
  /** Which leaf is split next: the one that gains most, or the one that gains most of the shallowest. */
  readonly growth: Growth
  /** Columns that the tree may test. */
  readonly tested: readonly number[]
  /** By column: 1, a higher value may not lower the margin; −1, not raise it; 0, no constraint. */
  readonly turns: readonly number[]
  /** −gradient / hessian of the histogram times this is a leaf's value. */
  readonly unit: number
  readonly maxLeafNodes: number
  readonly maxDepth: number
  readonly minSamplesLeaf: number
  /** In the histogram's units of the hessian. */
  readonly l2: number
  /** In the histogram's units of the score. */
  readonly minGain: number
}

/** The left child keeps the leaf's number; the right one gets the next free number. */
export type Split = {
  readonly leaf: number
  readonly feature: number
  readonly bin: number
  readonly missingLeft: boolean
  /** By bin. */
  readonly goesLeft: Uint8Array
}

/** What a leaf's value, before the learning rate, may be. */
export type Bounds = { readonly low: number; readonly high: number }

type Leaf = {
  readonly leaf: number
  readonly bounds: Bounds
  readonly depth: number
  /** Its rows: `order[start]` and on. */
  readonly start: number
  readonly totals: Totals
  /** Which histogram is its own. */
  readonly slot: number
  readonly candidate: Candidate | null
}

export type Workbench = {
  readonly layout: Layout
  readonly views: Views
  readonly team: Team
  readonly isCategory: readonly boolean[]
}

/** Grows one tree over the sampled rows 0 … rows − 1; also leaves the splits in shared memory for the step `apply`. */
export function growTree(bench: Workbench, rows: number, options: GrowOptions): { splits: Split[]; bounds: Bounds[] } {
  const splits: Split[] = []
  const leaves: Leaf[] = [rootLeaf(bench, rows, options)]
  while (splits.length + 1 < options.maxLeafNodes) {
    const at = nextLeaf(leaves, options.growth)
    if (at < 0) break
    const leaf = leaves[at]!
    const split = splitOf(bench, leaf, leaf.candidate!)
    writeSplit(bench, splits.length, split)
    splits.push(split)
    const isLast = splits.length + 1 >= options.maxLeafNodes
    const [left, right] = children(bench, leaf, split, { right: splits.length, isLast, options })
    leaves[at] = left
    leaves.push(right)
  }
  return { splits, bounds: leaves.map(({ bounds }) => bounds) }
}

function nextLeaf(leaves: readonly Leaf[], growth: Growth): number {
  let best = -1
  for (const [i, leaf] of leaves.entries())
    if (leaf.candidate && (best < 0 || comesBefore(leaf, leaves[best]!, growth))) best = i
  return best
}

function comesBefore(one: Leaf, other: Leaf, growth: Growth): boolean {
  if (growth === 'depthWise' && one.depth !== other.depth) return one.depth < other.depth
  return one.candidate!.gain > other.candidate!.gain
}

function rootLeaf(bench: Workbench, rows: number, options: GrowOptions): Leaf {
  const leaf = { leaf: 0, depth: 0, start: 0, slot: 0, bounds: { low: -Infinity, high: Infinity } }
  const none = { gradient: 0, hessian: 0, rows }
  // Totals are only known once the rows have been counted: any feature's bins add up to them.
  search(bench, options, { part: leaf, totals: none, isCounted: false }, null, [false, false])
  const totals = leftTotals(histogramOf(bench, 0, options.tested[0]!), new Uint8Array(binPlaces).fill(1))
  search(bench, options, { part: leaf, totals, isCounted: true }, null, [true, false])
  return { ...leaf, totals, candidate: found(bench, 0, totals, options) }
}

type Place = { readonly start: number; readonly slot: number }
type Counted = { readonly part: Place; readonly totals: Totals; readonly isCounted: boolean }

// One step of the team: count the rows of a part, take them from the whole, look for splits in either.
function search(
  { layout, team }: Workbench,
  { minSamplesLeaf, l2 }: GrowOptions,
  counted: Counted,
  whole: { readonly slot: number; readonly totals: Totals } | null,
  [lookAtPart, lookAtWhole]: readonly [boolean, boolean],
): void {
  const { part, totals, isCounted } = counted
  team.run('search', layout.groups, {
    part: part.slot,
    countPart: isCounted ? 0 : 1,
    partStart: part.start,
    partRows: totals.rows,
    partGradient: totals.gradient,
    partHessian: totals.hessian,
    lookAtPart: lookAtPart ? 1 : 0,
    whole: whole?.slot ?? 0,
    wholeRows: whole?.totals.rows ?? 0,
    wholeGradient: whole?.totals.gradient ?? 0,
    wholeHessian: whole?.totals.hessian ?? 0,
    lookAtWhole: lookAtWhole ? 1 : 0,
    minSamplesLeaf,
    l2,
  })
}

function found({ layout, views }: Workbench, which: 0 | 1, totals: Totals, options: GrowOptions): Candidate | null {
  const at = layout.candidates + which * layout.groups * groupWidth * candidateBytes
  const unsplit = totals.gradient ** 2 / (totals.hessian + options.l2)
  return bestCandidate(views, at, options.tested, unsplit, options.minGain)
}

function histogramOf({ layout, views }: Workbench, slot: number, feature: number): Int32Array {
  const slotBytes = layout.groups * groupWidth * binPlaces * placeBytes
  return placesOf(views.i32, layout.histograms + slot * slotBytes, feature)
}

function splitOf(bench: Workbench, { leaf, slot, totals }: Leaf, candidate: Candidate): Split {
  const { feature, bin, missingLeft } = candidate
  const places = histogramOf(bench, slot, feature)
  return { leaf, feature, bin, missingLeft, goesLeft: goesLeft(candidate, bench.isCategory[feature]!, places, totals) }
}

function writeSplit({ layout, views, isCategory }: Workbench, index: number, split: Split): void {
  const at = layout.splits + index * splitBytes
  const kind = isCategory[split.feature] ? 2 : split.missingLeft ? 1 : 0
  views.i32.set([split.leaf, split.feature, split.bin, kind], at >>> 2)
  views.u8.set(split.goesLeft, at + 16)
}

type Next = { readonly right: number; readonly isLast: boolean; readonly options: GrowOptions }

// The smaller child is counted, the larger one is what remains of the parent's histogram, in the parent's slot.
function children(bench: Workbench, parent: Leaf, split: Split, { right, isLast, options }: Next): [Leaf, Leaf] {
  const leftSums = leftTotals(histogramOf(bench, parent.slot, split.feature), split.goesLeft)
  const rightSums = {
    gradient: parent.totals.gradient - leftSums.gradient,
    hessian: parent.totals.hessian - leftSums.hessian,
    rows: parent.totals.rows - leftSums.rows,
  }
  const isLeftSmall = leftSums.rows <= rightSums.rows
  const bounds = boundsOf(parent.bounds, [leftSums, rightSums], options.turns[split.feature]!, options)
  const depth = parent.depth + 1
  const child = (leaf: number, totals: Totals, isSmall: boolean) => ({
    leaf,
    depth,
    totals,
    bounds: leaf === right ? bounds[1] : bounds[0],
    start: leaf === right ? parent.start + leftSums.rows : parent.start,
    slot: isSmall ? right : parent.slot,
    candidate: null,
  })
  const pair: [Leaf, Leaf] = [child(parent.leaf, leftSums, isLeftSmall), child(right, rightSums, !isLeftSmall)]
  const canSplit = ({ totals }: Leaf) =>
    !isLast && depth < options.maxDepth && totals.rows >= 2 * options.minSamplesLeaf
  if (!pair.some(canSplit)) return pair
  partition(bench, parent, split.feature, right - 1)
  const [small, large] = isLeftSmall ? pair : [pair[1], pair[0]]
  const look = [canSplit(small), canSplit(large)] as const
  search(bench, options, { part: small, totals: small.totals, isCounted: false }, large, look)
  const withCandidate = (leaf: Leaf): Leaf => {
    const which = leaf === small ? 0 : 1
    return look[which] ? { ...leaf, candidate: found(bench, which, leaf.totals, options) } : leaf
  }
  return [withCandidate(pair[0]), withCandidate(pair[1])]
}

function boundsOf(
  bounds: Bounds,
  [left, right]: readonly [Totals, Totals],
  turn: number,
  { l2, unit }: GrowOptions,
): [Bounds, Bounds] {
  if (turn === 0) return [bounds, bounds]
  const answer = ({ gradient, hessian }: Totals) =>
    Math.min(bounds.high, Math.max(bounds.low, (-gradient / (hessian + l2)) * unit))
  const middle = (answer(left) + answer(right)) / 2
  const [below, above] = [
    { low: bounds.low, high: middle },
    { low: middle, high: bounds.high },
  ]
  return turn > 0 ? [below, above] : [above, below]
}

function partition({ layout, team }: Workbench, leaf: Leaf, feature: number, split: number): void {
  const group = Math.floor(feature / groupWidth)
  const bins = layout.sampleBins + group * layout.sampleRows * groupWidth + (feature % groupWidth)
  const flags = layout.splits + split * splitBytes + 16
  team.kernel.partition(bins, layout.order + leaf.start * 4, leaf.totals.rows, flags, layout.spare)
}
