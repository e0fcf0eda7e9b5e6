// Nothing in; how long training takes beside XGBoost, LightGBM and scikit-learn, what memory it needs, and how well each then ranks, out.
//
// node bench/train.ts                      284,807 × 30, in two or three minutes
// node bench/train.ts --large              5,000,000 × 40 beside each of them, three runs
// node bench/train.ts --large --against xgboost   … beside one of them, as many of five runs as fit into nine minutes
// node bench/train.ts --large --against xgboost --append   … more runs, beside those that an earlier command measured
// node bench/train.ts --scaling            0.3, 1, 3 and 10 million rows × 30, ours alone, three runs
//
// [--runs N] [--minutes N] [--rows N] [--width N] and --quick, a smoke run of each.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { averagePrecision } from '../src/train/metrics.ts'
import { cardLike } from './cardlike.ts'
import {
  appended,
  type Case,
  type Figure,
  measure,
  publish,
  type Ratio,
  type Run,
  ratios,
  type Subject,
  summarise,
} from './harness.ts'
import { type Rivals, startRivals } from './rivals.ts'
import { hundredTrees, rowsOf, testVectors, trainOurs } from './subject.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    scaling: { type: 'boolean', default: false },
    against: { type: 'string' },
    append: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    runs: { type: 'string' },
    rows: { type: 'string' },
    width: { type: 'string' },
  },
})
const training = values.quick ? { ...hundredTrees, trees: 20 } : hundredTrees
const libraries = values.against ? [values.against] : ['xgboost', 'lightgbm', 'scikit-learn']
const seconds = (metric: string, value: number): Figure => ({ metric, unit: 's', value })
const ranked = (value: number): Figure => ({ metric: 'average precision', unit: '', value })
const settings = `${training.trees} trees, depth ${training.depth}, ${training.leaves} leaves, ${training.bins} bins, learning rate ${training.learningRate}, ${training.threads} threads, no early stopping`
const fairness = [
  'wall: from the float32 matrix in memory to the trees, binning included. Ours also measures average precision on a validation period after each tree, and keeps the trees up to the best round.',
  'with evaluation: ours also calibrates, chooses the operating point, evaluates with intervals and sketches the features. cpu counts all threads.',
  'Ours searches splits on a sample of the rows (minimal variance sampling: src/train/sample.ts); leaf values come from all rows. Rivals use all rows: their default.',
]
const memoryNote =
  'peak memory: of a whole process that reads the matrix and trains once, with Node or Python, the library and the matrix itself; also over the bytes of the float32 matrix (rows × features × 4). Measured once, apart from the times.'

type Once = {
  fitS: number
  wholeS: number
  cpuS: number
  peakBytes: number
  ranking: number
}

// Trains in a process of its own, on generated rows or on those of the rivals' folder.
async function once(rows: number, width: number, folder?: string): Promise<Once> {
  const sizes = ['--rows', String(rows), '--width', String(width), '--trees', String(training.trees)]
  const args = [...sizes, ...(folder ? ['--folder', folder] : [])]
  const script = fileURLToPath(new URL('./once.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args])
  return JSON.parse(stdout)
}

const memory = (peakBytes: number, rows: number, width: number): Figure[] => [
  { metric: 'peak memory', unit: 'MB', value: peakBytes / 1e6 },
  { metric: 'peak memory', unit: '× matrix', value: peakBytes / (rows * width * 4) },
]

function rivalSubjects(rivals: Rivals, score: (scores: Float64Array) => number): Subject[] {
  return libraries.map((name) => ({
    name,
    async run() {
      const { wallS, cpuS, scores } = await rivals.train(name, training)
      return [seconds('wall', wallS), seconds('cpu', cpuS), ranked(score(scores))]
    },
  }))
}

// Ours at the larger size is measured with every run.
async function memories(
  rivals: Rivals,
  name: string,
  { rows, width }: { rows: number; width: number },
): Promise<Run[]> {
  const figures = new Map<string, Figure[]>()
  if (!values.large) figures.set('tocsin', memory((await once(rows, width, rivals.folder)).peakBytes, rows, width))
  for (const library of libraries) figures.set(library, memory(await rivals.peakBytes(library, training), rows, width))
  return [...figures].flatMap(([subject, each]) => each.map((figure) => ({ subject, case: name, round: 0, ...figure })))
}

const versions = (rivals: Rivals | null) =>
  rivals
    ? `Rivals: ${rivals.versions.join(', ')}.`
    : 'No rivals: Python or its packages could not be had on this machine.'
const pairs = [
  { of: 'tocsin', to: 'xgboost', metric: 'wall', target: '<= 0.5' },
  { of: 'tocsin', to: 'lightgbm', metric: 'wall', target: '< 1' },
  { of: 'tocsin', to: 'scikit-learn', metric: 'wall', target: '' },
]

async function besideRivals(): Promise<void> {
  const rows = Number(
    values.rows ?? (values.large ? (values.quick ? 400_000 : 5_000_000) : values.quick ? 60_000 : 284_807),
  )
  const width = Number(values.width ?? (values.large ? 40 : 30))
  const runs = Number(values.runs ?? (values.quick ? 1 : values.large && !values.against ? 3 : 5))
  const matrix = cardLike(rows, width, 7)
  const { testStart } = rowsOf(rows)
  const test = { labels: matrix.labels.subarray(testStart), weights: new Float64Array(rows - testStart).fill(1) }
  const score = (scores: Float64Array) => averagePrecision({ ...test, scores })
  const rivals = await startRivals(matrix, rowsOf(rows))
  const here = async (): Promise<Figure[]> => {
    const { model, fitS, wholeS, cpuS } = await trainOurs(matrix, training)
    const scores = new Float64Array(rows - testStart)
    model.scoreMany(testVectors(matrix), scores.length, scores)
    return [
      seconds('wall', fitS),
      seconds('wall with evaluation', wholeS),
      seconds('cpu with evaluation', cpuS),
      ranked(score(scores)),
    ]
  }
  const apart = async (): Promise<Figure[]> => {
    const { fitS, wholeS, cpuS, peakBytes, ranking } = await once(rows, width, rivals?.folder)
    return [
      seconds('wall', fitS),
      seconds('wall with evaluation', wholeS),
      seconds('cpu with evaluation', cpuS),
      ...memory(peakBytes, rows, width),
      ranked(ranking),
    ]
  }
  const subjects = [
    { name: 'tocsin', run: values.large ? apart : here },
    ...(rivals ? rivalSubjects(rivals, score) : []),
  ]
  const name = `card-like ${rows}x${width}`
  const minutes = Number(values.minutes ?? (values.large ? 9 : Infinity))
  const now = await measure({ name, runs, subjects, isWarm: values.large, minutes })
  if (rivals && !(values.large && values.append)) now.push(...(await memories(rivals, name, { rows, width })))
  await rivals?.close()
  const bench = `train${values.large ? '-large' : ''}${values.against ? `-${values.against}` : ''}`
  const measured = values.append ? await appended(bench, now) : now
  await publish(
    {
      bench,
      runs: 1 + measured.reduce((most, { round }) => Math.max(most, round), 0),
      ...(values.large ? { measured } : {}),
      results: summarise(measured),
      ratios: ratios(measured, pairs),
      notes: [
        `Generated matrix (bench/cardlike.ts), first 80 % trains, last 10 % tests; ${settings}.`,
        ...fairness,
        memoryNote,
        versions(rivals),
      ],
    },
    { isQuick: values.quick },
  )
}

// Time and memory by rows, and how much more a row costs among ten million than among three hundred thousand.
async function scaling(): Promise<void> {
  const width = Number(values.width ?? 30)
  const runs = Number(values.runs ?? (values.quick ? 1 : 3))
  const sizes = values.quick ? [50_000, 100_000] : [300_000, 1_000_000, 3_000_000, 10_000_000]
  const cases = sizes.map((rows): Case & { rows: number } => ({
    name: `card-like ${rows}x${width}`,
    rows,
    runs,
    isWarm: true,
    subjects: [
      {
        name: 'tocsin',
        async run() {
          const { fitS, wholeS, peakBytes, ranking } = await once(rows, width)
          return [
            seconds('wall', fitS),
            { metric: 'wall of a million rows', unit: 's', value: fitS / (rows / 1e6) },
            seconds('wall with evaluation', wholeS),
            ...memory(peakBytes, rows, width),
            ranked(ranking),
          ]
        },
      },
    ],
  }))
  const measured = []
  for (const one of cases) measured.push(...(await measure(one)))
  const results = summarise(measured)
  const perMillion = results.filter(({ metric }) => metric === 'wall of a million rows')
  const first = perMillion[0]!
  await publish(
    {
      bench: 'train-scaling',
      runs,
      results,
      ratios: perMillion.slice(1).map(
        (each): Ratio => ({
          name: `wall of a row, ${each.case} / ${first.case}`,
          median: each.median / first.median,
          low: each.min / first.max,
          high: each.max / first.min,
          target: '<= 1',
        }),
      ),
      notes: [`Generated matrix (bench/cardlike.ts), ours alone; ${settings}.`, ...fairness.slice(0, 2), memoryNote],
    },
    { isQuick: values.quick },
  )
}

await (values.scaling ? scaling() : besideRivals())
