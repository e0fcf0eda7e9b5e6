// The public data sets in; how well ours ranks beside XGBoost, LightGBM and scikit-learn over time-ordered folds of each out.
//
// node bench/quality.ts [--from machine] [--sets card] [--configurations 3] [--model '{"maxDepth": 6}'] [--develop] [--alone] [--quick]
//
// No set is begun after five minutes (--minutes): it says with which --from the next command goes on. --from begins with the first set, --sets
// takes all sets with that in their name; the others stay in bench/results/quality.* as they are. --develop judges on earlier folds than those of the table: what defaults and tuning spaces are chosen on.

import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { sliceHistory } from '../src/core/column.ts'
import { encodeHistory, learnFeatures } from '../src/features/features.ts'
import type { Interval } from '../src/model/model.ts'
import { publish, type Ratio, type Result } from './harness.ts'
import { figureOf, type Metric, meanOver, type Period } from './quality/figures.ts'
import { type LabelledSet, labelledSets } from './quality/sets.ts'
import {
  type Answer,
  askOurs,
  type Column,
  type Fold,
  ourOptions,
  rivalNames,
  startRivals,
} from './quality/subjects.ts'

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: '' },
    from: { type: 'string', default: '' },
    minutes: { type: 'string', default: '5' },
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

type Judged = { readonly period: Period; readonly answers: ReadonlyMap<string, Answer> }

const rivals = values.alone ? null : await startRivals(options.maxTrees)
const subjects = ['tocsin', 'tocsin, one model', ...(rivals ? rivalNames : [])]
const columnsOf = (subject: string): readonly Column[] => {
  if (subject === 'tocsin, one model') return ['tuned']
  return subject === 'tocsin' ? ['tuned', 'asItComes'] : ['tuned', 'equalSeconds', 'asItComes']
}
const words = { tuned: '', asItComes: ', as it comes', equalSeconds: ', as many seconds as ours' }
const notes = [
  `${periods.length} folds: the test periods are ${periods.map(([from, to]) => `${Math.round(from! * 100)}–${Math.round(to! * 100)} %`).join(', ')} of the rows by time. All that lies before trains; its last ${validationShare * 100} % stop each model and choose among configurations. Then everyone learns again, as many trees, from all that lies before the test period.`,
  `Budget: ${configurations} configurations each, on each fold. The first is the library's own settings (with at most ${options.maxTrees} trees; ours stops after ${options.earlyStoppingRounds}, XGBoost and LightGBM after 30 rounds without gain in average precision, scikit-learn after its 10 without gain in log loss, of which the best round is kept), the others are random from a space of its own (bench/quality/rivals.py; src/train/tune.ts). The best average precision of the validation period is what counts. "tocsin" is the mean of five models on redrawn weights (model.bags), as in tocsin train --tune; "one model" has the same settings without. "As many seconds as ours": a rival goes on to try configurations until it has spent the processor seconds of "tocsin". As it comes, ours lets three models say how many trees, and trains a fourth.`,
  'Figures are means over the folds. Intervals: 95 %, bootstrap over the rows of all test periods, the same draws for both sides of a difference.',
  'Texts that the training part does not have are missing for everyone; categories are given to each library as categories.',
  values.develop
    ? 'Folds to develop on: not for quoting.'
    : 'Defaults and the tuning space were chosen on earlier folds (--develop), whose test periods end where these begin; figures of these folds had been seen before, of builds before model.bags and model.refit.',
  rivals
    ? `Rivals: ${rivals.versions.join(', ')}.`
    : 'No rivals: Python or its packages could not be had on this machine.',
]
const isShort = values.quick || values.develop || values.alone
const before = values.sets + values.from === '' ? { results: [], ratios: [], sections: [] } : await measuredBefore()
const results: Result[] = [...before.results]
const differences: Ratio[] = [...before.ratios]
const sections: string[] = [...before.sections]

const started = performance.now()
let hasBegun = false
for await (const set of labelledSets(values.sets)) {
  hasBegun ||= set.name.includes(values.from)
  if (!hasBegun) continue
  if (performance.now() - started > Number(values.minutes) * 60_000) {
    console.error(`goes on with: npm run bench:quality -- --from '${set.name}'`)
    break
  }
  const isOwn = (text: string) => text.endsWith(`, ${set.name}`) || text.startsWith(`## ${set.name}\n`)
  keep(results, (result) => result.case !== set.name)
  keep(differences, ({ name }) => !isOwn(name))
  const place = sections.findIndex(isOwn)
  const section = summarise(set, await judgeFolds(set))
  sections.splice(place < 0 ? sections.length : place, place < 0 ? 0 : 1, section)
  console.error(section)
  await write()
}
await rivals?.close()

function keep<T>(held: T[], wanted: (one: T) => boolean): void {
  held.splice(0, held.length, ...held.filter(wanted))
}

async function measuredBefore(): Promise<{ results: Result[]; ratios: Ratio[]; sections: string[] }> {
  const read = (kind: string) => readFile(resultFile(kind), 'utf8')
  try {
    const { results, ratios } = JSON.parse(await read('json'))
    const parts = (await read('md')).split(/\n\n(?=## |- \d+ folds: )/)
    return { results, ratios, sections: parts.filter((part) => part.startsWith('## ')) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { results: [], ratios: [], sections: [] }
  }
}

function resultFile(kind: string): URL {
  return new URL(`./results/quality${isShort ? '.quick' : ''}.${kind}`, import.meta.url)
}

// After each set, so that what was measured stays when a later set fails.
async function write(): Promise<void> {
  await publish({ bench: 'quality', runs: 1, results, ratios: differences, notes }, { isQuick: isShort })
  const page = [
    '# Quality beside XGBoost, LightGBM and scikit-learn',
    `Made by \`npm run bench:quality\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}.`,
    ...sections,
    notes.map((note) => `- ${note}`).join('\n'),
  ].join('\n\n')
  await writeFile(resultFile('md'), `${page}\n`)
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

// While the rivals learn from one fold, ours learns from the next.
async function judgeFolds(set: LabelledSet): Promise<Judged[]> {
  const judged: Judged[] = []
  const begin = (place: number) => {
    const fold = foldOf(set, periods[place]![0]!, periods[place]![1]!)
    return { fold, ours: askOurs(fold, { configurations, seed: place + 1 }) }
  }
  let current = begin(0)
  for (let place = 0; place < periods.length; place++) {
    const { five, one } = await current.ours
    const { fold } = current
    if (place + 1 < periods.length) current = begin(place + 1)
    const answers = new Map([
      ['tocsin', five],
      ['tocsin, one model', one],
    ])
    const budget = { configurations, seed: place + 1, seconds: five.cpuS }
    for (const name of rivals ? rivalNames : []) answers.set(name, await rivals!.ask(name, fold, budget))
    judged.push({ period: periodOf(fold), answers })
    console.error(`${set.name}: fold ${place + 1} of ${periods.length}`)
  }
  return judged
}

function periodOf({ labels, weights, times, split: { testStart } }: Fold): Period {
  const tested = times.subarray(testStart)
  const days = (tested.at(-1)! - tested[0]!) / 86_400_000
  return { labels: labels.subarray(testStart), weights: weights.subarray(testStart), days }
}

function summarise(set: LabelledSet, judged: readonly Judged[]): string {
  const all = judged.map(({ period }) => period)
  const statistics = (metric: Metric, subject: string, column: Column) =>
    judged.map(({ period, answers }) => figureOf(metric, period, answers.get(subject)![column], set.capacity))
  const rows = subjects.flatMap((subject) =>
    columnsOf(subject).map((column) => {
      const own = `${subject}${words[column]}`
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
    const sum = (figure: 'cpuS' | 'tried') =>
      judged.reduce((total, { answers }) => total + answers.get(subject)![figure], 0)
    const tried = subject.startsWith('tocsin') ? '' : (sum('tried') / judged.length).toFixed(1)
    return `| ${[subject, ...figures, sum('cpuS').toFixed(0), tried].join(' | ')} |`
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
    `| average precision by fold, tuned | ${all.map((_, i) => i + 1).join(' | ')} | processor s | configurations in our seconds |`,
    `|---|${all.map(() => '---|').join('')}---|---|`,
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
