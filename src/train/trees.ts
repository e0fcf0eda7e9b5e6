// A checked history in, boosted trees with the margins of the rows that they saw out.

import { availableParallelism } from 'node:os'
import { TocsinError } from '../core/error.ts'
import { Random } from '../core/random.ts'
import { inFloat64, type TreesData } from '../model/model.ts'
import { meanOfTrees, redrawn } from './bags.ts'
import { type Bins, binCategory, categoryBins } from './bin.ts'
import { boost, roomFor } from './boost.ts'
import type { Workbench } from './grow.ts'
import { count, progress, type TrainHooks, type TrainInput, type TrainOptions } from './input.ts'
import { largestMemoryBytes } from './kernel/wasm.ts'
import { binPlaces, layOut } from './layout.ts'
import { marginsOf } from './learners.ts'
import { wantedSample } from './sample.ts'
import { viewsOf } from './steps.ts'
import { createTeam } from './team.ts'

const cellsWorthThreads = 1_000_000
const mostThreads = 16
const mostLeaves = 256

export type Grown = { readonly trees: TreesData; readonly margins: Float64Array }
/** By model: after how many trees the validation period stopped it. */
export type Rounds = readonly number[]

// Among so many anomalies average precision says after one run where to stop.
const plainAnomalies = 1000

/** One model, or the mean of `bags` models on redrawn weights, as many trees as the validation period says. */
export async function growBags(input: TrainInput, hooks: TrainHooks): Promise<Grown & { readonly rounds: Rounds }> {
  const { options } = input
  if ((options.bags ?? 1) > 1) {
    const stopped = await growRedrawn(input, hooks, Array(options.bags).fill(undefined))
    return { ...meanOf(stopped, input), rounds: stopped.map(({ trees }) => countTrees(trees)) }
  }
  const first = await grow(input, hooks)
  const jury = stoppingModels(input) - 1
  if (jury < 1) return { ...first, rounds: [countTrees(first.trees)] }
  const others = await growRedrawn(input, hooks, Array(jury).fill(undefined))
  const sum = [first, ...others].reduce((total, { trees }) => total + countTrees(trees), 0)
  const rounds = Math.max(1, Math.round(sum / (jury + 1)))
  return { ...(await grow(input, hooks, rounds)), rounds: [rounds] }
}

/** The same once more over another stretch of the history: as many trees as before, whatever comes after its training rows. */
export async function regrowBags(input: TrainInput, rounds: Rounds, hooks: TrainHooks): Promise<Grown> {
  if (rounds.length === 1) return grow(input, hooks, rounds[0]!)
  return meanOf(await growRedrawn(input, hooks, rounds), input)
}

// Which round is best is chance to a good part where few anomalies judge: over 24 folds of six sets (bench/quality, --develop) it lay
// anywhere between 5 and 240 of one and the same fold. The mean of some is steadier.
function stoppingModels({ labels, split, options }: TrainInput): number {
  if (count(labels, split.validationStart, split.testStart) >= plainAnomalies) return 1
  return options.stoppingModels ?? 1
}

async function growRedrawn(
  input: TrainInput,
  hooks: TrainHooks,
  rounds: readonly (number | undefined)[],
): Promise<Grown[]> {
  const { weights, split, options } = input
  const random = new Random(options.seed)
  const grown: Grown[] = []
  for (const [bag, wanted] of rounds.entries()) {
    const drawn = redrawn(weights, split.validationStart, random)
    grown.push(
      await grow({ ...input, weights: drawn, options: { ...options, seed: options.seed + bag } }, hooks, wanted),
    )
  }
  return grown
}

function meanOf(grown: readonly Grown[], { features, columns, split }: TrainInput): Grown {
  const trees = meanOfTrees(
    grown.map((each) => each.trees),
    features,
  )
  return { trees, margins: marginsOf({ algorithm: 'boostedTrees', trees }, features, columns, split.validationStart) }
}

function countTrees({ roots }: TreesData): number {
  return roots.length - 1
}

async function grow(input: TrainInput, hooks: TrainHooks, rounds?: number): Promise<Grown> {
  const { labels, weights, split, options } = input
  progress(hooks, {
    phase: 'bin',
    algorithm: 'boostedTrees',
    trees: 0,
    maxTrees: options.maxTrees,
    averagePrecision: null,
  })
  const bench = setUp(input, hooks)
  try {
    const bins = binColumns(bench, input)
    const onRound = async ({ trees, averagePrecision }: { trees: number; averagePrecision: number }) => {
      progress(hooks, {
        phase: 'boost',
        algorithm: 'boostedTrees',
        trees,
        maxTrees: rounds ?? options.maxTrees,
        averagePrecision: Number.isNaN(averagePrecision) ? null : averagePrecision,
      })
      await new Promise((resolve) => setImmediate(resolve))
    }
    const validationWeights = weights.subarray(split.validationStart, split.testStart)
    const limited = { ...options, maxLeafNodes: maxLeaves(options) }
    const turns = turnsOf(input)
    return await boost({
      bench,
      bins,
      labels,
      weights: validationWeights,
      options: limited,
      turns,
      onRound,
      ...(rounds === undefined ? {} : { rounds }),
    })
  } finally {
    await bench.team.close()
  }
}

function setUp({ features, labels, weights, split, options }: TrainInput, hooks: TrainHooks): Workbench {
  const trainRows = split.validationStart
  const wantedRows = Math.min(wantedSample(trainRows), Math.ceil((options.subsample ?? 1) * trainRows))
  const layout = layOut({
    trainRows,
    rows: labels.length,
    width: features.length,
    maxLeaves: maxLeaves(options),
    wantedRows,
    sampleRows: roomFor(wantedRows, trainRows),
    threads: hooks.threads ?? threadsFor(labels.length * features.length),
  })
  if (layout.bytes > largestMemoryBytes)
    throw new TocsinError(
      'TRAIN_TOO_LARGE',
      `${labels.length} rows of ${features.length} features need ${Math.ceil(layout.bytes / 2 ** 30)} GiB to train; at most 4 GiB can be used. Give a shorter history, or keep all anomalies and a sample of normal rows with their weight (events.weight).`,
    )
  const isCategory = features.map(({ kind }) => kind === 'category')
  const team = createTeam(layout, hooks.kernel ?? 'wasm', isCategory)
  const views = viewsOf(team.memory)
  views.u8.set(labels.subarray(0, trainRows), layout.label)
  for (let row = 0; row < trainRows; row++) views.f32[(layout.weight >>> 2) + row] = weights[row]!
  return { layout, views, isCategory, team }
}

function turnsOf({ features, options: { monotone = {} } }: TrainInput): number[] {
  const turns = { increasing: 1, decreasing: -1 }
  return features.map(({ name }) => {
    const direction = Object.hasOwn(monotone, name) ? monotone[name] : undefined
    return direction === undefined ? 0 : turns[direction]
  })
}

// A leaf's number is one byte while training.
function maxLeaves({ maxLeafNodes, maxDepth }: TrainOptions): number {
  return Math.min(maxLeafNodes, 2 ** maxDepth, mostLeaves)
}

// A helper takes some 50 ms to start: not worth it for little.
function threadsFor(cells: number): number {
  return cells < cellsWorthThreads ? 1 : Math.min(mostThreads, availableParallelism())
}

// Numbers go through the threads' value slots, as many at a time as there are threads; categories are few bins and are done here.
function binColumns({ layout, views, team }: Workbench, { features, columns, options }: TrainInput): Bins[] {
  for (let first = 0; first < layout.width; first += layout.threads) {
    const tasks = Math.min(layout.threads, layout.width - first)
    for (let task = 0; task < tasks; task++)
      views.f32.set(columns[first + task]!, (layout.values + task * layout.stride * 4) >>> 2)
    team.run('bin', tasks, { first, maxBins: options.maxBins })
  }
  const bins = features.map((feature, place): Bins => {
    if (feature.kind === 'category') {
      const bins = categoryBins(columns[place]!, layout.trainRows, feature.dictionary.length, options.maxBins)
      const at = layout.columns + place * layout.stride
      if (bins.kind === 'category') binCategory(columns[place]!, bins.places, views.u8.subarray(at, at + layout.rows))
      return bins
    }
    const at = (layout.edges >>> 2) + place * binPlaces
    const count = views.i32[(layout.edgeCounts >>> 2) + place]!
    return { kind: 'number', edges: views.f32.slice(at, at + count) }
  })
  team.run('interleave', layout.blocks, {})
  return bins
}

/** The least and the greatest sum of one leaf from each tree. */
export function rangeOf(trees: TreesData): [number, number] {
  const { baseMargin, roots, feature, value } = inFloat64(trees)
  let [low, high] = [baseMargin, baseMargin]
  for (let tree = 0; tree + 1 < roots.length; tree++) {
    const leaves = value.slice(roots[tree], roots[tree + 1]).filter((_, node) => feature[roots[tree]! + node] === -1)
    low += Math.min(...leaves)
    high += Math.max(...leaves)
  }
  return [low, high]
}
