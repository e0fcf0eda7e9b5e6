// Nothing in; µs to score a row, alone and in batches, on one thread, beside the libraries of Python out.
//
// node bench/predict.ts [--quick] [--runs 5]

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseConfig } from '../src/config.ts'
import { compilePredictor } from '../src/model/compile.ts'
import type { Artifact, FeatureSpec, Model, TreesData } from '../src/model/model.ts'
import { openScoringTeam, type ScoringTeam } from '../src/model/scoringTeam.ts'
import { averagePrecision } from '../src/train/metrics.ts'
import { cardLike } from './cardlike.ts'
import { type Figure, measure, publish, ratios, type Subject, summarise } from './harness.ts'
import { type OnnxNode, startOnnxNode } from './onnxNode.ts'
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

const { artifact, model, trees } = await trainOurs(matrix, training)
const timed = (repeats: number, work: () => void) => {
  const start = performance.now()
  work()
  return ((performance.now() - start) * 1000) / repeats
}

const ours = (model: Model): Subject => ({
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
})
const inThreadsName = `tocsin, ${training.threads} threads`

// A history's worth of rows at once: more of the same where the test period has fewer.
async function inThreads(artifact: Artifact): Promise<Subject & { readonly team: ScoringTeam }> {
  const team = openScoringTeam(artifact, training.threads)
  const many = 10 * count
  const repeated = new Float32Array(many * width)
  for (let i = 0; i < 10; i++) repeated.set(vectors, i * count * width)
  const scores = new Float64Array(many)
  while (team.sharedChunks() === 0) team.scoreMany(repeated, many, scores)
  return {
    team,
    name: inThreadsName,
    async run() {
      return [
        micros(
          'batch',
          timed(many, () => team.scoreMany(repeated, many, scores)),
        ),
        ranking(scores.slice(0, count)),
      ]
    },
  }
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

const onnxNodeName = 'onnxruntime-node'

function onnxNodeSubject({ score }: OnnxNode): Subject {
  return {
    name: onnxNodeName,
    async run() {
      let start = performance.now()
      const scores = await score(vectors, count, width)
      const batch = ((performance.now() - start) * 1000) / count
      const calls = 200
      start = performance.now()
      for (let row = 0; row < calls; row++) await score(vectors.subarray(row * width, (row + 1) * width), 1, width)
      return [micros('batch', batch), micros('single', ((performance.now() - start) * 1000) / calls), ranking(scores)]
    },
  }
}

const rivals = await startRivals(matrix, rowsOf(rows))

// Trains, then scores what it trained.
async function rivalSubject(name: string, given: Training): Promise<Subject> {
  const rank = ranking((await rivals!.train(name, given)).scores)
  return {
    name,
    async run() {
      const { batchUs, singleUs } = await rivals!.predict(name)
      return [micros('batch', batchUs), micros('single', singleUs), rank]
    },
  }
}

const shared = await inThreads(artifact)
const subjects = [ours(model), shared]
// ONNX Runtime runs XGBoost's model, so it comes after it.
for (const name of rivals ? ['xgboost', 'onnxruntime', 'lightgbm', 'scikit-learn'] : [])
  subjects.push(await rivalSubject(name, training))
if (rivals) subjects.push(sameTrees(treesOfXgboost(await rivals.xgboostModel())))
const onnxNode = rivals && (await startOnnxNode(join(rivals.folder, 'model.onnx')))
if (onnxNode) subjects.push(onnxNodeSubject(onnxNode))
const limited = `${training.trees} trees, depth ${training.depth}, ${width} features`
const measured = await measure({ name: limited, runs, subjects })

await shared.team.close()

// What each makes where nobody says anything: ours stops by its validation period, XGBoost after its hundred trees.
const defaults = await trainOurs(matrix, training, parseConfig({}).model)
const byDefault = `as each is by default, ${width} features`
const defaultSubjects = [ours(defaults.model)]
if (rivals)
  defaultSubjects.push(
    await rivalSubject('xgboost', { ...training, trees: 100, leaves: 0, bins: 256, learningRate: 0.3 }),
  )
const measuredDefaults = await measure({ name: byDefault, runs, subjects: defaultSubjects })
await rivals?.close()
await publish(
  {
    bench: 'predict',
    runs,
    results: summarise([...measured, ...measuredDefaults]),
    ratios: [
      ...ratios(measuredDefaults, [{ of: 'tocsin', to: 'xgboost', metric: 'batch', target: '<= 0.5' }]),
      ...ratios(measured, [
        { of: 'tocsin', to: 'xgboost', metric: 'batch', target: '<= 1' },
        { of: inThreadsName, to: 'tocsin', metric: 'batch', target: '<= 0.6' },
        { of: 'tocsin', to: 'lightgbm', metric: 'batch', target: '<= 1' },
        { of: sameTreesName, to: 'xgboost', metric: 'batch', target: '<= 1' },
        { of: sameTreesName, to: 'onnxruntime', metric: 'batch', target: '<= 0.5' },
        { of: sameTreesName, to: 'onnxruntime', metric: 'single', target: '<= 0.5' },
        { of: sameTreesName, to: onnxNodeName, metric: 'batch', target: '<= 0.5' },
        { of: sameTreesName, to: onnxNodeName, metric: 'single', target: '<= 0.5' },
        { of: 'tocsin', to: 'xgboost', metric: 'single', target: '<= 1' },
      ]),
    ],
    notes: [
      `Each library scores the model that it trained on the same rows with the same limits; ours kept ${trees} trees. One thread, but for ${inThreadsName}, which splits the rows of ten times as large a batch.`,
      `${sameTreesName}, onnxruntime (Python) and onnxruntime-node score the model that XGBoost trained.`,
      `By default: ours kept ${defaults.trees} trees of at most 16 leaves, stopped by its validation period; XGBoost makes 100 trees of depth 6 at a learning rate of 0.3.`,
      'single of the Python libraries is mostly the cost of a call from Python, not of the traversal.',
      'Ours includes calibration.',
      rivals
        ? `Rivals: ${[...rivals.versions, ...(onnxNode ? [onnxNode.version] : [])].join(', ')}.`
        : 'No rivals: Python or its packages could not be had on this machine.',
    ],
  },
  { isQuick: values.quick },
)
