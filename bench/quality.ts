// A labelled file in; average precision of our trainer over time-ordered folds out, each with its bootstrap interval.
//
// node bench/quality.ts --data FILE [--label COLUMN] [--time COLUMN] [--unit s] [--weight COLUMN] [--model JSON]

import { parseArgs } from 'node:util'
import { parseConfig } from '../src/config.ts'
import { sliceHistory } from '../src/core/column.ts'
import { readHistory } from '../src/data/data.ts'
import { encodeHistory, learnFeatures } from '../src/features/features.ts'
import { train } from '../src/train/train.ts'
import { publish, type Result } from './harness.ts'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    label: { type: 'string', default: 'Class' },
    time: { type: 'string', default: 'Time' },
    unit: { type: 'string', default: 's' },
    weight: { type: 'string' },
    model: { type: 'string', default: '{}' },
  },
})
if (!values.data) throw new Error('--data FILE is missing: labelled rows with a time column')
const { weight } = values
const config = parseConfig({
  events: {
    label: values.label,
    time: { column: values.time, unit: values.unit === 'iso' ? 'iso' : 's' },
    ...(weight ? { weight } : {}),
  },
  model: JSON.parse(values.model),
})
const { schema, history } = await readHistory(values.data, { ...config.events, detector: 'quality' })

// Where, as shares of the rows, validation and test begin and the test ends.
const folds = [
  [0.3, 0.4, 0.6],
  [0.4, 0.5, 0.7],
  [0.5, 0.6, 0.8],
  [0.6, 0.7, 0.9],
  [0.6, 0.8, 1],
] as const

const results: Result[] = []
for (const shares of folds) {
  const [validationStart, testStart, end] = shares.map((share) => Math.floor(share * history.rows)) as [
    number,
    number,
    number,
  ]
  const seen = sliceHistory(history, 0, end)
  const features = learnFeatures(schema, sliceHistory(history, 0, validationStart))
  const artifact = await train({
    ...seen,
    schema,
    features,
    columns: encodeHistory(features, seen),
    split: { validationStart, testStart },
    fingerprint: 'bench',
    codeVersion: 'bench',
    options: { ...config.model, operatingPoint: config.operatingPoint },
  })
  const { evaluation } = artifact
  const trees = artifact.algorithm === 'boostedTrees' ? artifact.trees.roots.length - 1 : 0
  const { value, low, high } = evaluation.averagePrecision
  const name = `test ${shares[1]}–${shares[2]} (${evaluation.anomalies} anomalies, ${trees} trees)`
  results.push({
    subject: 'tocsin',
    case: name,
    metric: 'average precision',
    unit: '',
    min: low,
    median: value,
    max: high,
  })
  const best = evaluation.baselines.bestFeature
  const single = best.averagePrecision
  results.push({
    subject: best.name,
    case: name,
    metric: 'average precision',
    unit: '',
    min: single.low,
    median: single.value,
    max: single.high,
  })
}
await publish(
  {
    bench: 'quality',
    runs: 1,
    results,
    ratios: [],
    notes: [
      'median is the value, min and max are the ends of its 95 % bootstrap interval. Folds are in time order: the rows before the test period train, the last of them validate.',
      `Model: ${JSON.stringify(config.model)}`,
    ],
  },
  { isQuick: false },
)
