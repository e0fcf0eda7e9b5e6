// A model and a labelled history in, how good it is there out; and how good models would have been, one period after another.

import type { Config } from '../config.ts'
import { sliceHistory } from '../core/column.ts'
import { TocsinError } from '../core/error.ts'
import { firstOfTime, readHistory } from '../data/data.ts'
import { replayHistory } from '../features/replay.ts'
import type { Artifact } from '../model/model.ts'
import { evaluateAgain } from '../train/evaluateAgain.ts'
import { train } from '../train/train.ts'
import { loadVersion } from './history.ts'
import { withStore } from './open.ts'
import { trainingInput } from './train.ts'

export type Evaluated = Pick<Artifact, 'schema' | 'evaluation' | 'operatingPoint'> & { readonly version: number }

export type EvaluateOptions = {
  /** The champion where absent. */
  readonly version?: number | undefined
  /** Event time of the first row to evaluate, ms; where absent, the first one that the model was not fitted to. */
  readonly from?: number | undefined
}

/**
 * Evaluates a registered version on the rows of a history from a time on; those before are what its windows look back on. Throws
 * `MODEL_UNKNOWN`, `EVALUATE_NO_ROWS` where none is left or one label lacks, and what reading a history throws.
 */
export async function evaluateVersion(
  config: Config,
  path: string,
  { version, from }: EvaluateOptions,
): Promise<Evaluated> {
  const loaded = await withStore(config, (store) => loadVersion(store, config.detector, version))
  const { artifact } = loaded
  const { history } = await readHistory(path, { ...config.events, detector: config.detector })
  const first = from ?? firstUnseen(artifact)
  const start = firstFrom(history.times, first)
  checkRows(history.labels, start, path, new Date(first).toISOString())
  const { features, derived = null } = artifact
  const { columns } = replayHistory({ features, derived }, artifact.schema, history, 0)
  const { labels, weights, times, amounts } = history
  const evaluation = evaluateAgain({ artifact, columns, labels, weights, times, amounts, from: start })
  return { version: loaded.version, schema: artifact.schema, operatingPoint: artifact.operatingPoint, evaluation }
}

/** Event time from which on the model has learned nothing, ms. */
function firstUnseen({ hyperparameters, training, evaluation }: Artifact): number {
  return hyperparameters.refit === 'all' ? training.to + 1 : evaluation.period.from
}

function firstFrom(times: Float64Array, from: number): number {
  const row = times.findIndex((time) => time >= from)
  return row < 0 ? times.length : row
}

function checkRows(labels: Uint8Array, start: number, path: string, from: string): void {
  const rows = labels.length - start
  const anomalies = labels.subarray(start).reduce((sum, label) => sum + label, 0)
  if (anomalies > 0 && anomalies < rows) return
  const message = `${path} has ${rows} rows from ${from} on, ${anomalies} of them anomalies; expected both anomalies and normal rows that the model was not fitted to; give a later history, or another time with --from`
  throw new TocsinError('EVALUATE_NO_ROWS', message)
}

export type BacktestFold = Evaluated['evaluation'] & { readonly trainingRows: number; readonly threshold: number }

export type BacktestOptions = {
  readonly folds: number
  readonly signal?: AbortSignal
  readonly onFold?: (fold: BacktestFold, place: number) => void
}

/**
 * Trains as `tocsin train` would have at the beginning of each of the last `folds` periods of the history's second half, and evaluates on that
 * period: what to expect of the next one. Registers nothing. Throws what reading and training throw.
 */
export async function backtest(
  config: Config,
  path: string,
  { folds, signal, onFold }: BacktestOptions,
): Promise<BacktestFold[]> {
  const read = await readHistory(path, { ...config.events, detector: config.detector })
  const { history } = read
  const { validationShare } = config.model
  const done: BacktestFold[] = []
  for (const [testStart, end] of periodsOf(history.times, folds)) {
    signal?.throwIfAborted()
    // The validation period is the same share of what is known by then as in training.
    const validationStart = firstOfTime(history.times, Math.floor(testStart * (1 - validationShare)))
    const upTo = { schema: read.schema, history: sliceHistory(history, 0, end) }
    // No model of this serves: none has to learn the period that evaluates it.
    const refit = config.model.refit === 'none' ? 'none' : 'beforeTest'
    const { input } = trainingInput({ ...config, model: { ...config.model, refit } }, upTo, {
      validationStart,
      testStart,
    })
    const { evaluation, operatingPoint } = await train(input, signal ? { signal } : {})
    const fold = { ...evaluation, trainingRows: testStart, threshold: operatingPoint.threshold }
    done.push(fold)
    onFold?.(fold, done.length)
  }
  return done
}

/** Rows [start, end) of each period: the second half of the rows in equal parts, cut between two times. */
function periodsOf(times: Float64Array, folds: number): [number, number][] {
  const bounds = Array.from({ length: folds + 1 }, (_, i) => Math.floor(times.length * (0.5 + (0.5 * i) / folds)))
  const cuts = bounds.map((row) => (row === times.length ? row : firstOfTime(times, row)))
  return cuts.slice(1).map((end, i) => [cuts[i]!, end])
}
