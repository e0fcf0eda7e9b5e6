// Binned rows in, trees out: rounds of gradients, sample, tree, leaf values, until the validation period stops gaining.

import { Random } from '../core/random.ts'
import type { TreesData } from '../model/model.ts'
import { type Bins, thresholdOf } from './bin.ts'
import { type GrowOptions, type Growth, growTree, type Split, type Workbench } from './grow.ts'
import { sizeBuckets } from './layout.ts'
import { averagePrecision, logLoss } from './metrics.ts'
import { sampleLimit } from './sample.ts'

export type BoostOptions = {
  readonly seed: number
  readonly maxTrees: number
  readonly learningRate: number
  readonly maxDepth: number
  readonly maxLeafNodes: number
  readonly minSamplesLeaf: number
  readonly l2Regularization: number
  readonly positiveWeight: number
  readonly earlyStoppingRounds: number
  /** `leafWise` where absent. */
  readonly growth?: Growth
  /** Share of the columns, drawn anew, that each tree may test; 1 where absent. */
  readonly colsampleByTree?: number
}

export type Boosted = {
  readonly trees: TreesData
  /** Log-odds with these trees of the rows after the training period; equal to what the model answers. */
  readonly margins: Float64Array
}

type Round = { readonly trees: number; readonly averagePrecision: number }

type Input = {
  readonly bench: Workbench
  readonly bins: readonly Bins[]
  readonly labels: Uint8Array
  readonly weights: Float64Array
  readonly options: BoostOptions
  /** By column: see `GrowOptions`. */
  readonly turns: readonly number[]
  /** How many trees to grow; as many as the validation period says where absent. */
  readonly rounds?: number
  readonly onRound: (round: Round) => Promise<void>
}

// A leaf with anomalies only would step by G / H = 1 / p, hundreds of log-odds where anomalies are rare.
const largestStep = 4
const smallestGain = 1e-6
// Average precision over few anomalies jumps: what stops training is its mean over the last rounds.
const smoothedRounds = 5
const spareRoom = 1.25

/** One tree: its splits, and by leaf its value and the weight of the rows in it. */
type Grown = { readonly splits: readonly Split[]; readonly values: Float64Array; readonly covers: Float64Array }

export async function boost(input: Input): Promise<Boosted> {
  const { bench, options } = input
  const { layout, views, team } = bench
  const random = new Random(options.seed)
  const margins = views.f64.subarray(layout.margin >>> 3, (layout.margin >>> 3) + layout.rows)
  const baseMargin = priorMargin(views.f32.subarray(layout.weight >>> 2), input)
  margins.fill(baseMargin)
  for (const [column, turn] of input.turns.entries()) views.i32[(layout.rules >>> 2) + column * 2] = turn
  const grown: Grown[] = []
  const watch =
    input.rounds === undefined ? watchValidation(input, margins) : countRounds(input.rounds, margins, layout)
  for (;;) {
    team.run('update', layout.blocks, { positiveWeight: options.positiveWeight })
    let isBetter = false
    const look = () => {
      isBetter = watch.look(grown.length)
    }
    const sample = drawSample(bench, random, look)
    await input.onRound({ trees: grown.length, averagePrecision: watch.latest() })
    if (!isBetter || grown.length >= options.maxTrees) break
    const tested = drawColumns(bench, random, options)
    const tree = growOne(bench, { ...sample, tested, turns: input.turns }, options)
    if (tree.splits.length === 0) break
    grown.push(tree)
  }
  const kept = grown.slice(0, watch.bestTrees())
  return { trees: toTreesData(kept, baseMargin, input), margins: watch.bestMargins() }
}

function priorMargin(weights: Float32Array, { bench, labels, options }: Input): number {
  let [anomalous, normal] = [0, 0]
  for (let row = 0; row < bench.layout.trainRows; row++) {
    if (labels[row] === 1) anomalous += weights[row]! * options.positiveWeight
    else normal += weights[row]!
  }
  return Math.log(anomalous / normal)
}

type Sample = { rows: number; gradientScale: number; hessianScale: number }
type Draw = Sample & Pick<GrowOptions, 'tested' | 'turns'>

// Which columns the next tree may test, rising; told to all threads.
function drawColumns({ layout, views }: Workbench, random: Random, { colsampleByTree = 1 }: BoostOptions): number[] {
  const columns = Array.from({ length: layout.width }, (_, column) => column)
  const count = Math.max(1, Math.round(colsampleByTree * layout.width))
  while (columns.length > count) columns.splice(random.below(columns.length), 1)
  for (let column = 0; column < layout.width; column++) views.i32[(layout.rules >>> 2) + column * 2 + 1] = 0
  for (const column of columns) views.i32[(layout.rules >>> 2) + column * 2 + 1] = 1
  return columns
}

// Chooses rows and fixes the integers' scales so that no sum of the whole sample can overflow 31 bits. `meanwhile` runs while
// helpers choose.
function drawSample({ layout, views, team }: Workbench, random: Random, meanwhile: () => void): Sample {
  const { i32, f64 } = views
  const tally = new Int32Array(sizeBuckets)
  // Every fourth row was counted.
  for (let i = 0; i < layout.threads * sizeBuckets; i++) tally[i % sizeBuckets]! += 4 * i32[(layout.tally >>> 2) + i]!
  i32.fill(0, layout.tally >>> 2, (layout.tally >>> 2) + layout.threads * sizeBuckets)
  let [gradient, hessian] = [0, 0]
  for (let block = 0; block < layout.blocks; block++) {
    gradient += f64[(layout.totals >>> 3) + block * 2]!
    hessian += f64[(layout.totals >>> 3) + block * 2 + 1]!
  }
  const seed = random.bits()
  let limit = sampleLimit(tally, layout.trainRows, layout.wantedRows)
  let rows = 0
  team.run('select', layout.blocks, { limit, seed }, meanwhile)
  for (;;) {
    rows = sum(i32, layout.selectedCount >>> 2, layout.blocks)
    if (rows <= layout.sampleRows) break
    limit *= 1.1
    team.run('select', layout.blocks, { limit, seed })
  }
  const room = 2 ** 31 - 1 - rows
  const gradientScale = room / (gradient + rows * limit)
  const hessianScale = room / (hessian + rows * limit)
  team.run('quantise', layout.blocks, { limit, seed: random.bits(), gradientScale, hessianScale })
  return { rows, gradientScale, hessianScale }
}

// What the histograms count in is other for every sample.
function growOptions({ gradientScale, hessianScale, tested, turns }: Draw, options: BoostOptions): GrowOptions {
  const { maxLeafNodes, maxDepth, minSamplesLeaf, l2Regularization, growth = 'leafWise' } = options
  const l2 = Math.max(l2Regularization, 1e-9) * hessianScale
  const minGain = (smallestGain * gradientScale ** 2) / hessianScale
  const unit = hessianScale / gradientScale
  return { maxLeafNodes, maxDepth, minSamplesLeaf, l2, minGain, growth, tested, turns, unit }
}

/** Places for the sampled rows: all rows, or what is wanted and some more, since chance may take more. */
export function roomFor(wanted: number, trainRows: number): number {
  return Math.min(trainRows, Math.ceil(wanted * spareRoom))
}

function sum(values: Int32Array, first: number, count: number): number {
  return values.subarray(first, first + count).reduce((total, value) => total + value, 0)
}

function growOne(bench: Workbench, draw: Draw, options: BoostOptions): Grown {
  const { layout, views, team } = bench
  const { splits, bounds } = growTree(bench, draw.rows, growOptions(draw, options))
  const leaves = splits.length + 1
  team.run('apply', layout.blocks, { splits: splits.length, leaves })
  const values = new Float64Array(leaves)
  const covers = new Float64Array(leaves)
  for (let leaf = 0; leaf < leaves; leaf++) {
    let [gradient, hessian, weight] = [0, 0, 0]
    for (let block = 0; block < layout.blocks; block++) {
      const at = (layout.leafSums >>> 3) + (block * layout.maxLeaves + leaf) * 4
      gradient += views.f64[at]!
      hessian += views.f64[at + 1]!
      weight += views.f64[at + 2]!
    }
    const step = -gradient / (hessian + Math.max(options.l2Regularization, 1e-9))
    const { low, high } = bounds[leaf]!
    const held = Math.max(low, Math.min(high, step))
    values[leaf] = options.learningRate * Math.max(-largestStep, Math.min(largestStep, held)) + 0
    covers[leaf] = Math.max(weight, Number.MIN_VALUE)
  }
  views.f64.set(values, layout.leafValues >>> 3)
  return { splits, values, covers }
}

type Watch = {
  readonly latest: () => number
  readonly bestTrees: () => number
  readonly bestMargins: () => Float64Array
  /** False when it is time to stop. */
  look(trees: number): boolean
}

function countRounds(rounds: number, margins: Float64Array, { trainRows }: Workbench['layout']): Watch {
  return {
    latest: () => Number.NaN,
    bestTrees: () => rounds,
    bestMargins: () => margins.slice(trainRows),
    look: (trees) => trees < rounds,
  }
}

// Keeps the margins of the best round so far, so that training can go back to it.
function watchValidation({ bench, labels, weights, options }: Input, margins: Float64Array): Watch {
  const { trainRows } = bench.layout
  const end = trainRows + weights.length
  const figures: number[] = []
  const bestMargins = margins.slice(trainRows)
  let best = { smoothed: Number.NEGATIVE_INFINITY, trees: 0 }
  const validation = {
    scores: margins.subarray(trainRows, end),
    labels: labels.subarray(trainRows, end),
    weights,
  }
  const figure = () => {
    const precision = averagePrecision(validation)
    if (!Number.isNaN(precision)) return precision
    return -logLoss({ ...validation, scores: validation.scores.map((margin) => 1 / (1 + Math.exp(-margin))) })
  }
  return {
    latest: () => figures.at(-1)!,
    bestTrees: () => best.trees,
    bestMargins: () => bestMargins,
    look(trees) {
      figures.push(figure())
      const last = figures.slice(-smoothedRounds)
      const smoothed = last.reduce((total, value) => total + value, 0) / last.length
      if (smoothed > best.smoothed) {
        best = { smoothed, trees }
        bestMargins.set(margins.subarray(trainRows))
      }
      return trees - best.trees < options.earlyStoppingRounds
    },
  }
}

// Nodes in the order of the splits: the children of a split lie next to each other, after everything older.
function toTreesData(grown: readonly Grown[], baseMargin: number, { bins }: Input): TreesData {
  const data = {
    baseMargin,
    roots: [0],
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    missingLeft: [] as number[],
    value: [] as number[],
    cover: [] as number[],
    categorySets: [] as number[][],
  }
  for (const { splits, values, covers } of grown) {
    const root = data.feature.length
    const nodes = 2 * splits.length + 1
    const nodeOf = [root]
    const parents: [number, number][] = []
    for (const key of ['threshold', 'left', 'missingLeft', 'value', 'cover'] as const)
      data[key].push(...new Array<number>(nodes).fill(0))
    data.feature.push(...new Array<number>(nodes).fill(-1))
    for (const [index, split] of splits.entries()) {
      const node = nodeOf[split.leaf]!
      const left = root + 1 + 2 * index
      data.feature[node] = split.feature
      data.left[node] = left
      data.missingLeft[node] = split.missingLeft ? 1 : 0
      data.threshold[node] = threshold(split, bins[split.feature]!, data.categorySets)
      nodeOf[split.leaf] = left
      nodeOf.push(left + 1)
      parents.push([node, left])
    }
    for (const [leaf, node] of nodeOf.entries()) {
      data.value[node] = values[leaf]!
      data.cover[node] = covers[leaf]!
    }
    for (const [node, left] of parents.reverse()) data.cover[node] = data.cover[left]! + data.cover[left + 1]!
    data.roots.push(data.feature.length)
  }
  return data
}

function threshold(split: Split, bins: Bins, categorySets: number[][]): number {
  if (bins.kind === 'number') return thresholdOf(bins.edges, split.bin)
  const places = bins.places.filter((_, bin) => split.goesLeft[bin] === 1).flat()
  return categorySets.push(places.sort((a, b) => a - b)) - 1
}
