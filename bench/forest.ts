// The card data, unlabelled, in; how well a random cut forest and scikit-learn's isolation forest rank the frauds of the next day, out.
//
// node bench/forest.ts [--seeds 5] [--quick]
//
// The protocol of ../shared/data: the first day's rows, without their labels, make the forest; it ranks the rows of the second day, whose weights
// stand for the full prevalence (.15 % fraud).

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readHistory } from '../src/data/data.ts'
import { encodeHistory, learnFeatures } from '../src/features/features.ts'
import { bootstrapInterval } from '../src/train/bootstrap.ts'
import { fitForest } from '../src/train/cuts.ts'
import { marginsOf } from '../src/train/learners.ts'
import { publish, type Ratio, type Result } from './harness.ts'
import { figureOf, type Metric } from './quality/figures.ts'
import { startPython } from './rivals.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '5' }, quick: { type: 'boolean', default: false } },
})
const seeds = values.quick ? 2 : Number(values.seeds)
const replicates = values.quick ? 20 : 200
const secondDayMs = 86_400_000
const sampleSize = 256
/** Each one's default. */
const trees = { tocsin: 50, scikitLearn: 100 }
const metrics: readonly Metric[] = ['average precision', 'ROC AUC']

const path = join(import.meta.dirname, '../../shared/data/creditcard_weighted.csv.gz')
if (!existsSync(path)) {
  console.error(`${path} is not there: nothing to measure`)
  process.exit(0)
}
const { schema, history } = await readHistory(path, {
  ...{ detector: 'card', label: 'Class', amount: 'Amount', weight: 'Weight' },
  time: { column: 'Time', unit: 's' },
})
const start = history.times.findIndex((time) => time >= secondDayMs)
const features = learnFeatures(schema, history)
const columns = encodeHistory(features, history)
const period = { labels: history.labels.subarray(start), weights: history.weights.subarray(start), days: 1 }
const ones = new Float64Array(history.rows).fill(1)

type Subject = {
  readonly name: string
  scores(seed: number): Promise<{ scores: Float64Array; wallS: number }>
}

const folder = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
await writeFile(join(folder, 'columns'), Buffer.concat(columns.map((column) => Buffer.from(column.buffer))))
await writeFile(join(folder, 'weights'), Buffer.from(history.weights.buffer))
const python = await startPython(fileURLToPath(new URL('./forest.py', import.meta.url)), folder, {
  ...{ imports: 'import sklearn', packages: ['scikit-learn'] },
})
const versions = python ? Object.entries(await python.ask({ ask: 'versions' })) : []

const subjects: Subject[] = [
  ours('tocsin', history.weights),
  ours('tocsin, rows as they are', ones),
  ...(python ? [theirs('scikit-learn', true), theirs('scikit-learn, rows as they are', false)] : []),
]

const all = new Map<string, Float64Array[]>()
const results: Result[] = []
for (const { name, scores } of subjects) {
  const runs = []
  for (let seed = 1; seed <= seeds; seed++) runs.push(await scores(seed))
  const ranked = runs.map((run) => run.scores)
  all.set(name, ranked)
  for (const metric of metrics)
    results.push(
      spread(
        name,
        metric,
        '',
        ranked.map((own) => figureOf(metric, period, own, { perDay: 1 })(ones)),
      ),
    )
  results.push(
    spread(
      name,
      'fit',
      's',
      runs.map(({ wallS }) => wallS),
    ),
  )
  console.error(`${name}: done`)
}
python?.close()
await rm(folder, { recursive: true })

const differences: Ratio[] = metrics.flatMap((metric) => [
  difference(metric, 'tocsin', 'scikit-learn'),
  difference(metric, 'tocsin, rows as they are', 'scikit-learn, rows as they are'),
])
const count = (label: number) => period.labels.reduce((sum, own) => sum + (own === label ? 1 : 0), 0)
const notes = [
  `Rows before the second day (${start.toLocaleString('en')}, unlabelled) make the forest, those of the second (${count(1)} frauds and ${count(0).toLocaleString('en')} sampled normal rows, weighted to the full prevalence) are ranked. ${features.length} features: V1 … V28 and the amount. ${sampleSize} rows a tree, ${trees.tocsin} trees here and ${trees.scikitLearn} there (each one’s default; 100 here rank alike), ${seeds} seeds; median, least and most are over seeds.`,
  'Fraud is five times as frequent in the sampled rows as in the file that they stand for. Where nothing is said, rows count by their weight: ours takes weights, scikit-learn gets as many rows as all stand for, drawn by weight. "Rows as they are" is the sample unweighted.',
  'Differences, not ratios: the mean over seeds of the first less that of the second, with the interval of a bootstrap over the test rows, which count equally often for both.',
  `${versions.map(([name, version]) => `${name} ${version}`).join(', ') || 'Without scikit-learn: Python or its package could not be had'}.`,
]
await publish(
  { bench: 'forest', runs: seeds, results, ratios: python ? differences : [], notes },
  { isQuick: values.quick },
)

function ours(name: string, weights: Float64Array): Subject {
  return {
    name,
    async scores(seed) {
      const began = performance.now()
      const forest = await fitForest({
        ...{ features, columns, weights, rows: start },
        options: { seed, forestTrees: trees.tocsin, forestSampleSize: sampleSize },
        onRows: async () => {},
      })
      const wallS = (performance.now() - began) / 1000
      return { scores: marginsOf({ algorithm: 'randomCutForest', forest }, features, columns, start), wallS }
    },
  }
}

function theirs(name: string, weighted: boolean): Subject {
  return {
    name,
    async scores(seed) {
      const question = {
        ask: 'fit',
        rows: history.rows,
        width: features.length,
        start,
        trees: trees.scikitLearn,
        sampleSize,
      }
      const { wallS } = await python!.ask({ ...question, seed, weighted })
      const bytes = await readFile(join(folder, 'scores'))
      return { scores: new Float64Array(new Uint8Array(bytes).buffer), wallS: wallS! }
    },
  }
}

function spread(subject: string, metric: string, unit: string, figures: readonly number[]): Result {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { subject, case: 'card data, day 1 → day 2', metric, unit, min: sorted[0]!, median, max: sorted.at(-1)! }
}

function difference(metric: Metric, of: string, to: string): Ratio {
  const statistics = (name: string) => (all.get(name) ?? []).map((own) => figureOf(metric, period, own, { perDay: 1 }))
  const [first, second] = [statistics(of), statistics(to)]
  const mean = (some: typeof first, factors: Float64Array) =>
    some.reduce((sum, figure) => sum + figure(factors), 0) / some.length
  const units = Array.from(period.labels, () => ({ weight: 1, squared: 1 }))
  const { value, low, high } = bootstrapInterval(units, (factors) => mean(first, factors) - mean(second, factors), {
    ...{ seed: 1, replicates },
  })
  return { name: `${of} − ${to}, ${metric}`, median: value, low, high, target: 'high >= 0' }
}
