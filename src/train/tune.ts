// A history and a time in, the hyperparameters that rank best over time-ordered folds of it out.
//
// Successive halving (Jamieson & Talwalkar 2016): of nine candidates each is judged on one fold, the best three on two, the best
// one on all; then nine more, until the time is up. Each fold trains on what lies before it, stops on the stretch in between, and is
// judged on rows that neither saw. The test period is never touched. Candidates come from the seed, so that a search that was
// broken off finds its trials again and goes on where it stopped.

import { canonicalJson, sha256 } from '../core/digest.ts'
import { TocsinError } from '../core/error.ts'
import { Random } from '../core/random.ts'
import { judge, type TrainInput, type TrainOptions } from './train.ts'

type Settings = Readonly<Record<string, number>>

/** One candidate, judged on one fold. */
export type Trial = {
  /** Of the rows, the settings and the fold: the same question has the same key. */
  readonly key: string
  readonly settings: Settings
  readonly fold: number
  readonly averagePrecision: number
  readonly seconds: number
}

export type TuneHooks = {
  /** Trials' time altogether, those of `known` included. The settings as they are get judged in any case. */
  readonly budgetMs: number
  /** Trials of an earlier run. */
  readonly known: readonly Trial[]
  /** In ms, rising. */
  readonly now: () => number
  readonly onTrial?: (trial: Trial, search: { readonly share: number; readonly best: number }) => void
  /** The search ends with the signal's reason; the trials told so far are its result. */
  readonly signal?: AbortSignal
  readonly threads?: number
}

export type Tuned = {
  readonly options: TrainOptions
  readonly settings: Settings
  /** Mean over the folds, of the settings found and of those given. */
  readonly averagePrecision: number
  readonly before: number
  readonly trials: number
}

type Fold = { readonly validationStart: number; readonly testStart: number; readonly end: number }

const foldCount = 4
const firstFoldShare = 0.5
const stopShare = 0.15
const bracket = 9
const keep = 3

/** Throws TocsinError `TUNE_NO_FOLDS` where no stretch of the history has both classes; the signal's reason when aborted. */
export async function tune(input: TrainInput, hooks: TuneHooks): Promise<Tuned> {
  const folds = foldsOf(input)
  const search = createSearch(input, folds, hooks)
  const given: Settings = {}
  let best = { settings: given, mean: await search.mean(given, folds.length) }
  const before = best.mean
  const random = new Random(input.options.seed)
  while (search.hasTime()) {
    const winner = await halve(
      Array.from({ length: bracket }, () => drawSettings(random, input.options)),
      folds.length,
      search,
    )
    if (winner && winner.mean > best.mean) best = winner
  }
  return {
    options: { ...input.options, ...best.settings },
    settings: best.settings,
    averagePrecision: best.mean,
    before,
    trials: search.trials(),
  }
}

type Search = {
  /** Mean average precision over the last `count` folds. */
  mean(settings: Settings, count: number): Promise<number>
  hasTime(): boolean
  trials(): number
}
type Judged = { readonly settings: Settings; readonly mean: number }

/** Null where the time was up before one of them was judged on all folds. */
async function halve(candidates: readonly Settings[], folds: number, search: Search): Promise<Judged | null> {
  let left: readonly Judged[] = candidates.map((settings) => ({ settings, mean: 0 }))
  for (let count = 1; ; count = Math.min(folds, count * 2)) {
    const judged: Judged[] = []
    for (const { settings } of left) {
      if (!search.hasTime()) return null
      judged.push({ settings, mean: await search.mean(settings, count) })
    }
    judged.sort((a, b) => b.mean - a.mean)
    if (count === folds) return judged[0]!
    left = judged.slice(0, Math.max(1, Math.floor(judged.length / keep)))
  }
}

function createSearch(input: TrainInput, folds: readonly Fold[], hooks: TuneHooks): Search {
  const known = new Map(hooks.known.map((trial) => [trial.key, trial]))
  const done = new Map<string, number>()
  let [spentMs, best] = [0, 0]
  async function run(settings: Settings, fold: number): Promise<number> {
    const key = sha256(canonicalJson({ rows: input.fingerprint, options: optionsKey(input.options), settings, fold }))
    const before = done.get(key)
    if (before !== undefined) return before
    const trial = known.get(key) ?? (await judgeFold(key, settings, fold))
    done.set(key, trial.averagePrecision)
    spentMs += trial.seconds * 1000
    best = Math.max(best, trial.averagePrecision)
    hooks.onTrial?.(trial, { share: Math.min(1, spentMs / hooks.budgetMs), best })
    hooks.signal?.throwIfAborted()
    return trial.averagePrecision
  }
  async function judgeFold(key: string, settings: Settings, fold: number): Promise<Trial> {
    const startedAt = hooks.now()
    const averagePrecision = await judge(foldInput(input, folds[fold]!, settings), hooks)
    return { key, settings, fold, averagePrecision, seconds: (hooks.now() - startedAt) / 1000 }
  }
  return {
    async mean(settings, count) {
      let sum = 0
      for (let fold = folds.length - count; fold < folds.length; fold++) sum += await run(settings, fold)
      return sum / count
    },
    // What would not end in time is not begun: a trial takes about as long as those before it.
    hasTime: () => spentMs + spentMs / done.size <= hooks.budgetMs,
    trials: () => done.size,
  }
}

// The operating point has no part in the search.
function optionsKey({ operatingPoint: _, ...options }: TrainOptions): unknown {
  return options
}

function foldInput(input: TrainInput, { validationStart, testStart, end }: Fold, settings: Settings): TrainInput {
  return {
    ...input,
    columns: input.columns.map((column) => column.subarray(0, end)),
    labels: input.labels.subarray(0, end),
    weights: input.weights.subarray(0, end),
    times: input.times.subarray(0, end),
    amounts: input.amounts?.subarray(0, end) ?? null,
    split: { validationStart, testStart },
    options: { ...input.options, ...settings },
  }
}

// The later half of what lies before the test period, in stretches; rows of one time stay together.
function foldsOf({ labels, times, split }: TrainInput): Fold[] {
  const rows = split.testStart
  const cut = (share: number) => {
    let row = Math.floor(rows * share)
    while (row > 0 && row < rows && times[row - 1] === times[row]) row--
    return row
  }
  const length = (1 - firstFoldShare) / foldCount
  const folds = Array.from({ length: foldCount }, (_, i) => {
    const start = firstFoldShare + i * length
    return { validationStart: cut(start - stopShare), testStart: cut(start), end: cut(start + length) }
  })
  const hasBoth = (from: number, to: number) => {
    const anomalies = labels.subarray(from, to).reduce((sum, label) => sum + label, 0)
    return anomalies > 0 && anomalies < to - from
  }
  const usable = folds.filter(
    ({ validationStart, testStart, end }) =>
      hasBoth(0, validationStart) && hasBoth(validationStart, testStart) && hasBoth(testStart, end),
  )
  if (usable.length > 0) return usable
  throw new TocsinError(
    'TUNE_NO_FOLDS',
    `The ${rows} rows before the test period have too few anomalies to be cut into folds; each needs some to train, to stop and to judge. Give a longer history, or train without --tune.`,
  )
}

/** Settings of one candidate, at random, for the learner that the options name. */
export function drawSettings(random: Random, { algorithm }: TrainOptions): Settings {
  const between = (low: number, high: number) => Number((low * (high / low) ** random.uniform()).toPrecision(3))
  const whole = (low: number, high: number) => Math.round(between(low, high))
  if (algorithm === 'randomCutForest') return { forestSampleSize: whole(64, 1024), forestTrees: whole(30, 100) }
  if (algorithm === 'linear')
    return {
      l1Regularization: random.below(2) * between(0.1, 100),
      l2Regularization: between(0.1, 1000),
      positiveWeight: between(0.5, 10),
    }
  // `auto` too: the trees have the most to gain.
  return {
    // Fewer, larger steps leave few distinct scores, among which no operating point fits well.
    learningRate: between(0.02, 0.15),
    maxDepth: whole(3, 10),
    maxLeafNodes: whole(6, 96),
    minSamplesLeaf: whole(2, 100),
    l2Regularization: between(0.1, 100),
    positiveWeight: between(0.5, 10),
    // One model's average precision over few anomalies is luck to a good part; the mean of some can be told from others.
    bags: 5,
  }
}
