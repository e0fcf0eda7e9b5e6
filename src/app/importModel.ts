// A model file of another library and a labelled history in, a registered version out, ready to be promoted.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Config } from '../config.ts'
import { nearestName, TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import { historyFingerprint, readHistory, splitByTime } from '../data/data.ts'
import { encodeHistory } from '../features/features.ts'
import { convertModel, importModel } from '../model/model.ts'
import { adopt } from '../train/adopt.ts'
import { register, type Trained } from './train.ts'
import { codeVersion } from './version.ts'

export type Imported = Pick<Trained, 'artifact' | 'version' | 'digest' | 'isChampion'> & {
  /** Library and file format. */
  readonly source: string
  /** What was inferred about the history, and how the model's columns were found; a sentence each. */
  readonly findings: readonly string[]
}

/**
 * Reads the model, finds its columns in the history, calibrates it and chooses its operating point on the history's validation
 * period, evaluates it on the last one, and registers it. Throws `MODEL_IMPORT_…` for what can't be read or has no such columns,
 * and what reading a history throws; registers nothing then.
 */
export async function importDetectorModel(
  config: Config,
  paths: { readonly model: string; readonly history: string },
): Promise<Imported> {
  const imported = importModel(await readModel(paths.model), { name: basename(paths.model) })
  const { trees } = convertModel(imported)
  const read = await readHistory(paths.history, { ...config.events, detector: config.detector }, config.model)
  const { history } = read
  const { names, finding } = columnsOf(imported.features, read.schema)
  const features = names.map((name) => ({ name, kind: 'number' as const }))
  const artifact = adopt(
    {
      schema: { ...read.schema, features: names },
      features,
      columns: encodeHistory(features, history),
      labels: history.labels,
      weights: history.weights,
      times: history.times,
      amounts: history.amounts,
      split: splitByTime(history, config.model),
      fingerprint: historyFingerprint(history),
      codeVersion: codeVersion(),
      seed: config.model.seed,
      wish: config.operatingPoint,
      hyperparameters: { importedFrom: imported.source, objective: imported.objective },
    },
    trees,
  )
  const registered = await register(config, artifact)
  return { artifact, ...registered, source: imported.source, findings: [...read.findings, ...finding] }
}

async function readModel(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new TocsinError(
      'MODEL_IMPORT_MISSING',
      `${path} cannot be read; expected a model file of XGBoost or LightGBM, or a model.tar.gz; check the path`,
      { cause },
    )
  }
}

// A file that was trained on a bare matrix names its columns f0, f1 … or Column_0 …: then their order says which is which.
const placeholder = /^(f|Column_)\d+$/

function columnsOf(wanted: readonly string[], schema: EventSchema): { names: string[]; finding: string[] } {
  const kinds = new Map(schema.fields.map(({ name, kind }) => [name, kind]))
  const isNamed = wanted.some((name) => kinds.has(name)) || !wanted.every((name) => placeholder.test(name))
  const names = isNamed ? [...wanted] : [...schema.features]
  if (names.length !== wanted.length)
    throw columnsDiffer(
      `The model reads ${wanted.length} columns and names none; the history has ${names.length} features (${names.slice(0, 8).join(', ')} …)`,
      'as many, in the order in which the model was trained; name what it must not read in events.ignore',
    )
  for (const name of names)
    if (kinds.get(name) !== 'number') {
      const near = nearestName(name, schema.features)
      const found = kinds.has(name) ? `holds ${kinds.get(name)} values there` : 'is not there'
      throw columnsDiffer(
        `The model reads a number "${name}", which ${found}${near && near !== name ? `; the history has "${near}"` : ''}`,
        'a history with the columns that the model was trained on, numbers as numbers',
      )
    }
  const finding = isNamed
    ? []
    : [`the model names no columns; it reads the history's features in their order: ${names.join(', ')}`]
  return { names, finding }
}

function columnsDiffer(found: string, expected: string): TocsinError {
  return new TocsinError('MODEL_IMPORT_COLUMNS', `${found}; expected ${expected}`)
}
