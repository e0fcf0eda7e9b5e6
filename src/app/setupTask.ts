// One long piece of Setup's work in, done in a thread of its own, its progress and answer out: requests are answered meanwhile.

import { Worker } from 'node:worker_threads'
import type { Config } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import type { FieldValue } from '../core/event.ts'
import { moduleBeside } from '../core/moduleBeside.ts'
import { type Finding, historyEvents, type Inspected, inspectHistory } from '../data/data.ts'
import { loadModel } from '../model/model.ts'
import { createScorer } from '../score/score.ts'
import { lintFile } from './lint.ts'
import { type Trained, type TrainStage, trainDetector } from './train.ts'

export type SetupTask =
  | { readonly kind: 'inspect'; readonly path: string }
  | { readonly kind: 'check'; readonly path: string; readonly config: Config }
  | { readonly kind: 'train'; readonly path: string; readonly config: Config }

type Checked = {
  readonly findings: readonly Pick<Finding, 'code' | 'severity' | 'columns' | 'message'>[]
  /** What reading the file inferred or left out. */
  readonly notes: readonly string[]
}

type SetupTrained = {
  readonly version: number
  readonly evaluation: Readonly<Record<string, unknown>>
  readonly threshold: number
  readonly features: number
  /** The event of the test period that scored highest, as a program would send it. */
  readonly example: { readonly fields: Readonly<Record<string, FieldValue>>; readonly score: number }
}

export type TaskProgress = { readonly stage: string /** 0..1 */; readonly share: number }

export type TaskAnswers = { readonly inspect: Inspected; readonly check: Checked; readonly train: SetupTrained }
type Said =
  | { readonly kind: 'progress'; readonly progress: TaskProgress }
  | { readonly kind: 'done'; readonly answer: TaskAnswers[keyof TaskAnswers] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

const workerUrl = moduleBeside(import.meta.url, './setupWorker')

/** Runs the task; an abort ends its thread at once. Throws the TocsinErrors of the work, and `SETUP_STOPPED`. */
export function runTask<Kind extends SetupTask['kind']>(
  task: Extract<SetupTask, { kind: Kind }>,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (progress: TaskProgress) => void },
): Promise<TaskAnswers[Kind]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl, { workerData: task })
    const stop = () => void worker.terminate()
    signal.addEventListener('abort', stop, { once: true })
    worker.on('message', (said: Said) => {
      if (said.kind === 'progress') return onProgress?.(said.progress)
      // The kind of the answer is that of the task: both sides are this file.
      if (said.kind === 'done') resolve(said.answer as TaskAnswers[Kind])
      else reject(new TocsinError(said.code, said.message))
    })
    worker.on('error', reject)
    worker.on('exit', () => {
      signal.removeEventListener('abort', stop)
      reject(new TocsinError('SETUP_STOPPED', 'the work was stopped before its end; nothing was kept of it'))
    })
  })
}

/** The thread's side. */
export async function perform(task: SetupTask, tell: (said: Said) => void): Promise<void> {
  const onProgress = (progress: TaskProgress) => tell({ kind: 'progress', progress })
  try {
    tell({ kind: 'done', answer: await answerOf(task, onProgress) })
  } catch (error) {
    if (!(error instanceof TocsinError)) throw error
    tell({ kind: 'failed', code: error.code, message: error.message })
  }
}

async function answerOf(task: SetupTask, onProgress: (progress: TaskProgress) => void) {
  if (task.kind === 'inspect') return inspectHistory(task.path)
  if (task.kind === 'check') {
    const { findings, notes } = await lintFile(task.config, task.path)
    return { notes, findings: findings.map(findingOf) }
  }
  const { config, path } = task
  onProgress({ stage: 'Reading the file', share: 0 })
  const trained = await trainDetector(config, path, { waits: true, onStage: (stage) => onProgress(progressOf(stage)) })
  onProgress({ stage: 'Writing the report', share: 0.95 })
  await trained.keepReport(trained.report())
  return summaryOf(trained)
}

function findingOf({ code, severity, columns, message }: Finding): Checked['findings'][number] {
  return { code, severity, columns, message }
}

const readShare = 0.15
const trainedShare = 0.9

function progressOf(stage: TrainStage): TaskProgress {
  if (stage.stage === 'read') return { stage: 'Looking for leaks', share: readShare }
  if (stage.stage !== 'train') return { stage: 'Preparing features', share: 2 * readShare }
  const { phase, trees, maxTrees, averagePrecision } = stage.progress
  if (phase === 'evaluate') return { stage: 'Evaluating on the last period', share: trainedShare }
  const found = averagePrecision === null ? '' : `, average precision ${averagePrecision.toFixed(3)}`
  const share = 2 * readShare + (trainedShare - 2 * readShare) * (trees / maxTrees)
  return { stage: `Learning: ${trees} of at most ${maxTrees} trees${found}`, share }
}

const lookedAt = 20_000

function summaryOf({ artifact, schema, heldOut, version }: Trained): SetupTrained {
  const parsing = { labelInStream: 'refuse', unknownFields: 'refuse' } as const
  const scorer = createScorer({ artifact, model: loadModel(artifact), modelVersion: version, ...parsing })
  let best: SetupTrained['example'] = { fields: {}, score: -1 }
  let row = 0
  for (const fields of historyEvents(heldOut, schema)) {
    if (row++ >= lookedAt) break
    const score = scorer.score([scorer.parse(fields, { id: String(row), time: heldOut.times[row - 1]! })])[0]!
    if (score > best.score) best = { fields, score }
  }
  const { evaluation, operatingPoint, features } = artifact
  return { version, evaluation, threshold: operatingPoint.threshold, features: features.length, example: best }
}
