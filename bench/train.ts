// Nothing in; how long training takes beside XGBoost, LightGBM and scikit-learn, and how well each then ranks, out.
//
// node bench/train.ts [--quick] [--runs 5] [--rows 284807] [--width 30]

import { parseArgs } from 'node:util'
import { averagePrecision } from '../src/train/metrics.ts'
import { cardLike } from './cardlike.ts'
import { type Figure, measure, publish, ratios, type Subject, summarise } from './harness.ts'
import { startRivals, type Training } from './rivals.ts'
import { rowsOf, testVectors, trainOurs } from './subject.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    rows: { type: 'string', default: '284807' },
    width: { type: 'string', default: '30' },
  },
})
const runs = values.quick ? 1 : Number(values.runs)
const rows = values.quick ? 40_000 : Number(values.rows)
const width = Number(values.width)
const matrix = cardLike(rows, width, 7)
const { testStart } = rowsOf(rows)
const training: Training = {
  threads: 2,
  trees: values.quick ? 20 : 100,
  depth: 6,
  leaves: 64,
  bins: 255,
  learningRate: 0.1,
}
const test = { labels: matrix.labels.subarray(testStart), weights: new Float64Array(rows - testStart).fill(1) }
const ranking = (scores: Float64Array): Figure => ({
  metric: 'average precision',
  unit: '',
  value: averagePrecision({ ...test, scores }),
})
const seconds = (metric: string, value: number): Figure => ({ metric, unit: 's', value })

const ours: Subject = {
  name: 'tocsin',
  async run() {
    const { model, fitS, wholeS, cpuS } = await trainOurs(matrix, training)
    const scores = new Float64Array(rows - testStart)
    model.scoreMany(testVectors(matrix), scores.length, scores)
    return [
      seconds('wall', fitS),
      seconds('wall with evaluation', wholeS),
      seconds('cpu with evaluation', cpuS),
      ranking(scores),
    ]
  },
}
const rivals = await startRivals(matrix, rowsOf(rows))
const rivalSubjects = rivals
  ? ['xgboost', 'lightgbm', 'scikit-learn'].map(
      (name): Subject => ({
        name,
        async run() {
          const { wallS, cpuS, scores } = await rivals.train(name, training)
          return [seconds('wall', wallS), seconds('cpu', cpuS), ranking(scores)]
        },
      }),
    )
  : []

const measured = await measure({ name: `card-like ${rows}x${width}`, runs, subjects: [ours, ...rivalSubjects] })
await rivals?.close()
await publish(
  {
    bench: 'train',
    runs,
    results: summarise(measured),
    ratios: ratios(measured, [
      { of: 'tocsin', to: 'xgboost', metric: 'wall', target: '<= 0.5' },
      { of: 'tocsin', to: 'lightgbm', metric: 'wall', target: '< 1' },
      { of: 'tocsin', to: 'scikit-learn', metric: 'wall', target: '' },
    ]),
    notes: [
      `Generated matrix (bench/cardlike.ts), first 80 % trains, last 10 % tests; ${training.trees} trees, depth ${training.depth}, ${training.leaves} leaves, ${training.bins} bins, learning rate ${training.learningRate}, ${training.threads} threads, no early stopping.`,
      'wall: from the float32 matrix in memory to the trees, binning included. Ours also measures average precision on a validation period after each tree, and keeps the trees up to the best round.',
      'with evaluation: ours also calibrates, chooses the operating point, evaluates with intervals and sketches the features. cpu counts all threads.',
      'Ours searches splits on a quarter of the rows (minimal variance sampling); leaf values come from all rows. Rivals use all rows: their default.',
      rivals
        ? `Rivals: ${rivals.versions.join(', ')}.`
        : 'No rivals: Python or its packages could not be had on this machine.',
    ],
  },
  { isQuick: values.quick },
)
