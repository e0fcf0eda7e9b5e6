// A file of labelled history and a configuration in, a registered version of a model out.

import type { Config } from '../config.ts'
import { systemClock } from '../core/clock.ts'
import { type History, sliceHistory } from '../core/column.ts'
import type { EventSchema } from '../core/event.ts'
import { type HistoryRead, historyFingerprint, readHistory, splitByTime } from '../data/data.ts'
import { planFeatures } from '../features/plan.ts'
import { type Replayed, replayHistory } from '../features/replay.ts'
import type { Artifact } from '../model/model.ts'
import { openRegistry } from '../registry/registry.ts'
import { testCurve } from '../train/facts.ts'
import { type TrainInput, type TrainProgress, trainBoth } from '../train/train.ts'
import type { Tuned } from '../train/tune.ts'
import { FeatureMemory, remembers } from './featureMemory.ts'
import { type Linted, lint, stopOnErrors } from './lint.ts'
import { withStore } from './open.ts'
import { trainingPage } from './trainingReport.ts'
import { type TuneOptions, type TuneProgress, tuneWithLog } from './tune.ts'
import { codeVersion } from './version.ts'

export type Trained = {
  readonly artifact: Artifact
  readonly version: number
  readonly digest: string
  /** The first version of a detector becomes its champion; later ones wait to be promoted. */
  readonly isChampion: boolean
  readonly schema: EventSchema
  /** The last period: evaluated on, never trained on. */
  readonly heldOut: History
  /** The training report, as one HTML page; made when asked for. */
  report(): string
  /** Keeps a report beside the model, for the console. */
  keepReport(html: string): Promise<void>
}

export type TrainStage =
  | { readonly stage: 'read'; readonly rows: number; readonly anomalies: number; readonly findings: readonly string[] }
  | { readonly stage: 'tune'; readonly progress: TuneProgress }
  | { readonly stage: 'tuned'; readonly tuned: Tuned }
  | { readonly stage: 'lint'; readonly linted: Linted }
  | { readonly stage: 'train'; readonly progress: TrainProgress }

export type TrainHooks = {
  readonly onStage?: (stage: TrainStage) => void
  readonly signal?: AbortSignal
  /** Searches hyperparameters first. */
  readonly tune?: TuneOptions
  /** Whether the linter's errors that nobody accepted stop training, which they do where absent. */
  readonly stopsOnLint?: boolean
  /** Whether the first version of a detector waits to be promoted, too. */
  readonly waits?: boolean
  /** Model and features know the history up to its test period only: for a stream that replays that. All of it where absent. */
  readonly forgetsTest?: boolean
}

/**
 * Reads, splits by time, lints, trains, evaluates and registers. Throws the errors of the rooms it calls, and `LINT_ERRORS`;
 * registers nothing then.
 */
export async function trainDetector(
  config: Config,
  path: string,
  { onStage, signal, tune, stopsOnLint = true, forgetsTest = false, waits = false }: TrainHooks = {},
): Promise<Trained> {
  // A window counts every event: none may be left out before the replay.
  const budget = config.features.windows.length === 0 ? config.model : undefined
  const read = await readHistory(path, { ...config.events, detector: config.detector }, budget)
  const { schema: found, history, findings, sampling } = read
  onStage?.({ stage: 'read', rows: history.rows, anomalies: count(history.labels), findings })
  const split = splitByTime(history, config.model)
  const linted = lint(config, found, history, split)
  onStage?.({ stage: 'lint', linted })
  if (stopsOnLint) stopOnErrors(linted, path)
  const { refit: wanted } = config.model
  const refit = forgetsTest && wanted === 'all' ? 'beforeTest' : wanted
  const { plan, schema, replayed, input } = trainingInput({ ...config, model: { ...config.model, refit } }, read, split)
  const stop = signal ? { signal } : {}
  const tuned =
    tune &&
    (await tuneWithLog(input, tune, { ...stop, onProgress: (progress) => onStage?.({ stage: 'tune', progress }) }))
  if (tuned) onStage?.({ stage: 'tuned', tuned })
  const { served, evaluated } = await trainBoth(
    { ...input, options: tuned?.options ?? input.options },
    { ...stop, onProgress: (progress) => onStage?.({ stage: 'train', progress }) },
  )
  const remembered = forgetsTest ? sliceHistory(history, 0, split.testStart) : history
  const past = forgetsTest ? replayHistory(plan, schema, remembered, split.validationStart) : replayed
  const registered = await register(config, served, { ...past, origin: remembered.times.at(-1)! }, waits)
  const curve = JSON.stringify(testCurve({ ...input, artifact: evaluated }))
  const keep = (html: string | null) =>
    withStore(config, (store) => store.putTraining(config.detector, registered.version, { curve, html }))
  await keep(null)
  return {
    artifact: served,
    schema,
    keepReport: keep,
    heldOut: sliceHistory(history, split.testStart, history.rows),
    ...registered,
    report: () =>
      trainingPage({
        ...{ path, schema, history, columns: input.columns, split, linted, sampling, ...registered },
        artifact: evaluated,
      }),
  }
}

/** What training is given of a history: its features planned by what lies before the validation period, and replayed. */
export function trainingInput(
  config: Config,
  { schema: found, history }: Pick<HistoryRead, 'schema' | 'history'>,
  split: TrainInput['split'],
) {
  const plan = planFeatures({
    ...{ declaration: config.features, schema: found, timeZone: config.report.timeZone },
    history: sliceHistory(history, 0, split.validationStart),
  })
  const schema = { ...found, features: plan.columns }
  const replayed = replayHistory(plan, schema, history, split.validationStart)
  const input: TrainInput = {
    schema,
    features: plan.features,
    ...(plan.derived ? { derived: plan.derived } : {}),
    columns: replayed.columns,
    labels: history.labels,
    weights: history.weights,
    times: history.times,
    amounts: history.amounts,
    split,
    fingerprint: historyFingerprint(history),
    codeVersion: codeVersion(),
    options: { ...config.model, operatingPoint: config.operatingPoint },
  }
  return { plan, schema, replayed, input }
}

type Past = Pick<Replayed, 'memories'> & { readonly origin: number }

/**
 * Stores the artifact; the first version of a detector becomes its champion. `past` is what its features remember of the history
 * up to its last event, `origin`: the stream goes on from there.
 */
export async function register(
  config: Config,
  artifact: Artifact,
  past?: Past,
  waits = false,
): Promise<Pick<Trained, 'version' | 'digest' | 'isChampion'>> {
  const { detector } = config
  return withStore(config, async (store) => {
    const registry = openRegistry({ store, detector })
    const { version, digest } = await registry.register(artifact, systemClock.now())
    if (past && remembers(artifact))
      await new FeatureMemory({ ...artifact, replayed: past.memories, store, detector }).begin(past.origin)
    const { champion } = await store.aliases(detector)
    const isFirst = champion === undefined && !waits
    if (isFirst) await registry.promote(version, 'champion', 'first version')
    return { version, digest, isChampion: isFirst || champion === version }
  })
}

function count(labels: Uint8Array): number {
  let anomalies = 0
  for (const label of labels) anomalies += label
  return anomalies
}
