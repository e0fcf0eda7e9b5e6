// Scores in, the answer of one of SageMaker's built-in algorithms out: XGBoost, Linear Learner or Random Cut Forest, as Accept asks.

import { TocsinError } from '../../core/error.ts'
import { type Answer, text } from './door.ts'
import { accepted } from './mediaType.ts'

export type Algorithm = 'xgboost' | 'linearLearner' | 'randomCutForest'

export type Scored = {
  /** Probability of an anomaly; of a forest, how far from the ordinary. */
  readonly score: number
  readonly isAnomaly: boolean
}

export type AnswerOptions = {
  readonly algorithm: Algorithm
  /** How XGBoost's CSV parts predictions: on lines, or as containers before April 2022 with commas on one. */
  readonly csvJoin: 'newline' | 'comma'
  /** Of XGBoost, what SAGEMAKER_INFERENCE_OUTPUT says there; empty for the score alone. */
  readonly output: readonly OutputKey[]
}

type OutputKey =
  | 'predicted_label'
  | 'labels'
  | 'probability'
  | 'probabilities'
  | 'raw_score'
  | 'raw_scores'
  | 'predicted_score'

/** Throws `ACCEPT_UNSUPPORTED`. */
export function answerOf(scored: readonly Scored[], accept: string | undefined, options: AnswerOptions): Answer {
  const { writers, types } = writersOf(options)
  const type = accepted(accept, types)
  const write = type === undefined ? undefined : writers[type]
  if (type === undefined || write === undefined) throw unacceptable(accept, types)
  return text(write(scored), type === csvType ? `${csvType}; charset=utf-8` : type)
}

type Write = (scored: readonly Scored[]) => string
type Writers = { readonly writers: Readonly<Record<string, Write>>; readonly types: readonly string[] }

const known = new WeakMap<AnswerOptions, Writers>()

function writersOf(options: AnswerOptions): Writers {
  const found = known.get(options)
  if (found) return found
  const writers =
    options.algorithm === 'xgboost' ? xgboost(options) : options.algorithm === 'linearLearner' ? learner : forest
  const made = { writers, types: Object.keys(writers) }
  known.set(options, made)
  return made
}

const csvType = 'text/csv'
const jsonType = 'application/json'
const linesType = 'application/jsonlines'

const lines = (scored: readonly Scored[], line: (one: Scored) => string) =>
  scored.map((one) => `${line(one)}\n`).join('')

const forestRow = ({ score }: Scored) => `{"score":${shortest(score)}}`
const forest: Readonly<Record<string, Write>> = {
  [jsonType]: (scored) => `{"scores":[${scored.map(forestRow).join(',')}]}`,
  [linesType]: (scored) => lines(scored, forestRow),
}

const learnerRow = ({ score, isAnomaly }: Scored) =>
  `{"score":${shortest(score)},"predicted_label":${isAnomaly ? 1 : 0}}`
const learner: Readonly<Record<string, Write>> = {
  [jsonType]: (scored) => `{"predictions":[${scored.map(learnerRow).join(',')}]}`,
  [linesType]: (scored) => lines(scored, learnerRow),
}

function xgboost({ csvJoin, output }: AnswerOptions): Readonly<Record<string, Write>> {
  if (output.length > 0) return selected(output)
  const end = csvJoin === 'newline' ? '\n' : ''
  return {
    [csvType]: (scored) => scored.map(({ score }) => shortest(score)).join(end || ',') + end,
    [jsonType]: (scored) => `{"predictions":[${scored.map(forestRow).join(',')}]}`,
  }
}

function selected(output: readonly OutputKey[]): Readonly<Record<string, Write>> {
  const object = (one: Scored) =>
    `{${output.map((key) => `"${key}":${written(selectedValue(key, one), 'null')}`).join(',')}}`
  const row = (one: Scored) => output.map((key) => quoted(written(selectedValue(key, one), 'nan'))).join(',')
  return {
    [csvType]: (scored) => lines(scored, row),
    [jsonType]: (scored) => `{"predictions":[${scored.map(object).join(',')}]}`,
    [linesType]: (scored) => lines(scored, object),
  }
}

// Of binary:logistic the container's raw score is the probability too; a predicted score belongs to regressions.
function selectedValue(key: OutputKey, { score, isAnomaly }: Scored): number | readonly number[] | undefined {
  switch (key) {
    case 'predicted_label':
      return isAnomaly ? 1 : 0
    case 'labels':
      return [0, 1]
    case 'probability':
    case 'raw_score':
      return score
    case 'probabilities':
    case 'raw_scores':
      return [1 - score, score]
    case 'predicted_score':
      return undefined
  }
}

function written(value: number | readonly number[] | undefined, absent: string): string {
  if (value === undefined) return absent
  return typeof value === 'number' ? shortest(value) : `[${value.map(shortest).join(', ')}]`
}

function quoted(cell: string): string {
  return cell.includes(',') ? `"${cell}"` : cell
}

/** The fewest digits that name the same 32-bit float, as the containers print it: 0.43827865. */
export function shortest(value: number): string {
  const single = Math.fround(value)
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits))
    if (Math.fround(short) === single) return String(short)
  }
  return String(Number(single.toPrecision(9)))
}

function unacceptable(accept: string | undefined, can: readonly string[]): TocsinError {
  const message = `Accept is ${accept?.slice(0, 100)}; expected ${can.join(' or ')}. Ask for one of them.`
  return new TocsinError('ACCEPT_UNSUPPORTED', message)
}
