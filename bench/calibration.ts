// The public data sets in; whether what training promises of alerts, precision and probabilities holds in the period after, out.
//
// node bench/calibration.ts [--sets card] [--model '{"refit": "none"}'] [--quick]
//
// Each fold trains as `tocsin train` does on the history so far, which ends with its own validation and test period, and lets the model
// that would serve score the next tenth of the history, which it has not seen.

import { parseArgs } from 'node:util'
import { sliceHistory } from '../src/core/column.ts'
import { splitByTime } from '../src/data/data.ts'
import { encodeHistory, learnFeatures } from '../src/features/features.ts'
import { loadModel } from '../src/model/model.ts'
import { daysOf } from '../src/train/evaluate.ts'
import { trainBoth } from '../src/train/train.ts'
import { publish, type Ratio, type Result } from './harness.ts'
import { recalibration } from './quality/figures.ts'
import { type LabelledSet, labelledSets } from './quality/sets.ts'
import { ourOptions } from './quality/subjects.ts'

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: '' },
    model: { type: 'string', default: '{}' },
    quick: { type: 'boolean', default: false },
  },
})
const given = JSON.parse(values.model)
const options = ourOptions(given, given.refit ?? 'all')
const ends = values.quick ? [0.6, 0.9] : [0.5, 0.6, 0.7, 0.8, 0.9]
const step = 0.1

type Kept = {
  readonly asked: number
  readonly alerts: number
  readonly precision: number
  readonly promised: readonly [number, number]
  readonly expected: number
  readonly happened: number
  readonly slope: number
}

const results: Result[] = []
for await (const set of labelledSets(values.sets)) {
  const folds: Kept[] = []
  for (const end of ends) {
    const fold = await next(set, end)
    if (fold) folds.push(fold)
  }
  if (folds.length > 0) tell(set, folds)
}
const notes = [
  `Folds: the history up to ${ends.map((end) => `${end * 100} %`).join(', ')} of the rows trains with the settings that nothing configures (model.refit: ${options.refit}); the next ${step * 100} % are judged. Folds without both labels in each period are left out.`,
  'alerts, happened / asked: how many alerts the operating point gave in that next period over how many were asked for. Anomalies, happened / expected: how many there were over the sum of the scores. Slope: of a logistic regression of the labels on the log-odds of the scores; 1 is right, less is too sure. Precision within: share of the folds whose precision lay in the interval that the evaluation told.',
  'Only the alerts a day are a promise of the operating point; they hold as far as the next period is like the one before.',
]
const ratios: Ratio[] = []
await publish(
  { bench: 'calibration', runs: 1, results, ratios, notes },
  { isQuick: values.quick || values.sets !== '' },
)

async function next(set: LabelledSet, end: number): Promise<Kept | null> {
  const [from, to] = [Math.floor(end * set.history.rows), Math.floor(Math.min(1, end + step) * set.history.rows)]
  const history = sliceHistory(set.history, 0, from)
  const split = tried(() => splitByTime(history, { validationShare: 0.2, testShare: 0.2 }))
  if (!split) return null
  const features = learnFeatures(set.schema, sliceHistory(history, 0, split.validationStart))
  const later = sliceHistory(set.history, from, to)
  const events = history.weights.reduce((sum, weight) => sum + weight, 0)
  const asked =
    'perDay' in set.capacity ? set.capacity.perDay : (set.capacity.perThousand * events) / 1000 / daysOf(history.times)
  const { served } = await trainBoth(
    {
      ...{ ...history, schema: set.schema, features, split, fingerprint: 'bench', codeVersion: 'bench' },
      columns: encodeHistory(features, history),
      options: { ...options, operatingPoint: { alertsPerDay: asked } },
    },
    { threads: 1 },
  )
  const columns = encodeHistory(features, later)
  const model = loadModel(served)
  const scores = Float64Array.from(later.labels, (_, row) =>
    model.score(Float32Array.from(columns, (column) => column[row]!)),
  )
  let [alerts, caught, expected, happened] = [0, 0, 0, 0]
  for (const [row, score] of scores.entries()) {
    const weight = later.weights[row]!
    const anomalous = weight * later.labels[row]!
    expected += weight * score
    happened += anomalous
    if (score < served.operatingPoint.threshold) continue
    alerts += weight
    caught += anomalous
  }
  if (happened === 0) return null
  const { low, high } = served.evaluation.atOperatingPoint.precision
  const slope = recalibration({ scores, labels: later.labels, weights: later.weights })
  return {
    asked,
    alerts: alerts / daysOf(later.times),
    precision: caught / alerts,
    promised: [low, high],
    ...{ expected, happened, slope },
  }
}

function tried<T>(run: () => T): T | null {
  try {
    return run()
  } catch {
    return null
  }
}

function tell({ name }: LabelledSet, folds: readonly Kept[]): void {
  const add = (metric: string, figures: readonly number[]) => {
    const sorted = figures.toSorted((a, b) => a - b)
    const median = sorted[sorted.length >> 1]!
    results.push({ subject: 'tocsin', case: name, metric, unit: '', min: sorted[0]!, median, max: sorted.at(-1)! })
  }
  add(
    'alerts, happened / asked',
    folds.map(({ alerts, asked }) => alerts / asked),
  )
  add(
    'anomalies, happened / expected',
    folds.map(({ happened, expected }) => happened / expected),
  )
  add(
    'slope',
    folds.map(({ slope }) => slope),
  )
  add(
    'precision',
    folds.map(({ precision }) => precision),
  )
  const within = folds.filter(({ precision, promised: [low, high] }) => precision >= low && precision <= high).length
  results.push({
    subject: 'tocsin',
    case: name,
    metric: 'precision within',
    unit: `of ${folds.length}`,
    min: within,
    median: within,
    max: within,
  })
  console.error(name, JSON.stringify(folds.map((fold) => ({ ...fold, ratio: fold.alerts / fold.asked }))))
}
