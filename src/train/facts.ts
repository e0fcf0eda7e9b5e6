// An artifact and the history's columns in, all that the training report tells out.

import type { CurvePoint, TrainingFacts, WrongCase } from '../core/trainingFacts.ts'
import { type Artifact, loadModel, type Model } from '../model/model.ts'
import { operatingCurve, outcomesAt, thinned } from './facts/curve.ts'
import { dependenceOf } from './facts/dependence.ts'
import { importanceOf } from './facts/importance.ts'
import { reliabilityOf } from './facts/reliability.ts'
import { sampleOf } from './facts/sample.ts'
import { stabilityOf } from './facts/stability.ts'
import { type RowsInput, type TestRows, testRows, vectorOf } from './facts/testRows.ts'

export type FactsInput = RowsInput & {
  readonly ids: readonly string[]
  /** Words for what raised (or lowered) the score of a row of the history, strongest first. */
  readonly reasonsOf: (row: number, contributions: Float64Array, side: 'raised' | 'lowered') => readonly string[]
}

const strongest = 4
const worstCases = 8

/** Pure and deterministic: the same artifact and rows give the same facts. Some seconds at most: importance is measured on a sample. */
export function reportFacts(input: FactsInput): TrainingFacts {
  const { artifact, split } = input
  const model = loadModel(artifact)
  const test = testRows(input, model)
  const { evaluation, operatingPoint, schema, training } = artifact
  const { wish, missed, review } = wishOf(artifact)
  const { days } = evaluation.period
  const points = operatingCurve(test, { days, missed, review })
  const confusion = outcomesAt(test, operatingPoint.threshold)
  const sample = sampleOf(test, training.seed)
  const importance = importanceOf(artifact, model, sample)
  const names = importance.slice(0, strongest).map(({ name }) => name)
  const { caught, falseAlarms, missed: lost, quiet } = confusion
  const rate = (caught + lost) / (caught + lost + falseAlarms + quiet)
  const reached = points.findLast(({ threshold }) => threshold >= operatingPoint.threshold)
  return {
    detector: schema.detector,
    algorithm: artifact.algorithm,
    codeVersion: artifact.codeVersion,
    trees: artifact.algorithm === 'boostedTrees' ? artifact.trees.roots.length - 1 : null,
    features: artifact.features.length,
    hasTime: schema.time !== null,
    fingerprint: training.fingerprint,
    refit: refitOf(artifact),
    periods: periodsOf(input),
    days,
    averagePrecision: evaluation.averagePrecision,
    rocAuc: evaluation.rocAuc,
    brier: evaluation.brier,
    brierOfPrior: rate * (1 - rate),
    bestFeature: evaluation.baselines.bestFeature,
    operatingPoint: {
      threshold: operatingPoint.threshold,
      wish,
      ...evaluation.atOperatingPoint,
      falsePositiveRate: falseAlarms / (falseAlarms + quiet),
      costPerDay: reached?.costPerDay ?? null,
    },
    confusion,
    curve: thinned(points),
    reliability: reliabilityOf(test),
    importance,
    dependence: dependenceOf(model, sample, names),
    stability: stabilityOf(test, operatingPoint.threshold),
    ...wrongCases(input, test, model, split.testStart),
  }
}

function refitOf({ hyperparameters: { refit } }: Artifact): TrainingFacts['refit'] {
  return refit === 'all' || refit === 'beforeTest' ? refit : 'none'
}

/** What each threshold would have meant on the test period, rising recall: a few hundred points. */
export function testCurve(input: RowsInput): CurvePoint[] {
  const { missed, review } = wishOf(input.artifact)
  const { days } = input.artifact.evaluation.period
  return thinned(operatingCurve(testRows(input, loadModel(input.artifact)), { days, missed, review }))
}

function wishOf({ operatingPoint: { chosenBy } }: Artifact): {
  wish: [string, string]
  missed: number | 'amount' | null
  review: number
} {
  if ('cost' in chosenBy) {
    const { missed, review } = chosenBy.cost
    return {
      wish: ['cost', `a miss costs ${missed === 'amount' ? 'its amount' : missed} and a review ${review}`],
      missed,
      review,
    }
  }
  const [key, value] = Object.entries(chosenBy)[0]!
  return { wish: [key, String(value)], missed: null, review: 0 }
}

function periodsOf({ labels, weights, times, split }: FactsInput): TrainingFacts['periods'] {
  const { validationStart, testStart } = split
  const bounds: [string, number, number][] = [
    ['Training', 0, validationStart],
    ['Validation', validationStart, testStart],
    ['Test', testStart, labels.length],
  ]
  return bounds.map(([name, start, end]) => {
    let [events, anomalies, anomalous] = [0, 0, 0]
    for (let row = start; row < end; row++) {
      events += weights[row]!
      anomalies += labels[row]!
      anomalous += weights[row]! * labels[row]!
    }
    return {
      name,
      rows: end - start,
      events,
      anomalies,
      rate: anomalous / events,
      from: times[start]!,
      to: times[end - 1]!,
    }
  })
}

// Anomalies that the model holds for normal, lowest score first; normal events that alerted, highest first.
function wrongCases(
  { artifact, ids, reasonsOf }: FactsInput,
  { columns, scores, labels, times, amounts }: TestRows,
  model: Model,
  testStart: number,
): { misses: WrongCase[]; falseAlarms: WrongCase[] } {
  const { threshold } = artifact.operatingPoint
  const vector = new Float32Array(columns.length)
  const cases = (label: number, side: 'raised' | 'lowered') => {
    const sign = side === 'raised' ? -1 : 1
    const rows: number[] = []
    for (let row = 0; row < scores.length; row++)
      if (labels[row] === label && scores[row]! >= threshold === (side === 'raised')) rows.push(row)
    rows.sort((a, b) => sign * (scores[a]! - scores[b]!) || a - b)
    return rows.slice(0, worstCases).map((row) => {
      vectorOf(columns, row, vector)
      const amount = amounts === null || Number.isNaN(amounts[row]!) ? null : amounts[row]!
      const reasons = reasonsOf(testStart + row, model.contributions(vector), side)
      return { id: ids[testStart + row]!, time: times[row]!, amount, score: scores[row]!, reasons }
    })
  }
  return { misses: cases(1, 'lowered'), falseAlarms: cases(0, 'raised') }
}
