// A model file of another library and a labelled history in, a registered version out that serves as one that was trained here.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Config } from '../config.ts'
import { nearestName, TocsinError } from '../core/error.ts'
import { type HistoryRead, historyFingerprint, readHistory, splitByTime } from '../data/data.ts'
import { encodeHistory, learnFeatures } from '../features/features.ts'
import {
  checkConvertible,
  convertModel,
  type Dictionaries,
  type FeatureSpec,
  type ImportedModel,
  importModel,
  splitByCategory,
} from '../model/model.ts'
import { adopt } from '../train/adopt.ts'
import { withStore } from './open.ts'
import { register, type Trained } from './train.ts'
import { codeVersion } from './version.ts'

export type Imported = Pick<Trained, 'artifact' | 'version' | 'digest' | 'isChampion'> & {
  /** Library and file format. */
  readonly source: string
  /** What was inferred about the history, and how the model's columns were found; a sentence each. */
  readonly findings: readonly string[]
}

export type ImportOrder = {
  readonly model: string
  readonly history: string
  /** The history's columns that the model reads, in its order; its own names, or the history's order, where absent. */
  readonly columns?: readonly string[] | undefined
  /** By column, the categories in the order of the model's codes 0, 1 …; what the model file says where absent. */
  readonly categories?: ReadonlyMap<string, readonly string[]> | undefined
  /** What the version is to be; where absent, the champion if there is none yet. */
  readonly alias?: 'champion' | 'challenger' | undefined
}

/**
 * Reads the model, finds its columns in the history, calibrates it and chooses its operating point on the history's validation
 * period, evaluates it on the last one, and registers it. Throws `MODEL_IMPORT_…` for what can't be read, can't be served, or has no such columns,
 * and what reading a history throws; registers nothing then.
 */
export async function importDetectorModel(config: Config, order: ImportOrder): Promise<Imported> {
  const imported = importModel(await readModel(order.model), { name: basename(order.model) })
  checkConvertible(imported)
  const read = await readHistory(order.history, { ...config.events, detector: config.detector }, config.model)
  const { schema, history } = read
  const { names, finding } = columnsOf(imported.features, read, order.columns)
  const held = learnFeatures({ ...schema, features: names }, history)
  const dictionaries = dictionariesOf(imported, held, order.categories ?? new Map())
  const { trees, isCounted, features } = convertModel(imported, dictionaries)
  const specs = features.map((feature, place) => ({ ...feature, name: names[place]! }))
  const counted = isCounted ? [] : ['the model has no counts of training rows; those of the history explain its scores']
  const artifact = adopt(
    {
      schema: { ...schema, features: names },
      features: specs,
      columns: encodeHistory(specs, history),
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
    { trees, isCounted },
  )
  const { alias } = order
  const registered = await register(config, artifact, undefined, alias === 'challenger')
  if (alias) await withStore(config, (store) => store.setAlias(config.detector, alias, registered.version, 'imported'))
  const isChampion = registered.isChampion || alias === 'champion'
  const findings = [...read.findings, ...finding, ...strangers(held, specs), ...counted]
  return { artifact, ...registered, isChampion, source: imported.source, findings }
}

async function readModel(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new TocsinError(
      'MODEL_IMPORT_MISSING',
      `${path} cannot be read; expected a model file of XGBoost or LightGBM, an ONNX tree ensemble, or a model.tar.gz; check the path`,
      { cause },
    )
  }
}

// A file that was trained on a bare matrix names its columns f0, f1 … or Column_0 …: then their order says which is which.
const placeholder = /^(f|Column_)\d+$/

function columnsOf(
  wanted: readonly string[],
  { schema, history }: Pick<HistoryRead, 'schema' | 'history'>,
  given: readonly string[] | undefined,
): { names: readonly string[]; finding: string[] } {
  const isNamed = wanted.some((name) => history.columns.has(name)) || !wanted.every((name) => placeholder.test(name))
  const names = given ?? (isNamed ? wanted : schema.features)
  if (names.length !== wanted.length)
    throw columnsDiffer(
      given
        ? `The model reads ${wanted.length} columns; ${given.length} were named (${shown(given)})`
        : `The model reads ${wanted.length} columns and names none; the history has ${names.length} features (${shown(names)})`,
      'as many, in the order in which the model was trained: --columns amount,country,… names them',
    )
  for (const name of names)
    if (!history.columns.has(name)) {
      const near = nearestName(name, schema.features)
      throw columnsDiffer(
        `The model reads "${name}", which is not there${near ? `; the history has "${near}"` : ''}`,
        'a history with the columns that the model was trained on, or their names in --columns',
      )
    }
  const isGuessed = !given && !isNamed
  const found = `the model names no columns; it reads the history's features in their order: ${names.join(', ')}`
  return { names, finding: isGuessed ? [found] : [] }
}

/** What each feature's codes stand for; null where it is a number. `held`: what the history has in the model's columns. */
function dictionariesOf(
  imported: ImportedModel,
  held: readonly FeatureSpec[],
  given: ReadonlyMap<string, readonly string[]>,
): Dictionaries {
  for (const name of given.keys())
    if (!held.some((feature) => feature.name === name))
      throw columnsDiffer(`Categories were given for "${name}"`, `columns that the model reads: ${shown(names(held))}`)
  const tested = splitByCategory(imported)
  return held.map((feature, place) => {
    const texts = given.get(feature.name) ?? imported.dictionaries[place]
    if (feature.kind === 'number') {
      if (texts || tested.has(place)) throw numbersForCategories(feature.name)
      return null
    }
    const order = texts ?? (isBoolean(feature) ? feature.dictionary : undefined)
    if (!order) throw orderUnknown(feature)
    const codes = tested.get(place) ?? 0
    if (codes > order.length || new Set(order).size < order.length)
      throw columnsDiffer(
        `The model tests ${codes} codes of "${feature.name}"; ${order.length} categories were given (${shown(order)})`,
        'each category once, in the order of the codes',
      )
    return order
  })
}

function names(features: readonly FeatureSpec[]): string[] {
  return features.map(({ name }) => name)
}

type Category = Extract<FeatureSpec, { readonly kind: 'category' }>

// false is 0 and true is 1 wherever models are trained.
function isBoolean({ dictionary }: Category): boolean {
  return dictionary.join() === 'false,true'
}

function numbersForCategories(name: string): TocsinError {
  return columnsDiffer(
    `The model takes "${name}" for a category, which holds number values there`,
    `texts; if its numbers are codes, list it under events.categories in tocsin.yaml: categories: [${name}]`,
  )
}

function orderUnknown({ name, dictionary }: Category): TocsinError {
  return columnsDiffer(
    `The model reads codes of "${name}", which holds category values there, and does not say which code is which category`,
    `their order in --categories <file.json>: {"${name}": [the category of code 0, that of code 1, …]}; sorted, as pandas sorts them, they would be ${shown(dictionary)}`,
  )
}

// What is spelled otherwise than in the model's order would silently be missing.
function strangers(held: readonly FeatureSpec[], specs: readonly FeatureSpec[]): string[] {
  return specs.flatMap((spec, place) => {
    const own = held[place]!
    if (spec.kind === 'number' || own.kind === 'number') return []
    const known = new Set(spec.dictionary)
    const strange = own.dictionary.filter((text) => !known.has(text))
    if (strange.length === 0) return []
    return [`"${spec.name}" has values that the model does not know, which count as missing: ${shown(strange)}`]
  })
}

function shown(texts: readonly string[]): string {
  return texts.length > 8 ? `${texts.slice(0, 8).join(', ')} …` : texts.join(', ')
}

function columnsDiffer(found: string, expected: string): TocsinError {
  return new TocsinError('MODEL_IMPORT_COLUMNS', `${found}; expected ${expected}`)
}
