// The public data sets in; how well ours ranks beside XGBoost, LightGBM and scikit-learn over time-ordered folds of each out.
//
// node bench/quality.ts [--sets card] [--configurations 3] [--model '{"maxDepth": 6}'] [--develop] [--quick]
//
// --develop judges on earlier folds than those of the table: what defaults and tuning spaces are chosen on.

import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { sliceHistory } from '../src/core/column.ts'
import { encodeHistory, learnFeatures } from '../src/features/features.ts'
import type { Interval } from '../src/model/model.ts'
import { publish, type Ratio, type Result } from './harness.ts'
import { figureOf, type Metric, meanOver, type Period } from './quality/figures.ts'
import { type LabelledSet, labelledSets } from './quality/sets.ts'
import { type Answer, askOurs, type Fold, ourOptions, rivalNames, startRivals } from './quality/subjects.ts'

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: '' },
    configurations: { type: 'string', default: '3' },
    model: { type: 'string', default: '{}' },
    develop: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
  },
})
const configurations = values.quick ? 2 : Number(values.configurations)
const options = ourOptions(JSON.parse(values.model))
const metrics: readonly Metric[] = ['average precision', 'ROC AUC', 'recall at capacity']
const validationShare = 0.2
// Where test periods begin and end, as shares of the rows.
const periods = values.develop
  ? [
      [0.25, 0.333],
      [0.333, 0.416],
      [0.416, 0.5],
    ]
  : [
      [0.5, 0.6],
      [0.6, 0.7],
      [0.7, 0.8],
      [0.8, 0.9],
      [0.9, 1],
    ]

type Column = 'asItComes' | 'tuned'
type Judged = { readonly period: Period; readonly answers: ReadonlyMap<string, Answer> }

const rivals = values.alone ? null : await startRivals(options.maxTrees)
const subjects = ['tocsin', ...(rivals ? rivalNames : [])]
const [results, differences]: [Result[], Ratio[]] = [[], []]
const sections: string[] = []
const notes = [
  `${periods.length} folds: the test periods are ${periods.map(([from, to]) => `${Math.round(from! * 100)}–${Math.round(to! * 100)} %`).join(', ')} of the rows by time. All that lies before trains; its last ${validationShare * 100} % stop each model and choose among configurations. Nobody trains on those again.`,
  `Budget: ${configurations} configurations each, on each fold. The first is the library's own settings (with at most ${options.maxTrees} trees; ours, XGBoost and LightGBM stop after 30 rounds without gain in average precision, scikit-learn after its 10 without gain in log loss, of which the best round is kept), the others are random from a space of its own (bench/quality/rivals.py; src/train/tune.ts). The best average precision of the validation period is what counts. Ours, tuned, is the mean of five models on redrawn weights (model.bags), as in tocsin train --tune; what that costs stands under processor s.`,
  'Figures are means over the folds. Intervals: 95 %, bootstrap over the rows of all test periods, the same draws for both sides of a difference.',
  'Texts that the training part does not have are missing for everyone; categories are given to each library as categories.',
  values.develop
    ? 'Folds to develop on: not for quoting.'
    : 'Defaults and the tuning space were chosen on earlier folds (--develop), whose test periods end where these begin; one earlier run over the card set had been seen by then, of a build before model.bags.',
  rivals
    ? `Rivals: ${rivals.versions.join(', ')}.`
    : 'No rivals: Python or its packages could not be had on this machine.',
]
const isShort = values.quick || values.develop || values.sets !== '' || values.alone

for await (const set of labelledSets(values.sets)) {
  const judged: Judged[] = []
  for (const [i, [from, to]] of periods.entries()) {
    judged.push(await judge(foldOf(set, from!, to!), i))
    console.error(`${set.name}: fold ${i + 1} of ${periods.length}`)
  }
  sections.push(summarise(set, judged))
  console.error(sections.at(-1))
  await write()
}
await rivals?.close()

// After each set, so that what was measured stays when a later set fails.
async function write(): Promise<void> {
  await publish({ bench: 'quality', runs: 1, results, ratios: differences, notes }, { isQuick: isShort })
  const page = [
    '# Quality beside XGBoost, LightGBM and scikit-learn',
    `Made by \`npm run bench:quality\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}.`,
    ...sections,
    notes.map((note) => `- ${note}`).join('\n'),
  ].join('\n\n')
  await writeFile(new URL(`./results/quality${isShort ? '.quick' : ''}.md`, import.meta.url), `${page}\n`)
}

function foldOf({ schema, history }: LabelledSet, from: number, to: number): Fold {
  const [testStart, end] = [Math.floor(from * history.rows), Math.floor(to * history.rows)]
  const validationStart = Math.floor(testStart * (1 - validationShare))
  const seen = sliceHistory(history, 0, end)
  const features = learnFeatures(schema, sliceHistory(history, 0, validationStart))
  return {
    ...seen,
    schema,
    features,
    columns: encodeHistory(features, seen),
    split: { validationStart, testStart },
    fingerprint: 'bench',
    codeVersion: 'bench',
    options,
  }
}

async function judge(fold: Fold, place: number): Promise<Judged> {
  const { testStart } = fold.split
  const budget = { configurations, seed: place + 1 }
  const theirs = async () => {
    const answers: [string, Answer][] = []
    for (const name of rivals ? rivalNames : []) answers.push([name, await rivals!.ask(name, fold, budget)])
    return answers
  }
  const [ours, others] = await Promise.all([askOurs(fold, budget), theirs()])
  const times = fold.times.subarray(testStart)
  return {
    period: {
      labels: fold.labels.subarray(testStart),
      weights: fold.weights.subarray(testStart),
      days: (times.at(-1)! - times[0]!) / 86_400_000,
    },
    answers: new Map([['tocsin', ours], ...others]),
  }
}

function summarise(set: LabelledSet, judged: readonly Judged[]): string {
  const all = judged.map(({ period }) => period)
  const statistics = (metric: Metric, subject: string, column: Column) =>
    judged.map(({ period, answers }) => figureOf(metric, period, answers.get(subject)![column], set.capacity))
  const rows = subjects.flatMap((subject) =>
    (['tuned', 'asItComes'] as const).map((column) => {
      const own = column === 'tuned' ? subject : `${subject}, as it comes`
      const figures = metrics.map((metric) => meanOver(all, statistics(metric, subject, column), null))
      for (const [i, figure] of figures.entries()) results.push(resultOf(set, own, metrics[i]!, figure))
      const ours = statistics('average precision', 'tocsin', column)
      const behind = subject === 'tocsin' ? null : meanOver(all, ours, statistics('average precision', subject, column))
      if (behind) differences.push(differenceOf(set, own, behind))
      return `| ${[own, ...figures.map(shown), behind ? signed(behind) : ''].join(' | ')} |`
    }),
  )
  const perFold = subjects.map((subject) => {
    const ones = (period: Period) => new Float64Array(period.labels.length).fill(1)
    const figures = statistics('average precision', subject, 'tuned').map((figure, i) =>
      figure(ones(all[i]!)).toFixed(3),
    )
    const seconds = judged.reduce((total, { answers }) => total + answers.get(subject)!.cpuS, 0)
    return `| ${[subject, ...figures, seconds.toFixed(0)].join(' | ')} |`
  })
  const capacity =
    'perDay' in set.capacity
      ? `${set.capacity.perDay} alerts a day`
      : `${set.capacity.perThousand} alerts in 1,000 events`
  const anomalies = all.map(({ labels }) => labels.reduce((total, label) => total + label, 0))
  return [
    `## ${set.name}`,
    '',
    `${set.history.rows.toLocaleString('en')} rows, ${set.history.labels.reduce((total, label) => total + label, 0).toLocaleString('en')} anomalies (${anomalies.join(', ')} in the test periods), ${set.schema.features.length} features. ${set.done}.`,
    '',
    `| subject | average precision | ROC AUC | recall at ${capacity} | average precision: ours less theirs |`,
    '|---|---|---|---|---|',
    ...rows,
    '',
    `| average precision by fold, tuned | ${all.map((_, i) => i + 1).join(' | ')} | processor s |`,
    `|---|${all.map(() => '---|').join('')}---|`,
    ...perFold,
  ].join('\n')
}

function resultOf({ name }: LabelledSet, subject: string, metric: string, { value, low, high }: Interval): Result {
  return { subject, case: name, metric, unit: '', min: low, median: value, max: high }
}

function differenceOf({ name: set }: LabelledSet, subject: string, { value, low, high }: Interval): Ratio {
  const name = `average precision, ours less that of ${subject}, ${set}`
  return { name, median: value, low, high, target: 'high >= 0' }
}

function shown({ value, low, high }: Interval): string {
  return `${value.toFixed(3)} (${low.toFixed(3)} – ${high.toFixed(3)})`
}

function signed({ value, low, high }: Interval): string {
  const n = (x: number) => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(4)}`
  return `${n(value)} (${n(low)} – ${n(high)})`
}
