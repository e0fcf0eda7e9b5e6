// Nothing in; µs to score a row, alone and in batches, on one thread, beside the libraries of Python out.
//
// node bench/predict.ts [--quick] [--runs 5]

import { parseArgs } from 'node:util'
import { compilePredictor } from '../src/model/compile.ts'
import type { FeatureSpec, TreesData } from '../src/model/model.ts'
import { averagePrecision } from '../src/train/metrics.ts'
import { cardLike } from './cardlike.ts'
import { type Figure, measure, publish, ratios, type Subject, summarise } from './harness.ts'
import { startRivals, type Training } from './rivals.ts'
import { rowsOf, testVectors, trainOurs } from './subject.ts'
import { treesOfXgboost } from './xgboostTrees.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, runs: { type: 'string', default: '5' } },
})
const runs = values.quick ? 1 : Number(values.runs)
const rows = values.quick ? 40_000 : 200_000
const matrix = cardLike(rows, 30, 7)
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
const vectors = testVectors(matrix)
const count = rows - testStart
const width = matrix.columns.length
const ranking = (scores: Float64Array): Figure => ({
  metric: 'average precision',
  unit: '',
  value: averagePrecision({ ...test, scores }),
})
const micros = (metric: string, value: number): Figure => ({ metric, unit: 'µs/row', value })

const { model, trees } = await trainOurs(matrix, training)
const timed = (repeats: number, work: () => void) => {
  const start = performance.now()
  work()
  return ((performance.now() - start) * 1000) / repeats
}

const ours: Subject = {
  name: 'tocsin',
  async run() {
    const scores = new Float64Array(count)
    const batch = timed(count, () => model.scoreMany(vectors, count, scores))
    let sum = 0
    const single = timed(count, () => {
      for (let row = 0; row < count; row++) sum += model.score(vectors, row * width)
    })
    const explained = 2_000
    const contributions = timed(explained, () => {
      for (let row = 0; row < explained; row++) sum += model.contributions(vectors, row * width)[0]!
    })
    if (!Number.isFinite(sum)) throw new Error('a score is not a number')
    return [micros('batch', batch), micros('single', single), micros('contributions', contributions), ranking(scores)]
  },
}
const sameTreesName = "tocsin on xgboost's trees"

// The walker alone and a logistic function, as XGBoost does.
function sameTrees(trees: TreesData): Subject {
  const features = matrix.names.map((name): FeatureSpec => ({ name, kind: 'number' }))
  const predictor = compilePredictor(trees, features)
  if (!predictor) throw new Error('no WebAssembly SIMD here')
  const logistic = (margin: number) => 1 / (1 + Math.exp(-margin))
  const scores = new Float64Array(count)
  return {
    name: sameTreesName,
    async run() {
      const batch = timed(count, () => {
        predictor.margins(vectors, count, scores)
        for (let row = 0; row < count; row++) scores[row] = logistic(scores[row]!)
      })
      let sum = 0
      const single = timed(count, () => {
        for (let row = 0; row < count; row++) sum += logistic(predictor.margin(vectors, row * width))
      })
      if (!Number.isFinite(sum)) throw new Error('a score is not a number')
      return [micros('batch', batch), micros('single', single), ranking(scores)]
    },
  }
}

const rivals = await startRivals(matrix, rowsOf(rows))
// ONNX Runtime runs XGBoost's model, so it comes after it.
const names = rivals ? ['xgboost', 'onnxruntime', 'lightgbm', 'scikit-learn'] : []
const rankings = new Map<string, Figure>()
for (const name of names) rankings.set(name, ranking((await rivals!.train(name, training)).scores))
const rivalSubjects = names.map(
  (name): Subject => ({
    name,
    async run() {
      const { batchUs, singleUs } = await rivals!.predict(name)
      return [micros('batch', batchUs), micros('single', singleUs), rankings.get(name)!]
    },
  }),
)
if (rivals) rivalSubjects.unshift(sameTrees(treesOfXgboost(await rivals.xgboostModel())))

const measured = await measure({
  name: `${training.trees} trees, depth ${training.depth}, ${width} features`,
  runs,
  subjects: [ours, ...rivalSubjects],
})
await rivals?.close()
await publish(
  {
    bench: 'predict',
    runs,
    results: summarise(measured),
    ratios: ratios(measured, [
      { of: 'tocsin', to: 'xgboost', metric: 'batch', target: '<= 1' },
      { of: 'tocsin', to: 'lightgbm', metric: 'batch', target: '<= 1' },
      { of: sameTreesName, to: 'xgboost', metric: 'batch', target: '<= 1' },
      { of: sameTreesName, to: 'onnxruntime', metric: 'batch', target: '<= 0.5' },
      { of: sameTreesName, to: 'onnxruntime', metric: 'single', target: '<= 0.5' },
      { of: 'tocsin', to: 'xgboost', metric: 'single', target: '<= 1' },
    ]),
    notes: [
      `Each library scores the model that it trained on the same rows with the same limits; ours kept ${trees} trees. One thread.`,
      `${sameTreesName} and onnxruntime score the model that XGBoost trained.`,
      'single of the Python libraries is mostly the cost of a call from Python, not of the traversal.',
      'Ours includes calibration.',
      rivals
        ? `Rivals: ${rivals.versions.join(', ')}.`
        : 'No rivals: Python or its packages could not be had on this machine.',
    ],
  },
  { isQuick: values.quick },
)
