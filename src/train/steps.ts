// The parts of training that threads share: a step's name, a task's number and the step's arguments in, its effect on the shared memory out.

import { edgeRows, edgesOf } from './bin.ts'
import type { Kernel } from './kernel/kernel.ts'
import {
  binPlaces,
  blockRows,
  candidateBytes,
  groupWidth,
  type Layout,
  missingBin,
  placeBytes,
  sizeBuckets,
} from './layout.ts'
import { placesOf, scanCategory } from './split.ts'

/** Bins of so many rows, of all features that a tree tests, lie in the first-level cache while the rows go down the tree. */
const cachedRows = 1024

/** Typed views of the shared memory. */
export type Views = {
  readonly u8: Uint8Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
}

export function viewsOf(memory: SharedArrayBuffer): Views {
  return {
    u8: new Uint8Array(memory),
    i32: new Int32Array(memory),
    u32: new Uint32Array(memory),
    f32: new Float32Array(memory),
    f64: new Float64Array(memory),
  }
}

/** Arguments of each step, all numbers, so that they fit the shared memory. */
export type StepArguments = {
  /** One task a column, of those that lie in the threads' value slots from `first` on. */
  bin: { first: number; maxBins: number }
  /** One task a block. */
  interleave: Record<string, never>
  /** One task a block: margins move by their leaf's value; then gradients. */
  update: { positiveWeight: number }
  /** One task a block. */
  select: { limit: number; seed: number }
  /** One task a block. */
  quantise: { limit: number; seed: number; gradientScale: number; hessianScale: number }
  /** One task a group of features. `part` is counted, `whole` becomes whole − part; what is looked at gets candidates. */
  search: {
    part: number
    countPart: number
    partStart: number
    partRows: number
    partGradient: number
    partHessian: number
    lookAtPart: number
    whole: number
    wholeRows: number
    wholeGradient: number
    wholeHessian: number
    lookAtWhole: number
    minSamplesLeaf: number
    l2: number
  }
  /** One task a block: each row's leaf, and the leaves' sums. */
  apply: { splits: number; leaves: number }
}
export type StepName = keyof StepArguments

const argumentNames: { readonly [name in StepName]: readonly (keyof StepArguments[name] & string)[] } = {
  bin: ['first', 'maxBins'],
  interleave: [],
  update: ['positiveWeight'],
  select: ['limit', 'seed'],
  quantise: ['limit', 'seed', 'gradientScale', 'hessianScale'],
  search: [
    'part',
    'countPart',
    'partStart',
    'partRows',
    'partGradient',
    'partHessian',
    'lookAtPart',
    'whole',
    'wholeRows',
    'wholeGradient',
    'wholeHessian',
    'lookAtWhole',
    'minSamplesLeaf',
    'l2',
  ],
  apply: ['splits', 'leaves'],
}
export const stepNames = Object.keys(argumentNames) as readonly StepName[]

/** Writes a step's arguments where every thread finds them. */
export function writeArguments<Name extends StepName>(
  { f64 }: Views,
  layout: Layout,
  name: Name,
  given: StepArguments[Name],
): void {
  const names: readonly (keyof StepArguments[Name])[] = argumentNames[name]
  for (const [i, key] of names.entries()) f64[(layout.parameters >>> 3) + i] = given[key] as number
}

/** Runs one task of one step; `thread` counts from 0. */
export type RunTask = (step: StepName, task: number) => void

export function createSteps(
  layout: Layout,
  kernel: Kernel,
  memory: SharedArrayBuffer,
  isCategory: readonly boolean[],
  thread: number,
): RunTask {
  const views = viewsOf(memory)
  const { i32, f32, f64, u8 } = views

  // The same for every column.
  let rowsOfEdges: Uint32Array | undefined

  function read<Name extends StepName>(name: Name): StepArguments[Name] {
    const names = argumentNames[name]
    return Object.fromEntries(names.map((key, i) => [key, f64[(layout.parameters >>> 3) + i]!])) as StepArguments[Name]
  }

  function block(task: number): { from: number; to: number; trainTo: number } {
    const from = task * blockRows
    const to = Math.min(layout.rows, from + blockRows)
    return { from, to, trainTo: Math.max(from, Math.min(to, layout.trainRows)) }
  }

  const steps: { readonly [name in StepName]: (task: number) => void } = {
    bin(task) {
      const { first, maxBins } = read('bin')
      const slot = layout.values + task * layout.stride * 4
      const values = f32.subarray(slot >>> 2, (slot >>> 2) + layout.rows)
      rowsOfEdges ??= edgeRows(u8.subarray(layout.label, layout.label + layout.trainRows))
      const edges = edgesOf(values, rowsOfEdges, maxBins)
      const column = first + task
      f32.set(edges, (layout.edges >>> 2) + column * binPlaces)
      f32.fill(
        Number.POSITIVE_INFINITY,
        (layout.edges >>> 2) + column * binPlaces + edges.length,
        (layout.edges >>> 2) + (column + 1) * binPlaces,
      )
      i32[(layout.edgeCounts >>> 2) + column] = edges.length
      const edgesAt = layout.edges + column * binPlaces * 4
      kernel.bin(slot, layout.rows, edgesAt, layout.columns + column * layout.stride)
    },

    interleave(task) {
      const { from, trainTo } = block(task)
      for (let column = 0; column < layout.width; column++) {
        const source = layout.columns + column * layout.stride
        kernel.interleave(source, from, trainTo, layout.grouped + column, layout.groups * groupWidth)
      }
    },

    update(task) {
      const { from, to, trainTo } = block(task)
      const { leafOf, leafValues, margin, label, weight, gradient, hessian } = layout
      kernel.addLeaves(from, to, leafOf, leafValues, margin)
      const tally = layout.tally + thread * sizeBuckets * 4
      const { positiveWeight } = read('update')
      const totals = layout.totals + task * 16
      kernel.gradients(from, trainTo, margin, label, weight, positiveWeight, gradient, hessian, tally, totals)
    },

    select(task) {
      const { limit, seed } = read('select')
      const { from, trainTo } = block(task)
      const count = kernel.select(from, trainTo, layout.gradient, limit, seed, layout.selected + from * 4)
      i32[(layout.selectedCount >>> 2) + task] = count
    },

    quantise(task) {
      const { limit, seed, gradientScale, hessianScale } = read('quantise')
      const counts = i32.subarray(layout.selectedCount >>> 2, (layout.selectedCount >>> 2) + layout.blocks)
      let start = 0
      for (let before = 0; before < task; before++) start += counts[before]!
      const count = counts[task]!
      const selected = layout.selected + task * blockRows * 4
      const { gradient, hessian, quantised } = layout
      const target = quantised + start * placeBytes
      kernel.quantise(selected, count, gradient, hessian, limit, gradientScale, hessianScale, seed, target)
      const { grouped, groups, sampleRows } = layout
      const bins = layout.sampleBins + start * groupWidth
      kernel.gather(selected, count, grouped, groups, bins, sampleRows * groupWidth, layout.order + start * 4, start)
    },

    search(group) {
      if (!isTested(group)) return
      const given = read('search')
      const offset = group * groupWidth * binPlaces * placeBytes
      const slotBytes = layout.groups * groupWidth * binPlaces * placeBytes
      const part = layout.histograms + given.part * slotBytes
      const whole = layout.histograms + given.whole * slotBytes
      const bins = layout.sampleBins + group * layout.sampleRows * groupWidth
      const order = layout.order + given.partStart * 4
      if (given.countPart) kernel.histogram(bins, layout.quantised, order, given.partRows, part + offset)
      const last = Math.min(layout.width, (group + 1) * groupWidth)
      for (let feature = group * groupWidth; feature < last; feature++) {
        const at = layout.candidates + feature * candidateBytes
        if (given.lookAtPart)
          scan(
            part,
            feature,
            { ...given, rows: given.partRows, gradient: given.partGradient, hessian: given.partHessian },
            at,
          )
      }
      if (!given.lookAtWhole) return
      kernel.subtract(whole + offset, part + offset, groupWidth * binPlaces)
      for (let feature = group * groupWidth; feature < last; feature++) {
        const at = layout.candidates + (layout.groups * groupWidth + feature) * candidateBytes
        scan(
          whole,
          feature,
          { ...given, rows: given.wholeRows, gradient: given.wholeGradient, hessian: given.wholeHessian },
          at,
        )
      }
    },

    apply(task) {
      const { splits, leaves } = read('apply')
      const { from, to, trainTo } = block(task)
      for (let row = from; row < to; row += cachedRows)
        kernel.assign(
          row,
          Math.min(to, row + cachedRows),
          layout.columns,
          layout.stride,
          layout.splits,
          splits,
          layout.leafOf,
        )
      const sums = layout.leafSums + task * layout.maxLeaves * 32
      const lanes = layout.leafLanes + thread * layout.maxLeaves * 128
      const { leafOf, gradient, hessian, weight } = layout
      kernel.leafSums(from, trainTo, leafOf, gradient, hessian, weight, lanes, leaves, sums)
    },
  }

  // A group of which the tree may test nothing need not be counted.
  function isTested(group: number): boolean {
    const last = Math.min(layout.width, (group + 1) * groupWidth)
    for (let feature = group * groupWidth; feature < last; feature++) if (mayTest(feature)) return true
    return false
  }
  function mayTest(feature: number): boolean {
    return i32[(layout.rules >>> 2) + feature * 2 + 1] === 1
  }

  type Leaf = { rows: number; gradient: number; hessian: number; minSamplesLeaf: number; l2: number }
  function scan(histogram: number, feature: number, leaf: Leaf, candidate: number): void {
    const { gradient, hessian, rows, minSamplesLeaf, l2 } = leaf
    if (!mayTest(feature)) return
    if (isCategory[feature]) {
      const { score, bin } = scanCategory(placesOf(i32, histogram, feature), leaf, leaf)
      f64[candidate >>> 3] = score
      i32[(candidate >>> 2) + 2] = bin
      i32[(candidate >>> 2) + 3] = 0
      return
    }
    const bins = i32[(layout.edgeCounts >>> 2) + feature]! + 1
    const at = histogram + feature * binPlaces * placeBytes
    const turn = i32[(layout.rules >>> 2) + feature * 2]!
    kernel.scan(at, Math.min(bins, missingBin), gradient, hessian, rows, minSamplesLeaf, l2, turn, candidate)
  }

  return (step, task) => steps[step](task)
}
