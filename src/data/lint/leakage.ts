// The features one by one in, those that know the answer already out.

import type { CategoryColumn, Column, History } from '../../core/column.ts'
import type { EventSchema } from '../../core/event.ts'
import { count, examples, type Finding, featureColumns, firstRows, percent } from './finding.ts'
import { drawSample, type Sample, separation } from './separation.ts'

/** Beyond both, one column alone tells the label: no honest feature has been seen there. Common anomalies are easier to tell. */
const leak = { averagePrecision: 0.95, auc: 0.99 }
const leakOfCommon = { averagePrecision: 0.998, auc: 0.998 }
/** A column that is filled (or empty) for anomalies alone: so pure, and for so many of them. */
const missingTells = { precision: 0.95, recall: 0.5 }
/** A value that no normal row has, though so many anomalies do. */
const pure = { anomalies: 20, recall: 0.1, normalShare: 0.001 }
/** Above it anomalies are common, and values that only they have are no surprise. */
const rareShare = 0.2
/** A number with more different values is no code. */
const mostCodes = 50

export function lintLeakage({ features }: EventSchema, history: History): Finding[] {
  const sample = drawSample(history.labels)
  return featureColumns(history, features).flatMap((column) => lintColumn(column, history, sample) ?? [])
}

function lintColumn(column: Column, history: History, sample: Sample): Finding | undefined {
  return missingLeak(column, history) ?? valueLeak(column, history, sample) ?? pureLeak(column, history)
}

function leakage(history: History, column: Column, code: string, shown: readonly number[], found: string): Finding {
  const { name } = column
  const advice = `If it is written or changed after the outcome is known, leave it out: events.ignore: [${name}]. If an event truly has it when it comes in, accept it: lint.accept: ['${code}:${name}']`
  const why = 'a model would learn this column and know nothing when an event comes in without it'
  const message = `${found}: ${why}. ${advice}`
  return { code, severity: 'error', columns: [name], rows: examples(history, [name], shown), message }
}

function valueLeak(column: Column, history: History, sample: Sample): Finding | undefined {
  const { averagePrecision, auc } = separation(column, history.weights, sample)
  const least = isRare(history) ? leak : leakOfCommon
  if (averagePrecision < least.averagePrecision || auc < least.auc) return undefined
  const figures = `average precision ${averagePrecision.toFixed(3)}, ROC AUC ${auc.toFixed(3)}`
  return leakage(
    history,
    column,
    'LEAK_VALUE',
    bothLabels(history),
    `"${column.name}" alone is nearly the label (${figures})`,
  )
}

function isRare({ rows, labels }: History): boolean {
  return labels.reduce((sum, label) => sum + label, 0) <= rareShare * rows
}

function bothLabels({ rows, labels }: History): number[] {
  return [1, 0].flatMap((label) => firstRows(rows, 3, (row) => labels[row] === label))
}

// — known only after the outcome: there for one label, missing for the other —

function missingLeak(column: Column, history: History): Finding | undefined {
  const isMissing = missingIn(column)
  const { rows, labels, weights } = history
  let [missing, missingAnomalies, all, anomalies] = [0, 0, 0, 0]
  for (let row = 0; row < rows; row++) {
    const [weight, isAnomaly] = [weights[row]!, labels[row]!]
    all += weight
    anomalies += weight * isAnomaly
    if (!isMissing(row)) continue
    missing += weight
    missingAnomalies += weight * isAnomaly
  }
  const [filled, filledAnomalies] = [all - missing, anomalies - missingAnomalies]
  const tells = (part: number, hits: number) =>
    hits >= missingTells.precision * part && hits >= missingTells.recall * anomalies && hits > 0
  if (missing === 0 || filled === 0) return undefined
  const wantsMissing = tells(missing, missingAnomalies)
  if (!wantsMissing && !tells(filled, filledAnomalies)) return undefined
  const [part, hits] = wantsMissing ? [missing, missingAnomalies] : [filled, filledAnomalies]
  const state = wantsMissing ? 'missing' : 'filled'
  const found = `"${column.name}" is ${state} for ${percent(hits / anomalies)} of the anomalies, and ${percent(hits / part)} of the rows where it is ${state} are anomalies`
  return leakage(history, column, 'LEAK_MISSING', bothLabels(history), found)
}

function missingIn(column: Column): (row: number) => boolean {
  if (column.kind === 'number') return (row) => Number.isNaN(column.values[row]!)
  return (row) => column.codes[row]! < 0
}

// — a code that only anomalies have —

function pureLeak(column: Column, history: History): Finding | undefined {
  const coded = codesOf(column)
  if (!coded) return undefined
  const { rows, labels } = history
  const tally = new Float64Array(coded.dictionary.length * 2)
  let anomalies = 0
  for (let row = 0; row < rows; row++) {
    anomalies += labels[row]!
    if (coded.codes[row]! >= 0) tally[coded.codes[row]! * 2 + labels[row]!]! += 1
  }
  if (anomalies > rareShare * rows) return undefined
  const isPure = (code: number) => {
    const [normal, anomalous] = [tally[code * 2]!, tally[code * 2 + 1]!]
    const isOften = anomalous >= pure.anomalies && anomalous >= pure.recall * anomalies
    return isOften && normal <= pure.normalShare * anomalous
  }
  const codes = coded.dictionary.map((_, code) => code).filter(isPure)
  if (codes.length === 0) return undefined
  const hits = codes.reduce((sum, code) => sum + tally[code * 2 + 1]!, 0)
  const values = codes.slice(0, 5).map((code) => coded.dictionary[code])
  const isHit = new Set(codes)
  const shown = firstRows(rows, 3, (row) => isHit.has(coded.codes[row]!))
  const found = `"${column.name}" is ${values.join(' or ')} in ${count(hits)} anomalies (${percent(hits / anomalies)} of them) and in no normal row`
  return leakage(history, column, 'LEAK_PURE', shown, found)
}

// Numbers of few values are codes, too.
function codesOf(column: Column): Pick<CategoryColumn, 'codes' | 'dictionary'> | undefined {
  if (column.kind === 'category') return column
  const places = new Map<number, number>()
  const codes = new Int32Array(column.values.length)
  for (const [row, value] of column.values.entries()) {
    let place = Number.isNaN(value) ? -1 : places.get(value)
    if (place === undefined) {
      place = places.size
      if (place >= mostCodes) return undefined
      places.set(value, place)
    }
    codes[row] = place
  }
  return { codes, dictionary: Array.from(places.keys(), String) }
}
