// The Fraud Detection Handbook's simulated payments in, our figures beside its published ones by its own protocol out.
//
// node bench/handbook.ts [--quick]
//
// Protocol (Le Borgne et al., chapter 5): training 2018-07-25 to 07-31, a delay of 7 days in which labels come back, test 2018-08-08
// to 08-14 without the cards whose fraud was known by then. Card precision@100: of the 100 cards with the highest scores of a day,
// those that were compromised; a card that was found is looked at no more.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { History } from '../src/core/column.ts'
import { type Declaration, featuresSection } from '../src/core/declaration.ts'
import { readHistory } from '../src/data/data.ts'
import { planFeatures } from '../src/features/plan.ts'
import { replayHistory } from '../src/features/replay.ts'
import { loadModel } from '../src/model/model.ts'
import { averagePrecision } from '../src/train/metrics.ts'
import { type TrainOptions, train } from '../src/train/train.ts'
import { publish, type Result } from './harness.ts'

const isQuick = process.argv.includes('--quick')
const file = fileURLToPath(new URL('../../shared/data/handbook.parquet', import.meta.url))
if (!existsSync(file)) {
  console.log(`bench/handbook: ${file} is not there; nothing was measured`)
  process.exit(0)
}

const dayMs = 86_400_000
const trainStart = Date.parse('2018-07-25T00:00:00Z')
const testStart = trainStart + 14 * dayMs
const testEnd = testStart + 7 * dayMs

const published = [
  ['logistic regression', 0.871, 0.606, 0.291],
  ['random forest', 0.867, 0.658, 0.287],
  ['XGBoost', 0.862, 0.639, 0.273],
  ['XGBoost, tuned', 0.869, 0.687, 0.303],
  ['neural network', 0.876, 0.675, 0.303],
] as const

/** The Handbook's fifteen: amount, weekend, night, and by customer and terminal over 1, 7 and 30 days. */
const fifteen = featuresSection.parse({
  columns: ['TX_AMOUNT'],
  calendar: ['isWeekend', 'isNight'],
  windows: [
    { over: 'CUSTOMER_ID', windows: ['1d', '7d', '30d'], aggregate: ['count', 'mean(TX_AMOUNT)'], exact: '30d' },
    {
      over: 'TERMINAL_ID',
      windows: ['1d', '7d', '30d'],
      aggregate: [],
      feedback: { delay: '7d', measures: ['events', 'rate'] },
      exact: '37d',
    },
  ],
})

/** Our own: what is usual for the customer, how it spreads, and confirmed fraud of terminals and customers in short delayed windows. */
const own = featuresSection.parse({
  columns: ['TX_AMOUNT'],
  called: 'payment',
  windows: [
    {
      over: 'CUSTOMER_ID',
      windows: ['1d', '3d', '7d', '14d', '30d', '90d'],
      aggregate: ['count', 'mean(TX_AMOUNT)', 'std(TX_AMOUNT)', 'max(TX_AMOUNT)'],
      usual: ['TX_AMOUNT'],
    },
    {
      over: 'TERMINAL_ID',
      windows: ['1d', '7d', '30d'],
      aggregate: ['count'],
      feedback: { delay: '7d', windows: ['1d', '2d', '4d', '7d', '14d', '21d', '28d'] },
      exact: '37d',
    },
  ],
  expressions: {
    usual_amount: 'TX_AMOUNT / CUSTOMER_ID_TX_AMOUNT_ratio',
    spreads_90d: '(TX_AMOUNT - CUSTOMER_ID_mean_TX_AMOUNT_90d) / CUSTOMER_ID_std_TX_AMOUNT_90d',
    over_mean_90d: 'TX_AMOUNT / CUSTOMER_ID_mean_TX_AMOUNT_90d',
    mean_1d_over_usual: 'CUSTOMER_ID_mean_TX_AMOUNT_1d / usual_amount',
    mean_7d_over_usual: 'CUSTOMER_ID_mean_TX_AMOUNT_7d / usual_amount',
    max_7d_over_usual: 'CUSTOMER_ID_max_TX_AMOUNT_7d / usual_amount',
    max_14d_over_usual: 'CUSTOMER_ID_max_TX_AMOUNT_14d / usual_amount',
    spread_14d_over_usual: 'CUSTOMER_ID_std_TX_AMOUNT_14d / usual_amount',
    count_7d_over_90d: 'CUSTOMER_ID_count_7d / CUSTOMER_ID_count_90d',
  },
})

const { schema, history } = await readHistory(file, {
  ...{ detector: 'handbook', id: 'TRANSACTION_ID', time: 'TX_DATETIME', label: 'TX_FRAUD', amount: 'TX_AMOUNT' },
  ignore: ['TX_FRAUD_SCENARIO'],
})
const customers = codes(history, 'CUSTOMER_ID')
const rows = rowsOfProtocol(history, customers)
const options: TrainOptions = {
  algorithm: 'boostedTrees',
  seed: 1,
  ...{ maxTrees: isQuick ? 50 : 300, learningRate: 0.05, maxDepth: 4, maxLeafNodes: 16, maxBins: 255, bags: 3 },
  ...{ minSamplesLeaf: 40, l2Regularization: 5, positiveWeight: 1, earlyStoppingRounds: 300 },
  operatingPoint: { alertsPerDay: 100 },
}

console.log(
  `training ${rows.train.length} payments, test ${rows.test.length} with ${rows.test.filter((row) => history.labels[row]).length} frauds`,
)
const results: Result[] = []
const table = ['| model | ROC AUC | average precision | card precision@100 |', '|---|---|---|---|']
for (const [name, ...figures] of published) tell(`Handbook: ${name}`, figures)
for (const [name, declaration, settings] of [
  ['Tocsin, the fifteen features', fifteen, {}],
  [
    'Tocsin, own windows',
    own,
    { ...{ maxDepth: 5, colsampleByTree: 0.4 }, ...(isQuick ? {} : { learningRate: 0.03 }) },
  ],
] as const)
  tell(name, await judge(declaration, { ...options, ...settings }))
console.log(table.join('\n'))
await publish(
  {
    bench: 'handbook',
    runs: 1,
    results,
    ratios: [],
    notes: [
      'Protocol of the Handbook: 7 days of training from 2018-07-25, 7 days of delay, 7 days of test, known compromised cards left out.',
      'Published figures are the Handbook’s, on its own 1.75 million payments; this file has 1,466,282 of them.',
      'The week before the training stops the trees; its labels are known by then. Settings are the best of eight (fifteen features) and of ten (own windows) by mean average precision over four earlier runs of the same protocol, with test weeks from 2018-07-04 to 07-31: .701 and .751 there, with one bag. The test week chose nothing.',
      'Features replay all payments from April on; delayed feedback sees labels after 7 days.',
    ],
  },
  { isQuick },
)

function tell(name: string, figures: readonly number[]): void {
  table.push(`| ${name} | ${figures.map((figure) => figure.toFixed(3)).join(' | ')} |`)
  for (const [i, metric] of ['ROC AUC', 'average precision', 'card precision@100'].entries()) {
    const value = figures[i]!
    results.push({ subject: name, case: 'handbook', metric, unit: '', min: value, median: value, max: value })
  }
}

async function judge(declaration: Declaration, options: TrainOptions): Promise<number[]> {
  const plan = planFeatures({ declaration, schema, history, timeZone: 'UTC' })
  const startedAt = performance.now()
  const { columns } = replayHistory(plan, schema, history, 0)
  console.error(`replayed ${history.rows} payments in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  const order = [...rows.train, ...rows.before, ...rows.test]
  const pick = (values: ArrayLike<number>) => Float32Array.from(order, (row) => values[row]!)
  const labels = Uint8Array.from(order, (row) => history.labels[row]!)
  const artifact = await train({
    ...{ schema, features: plan.features, columns: columns.map(pick), labels },
    weights: new Float64Array(order.length).fill(1),
    times: Float64Array.from(order, (row) => history.times[row]!),
    amounts: null,
    split: { validationStart: rows.train.length, testStart: rows.train.length + rows.before.length },
    ...{ fingerprint: '', codeVersion: '', options },
  })
  const model = loadModel(artifact)
  const vector = new Float32Array(plan.features.length)
  const scores = Float64Array.from(rows.test, (row) => {
    for (let i = 0; i < vector.length; i++) vector[i] = columns[i]![row]!
    return model.margin(vector)
  })
  const test = {
    scores,
    labels: Uint8Array.from(rows.test, (row) => history.labels[row]!),
    weights: new Float64Array(rows.test.length).fill(1),
  }
  return [rocAuc(test.scores, test.labels), averagePrecision(test), cardPrecision(scores)]
}

// The share of pairs of a fraud and a normal payment in which the fraud scores higher; ties count half.
function rocAuc(scores: Float64Array, labels: Uint8Array): number {
  const frauds = scores.filter((_, i) => labels[i] === 1)
  const normal = scores.filter((_, i) => labels[i] === 0).sort()
  const below = (score: number, isIncluded: boolean) => {
    let [low, high] = [0, normal.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (normal[middle]! < score || (isIncluded && normal[middle] === score)) low = middle + 1
      else high = middle
    }
    return low
  }
  const wins = frauds.reduce((sum, score) => sum + (below(score, false) + below(score, true)) / 2, 0)
  return wins / (frauds.length * normal.length)
}

function codes({ columns }: History, name: string): Float64Array {
  const column = columns.get(name)
  if (column?.kind !== 'number') throw new TypeError(`${name} is no number column`)
  return column.values
}

function between(times: Float64Array, from: number, to: number): number[] {
  const found: number[] = []
  for (let row = 0; row < times.length; row++) if (times[row]! >= from && times[row]! < to) found.push(row)
  return found
}

function rowsOfProtocol({ times, labels }: History, customers: Float64Array) {
  const train = between(times, trainStart, trainStart + 7 * dayMs)
  const known = new Set(train.filter((row) => labels[row] === 1).map((row) => customers[row]!))
  const test: number[] = []
  for (let day = 0; day < 7; day++) {
    // What was found out about the day that ended a delay before this one.
    for (const row of between(times, trainStart + (6 + day) * dayMs, trainStart + (7 + day) * dayMs))
      if (labels[row] === 1) known.add(customers[row]!)
    test.push(
      ...between(times, testStart + day * dayMs, testStart + (day + 1) * dayMs).filter(
        (row) => !known.has(customers[row]!),
      ),
    )
  }
  return { train, test, before: between(times, trainStart - 7 * dayMs, trainStart) }
}

function cardPrecision(scores: Float64Array): number {
  const found = new Set<number>()
  let sum = 0
  for (let from = testStart; from < testEnd; from += dayMs) {
    const best = new Map<number, { score: number; isFraud: boolean }>()
    for (const [i, row] of rows.test.entries()) {
      const customer = customers[row]!
      if (history.times[row]! < from || history.times[row]! >= from + dayMs || found.has(customer)) continue
      const held = best.get(customer) ?? { score: Number.NEGATIVE_INFINITY, isFraud: false }
      best.set(customer, {
        score: Math.max(held.score, scores[i]!),
        isFraud: held.isFraud || history.labels[row] === 1,
      })
    }
    const top = [...best].sort((a, b) => b[1].score - a[1].score).slice(0, 100)
    const hits = top.filter(([, { isFraud }]) => isFraud)
    for (const [customer] of hits) found.add(customer)
    sum += hits.length / 100
  }
  return sum / 7
}
