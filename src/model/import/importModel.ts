// Bytes of another library's model file in, whatever it is, a model that answers as that library does out.

import { gunzipSync } from 'node:zlib'
import { TocsinError } from '../../core/error.ts'
import { corrupt, truncated, unsupported } from './fault.ts'
import { float32Margins } from './float32.ts'
import { float64Margins } from './float64.ts'
import type { ForeignModel } from './foreign.ts'
import { parseModelJson } from './json.ts'
import { type LightgbmModel, readLightgbm } from './lightgbm.ts'
import { type OnnxModel, readOnnx } from './onnx.ts'
import { onnxMargins } from './onnxScore.ts'
import { modelInPickle } from './pickle.ts'
import { filesInTar, isTar } from './tarball.ts'
import { parseUbjson } from './ubjson.ts'
import { type Rounds, readXgboost, type XgboostModel } from './xgboost.ts'
import { isXgboostLegacy, readXgboostLegacy } from './xgboostLegacy.ts'

export type ImportedModel = Omit<ForeignModel, 'link' | 'groupOf'> & {
  /** The trees as they were read. */
  readonly ensemble:
    | { readonly kind: 'xgboost'; readonly model: XgboostModel }
    | { readonly kind: 'lightgbm'; readonly model: LightgbmModel }
    | { readonly kind: 'onnx'; readonly model: OnnxModel }
  /**
   * Sum of leaves before the link, one a group, of the row that begins at `offset` (a value a feature, NaN is missing, a
   * category is its whole number). Bit-equal with the library's own, for ONNX with that of ONNX Runtime:
   * a converted model, which is not always equal to what it was converted from.
   */
  margins(rows: Float64Array, offset?: number): Float64Array
  /** The library's prediction (for binary objectives the probability of class 1), one a group; within 2 ulp of its own. */
  scores(rows: Float64Array, offset?: number): Float64Array
}

export type ImportOptions = {
  /** The file's name, for errors. */
  readonly name?: string
  /** `best` where absent: up to best_iteration where the file names one, as the sklearn API and SageMaker predict. */
  readonly rounds?: Rounds
}

const mostBytes = 256 * 2 ** 20
/** A .tar.gz is two layers; what is packed deeper was not packed by a training job. */
const mostLayers = 3

/**
 * Reads an XGBoost model (JSON, UBJSON, the binary format before 2.1, a pickled Booster), a LightGBM model (text), an ONNX
 * tree ensemble (ai.onnx.ml 1 and 3), or a `.gz`, `.tar` or `model.tar.gz` with one such file in it. The content is recognised, not the name. Nothing in it is run.
 *
 * Throws TocsinError `MODEL_IMPORT_UNKNOWN` (no such format), `MODEL_IMPORT_UNSUPPORTED` (sound, but not read here),
 * `MODEL_IMPORT_TRUNCATED`, `MODEL_IMPORT_CORRUPT`, `MODEL_IMPORT_TOO_LARGE`.
 *
 * @example importModel(await readFile('model.tar.gz')).scores(Float64Array.of(120.5, 3, Number.NaN))
 */
export function importModel(bytes: Uint8Array, { name, rounds = 'best' }: ImportOptions = {}): ImportedModel {
  if (name === undefined) return answering(read(bytes, rounds, 0))
  try {
    return answering(read(bytes, rounds, 0))
  } catch (error) {
    if (error instanceof TocsinError) throw new TocsinError(error.code, `${name}: ${error.message}`, { cause: error })
    throw error
  }
}

type Read = ImportedModel['ensemble']

function read(bytes: Uint8Array, rounds: Rounds, layer: number): Read {
  if (bytes.length > mostBytes) throw tooLarge(`${bytes.length} bytes`)
  if (layer > mostLayers)
    throw unsupported(`The file is packed more than ${mostLayers} times`, 'a model or a model.tar.gz')
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return read(unzip(bytes), rounds, layer + 1)
  if (isTar(bytes)) return read(onlyModelIn(bytes), rounds, layer + 1)
  const format = formatOf(bytes)
  if (format === null) throw unknown(bytes)
  return readers[format](bytes, rounds)
}

type Format = 'onnx' | 'json' | 'ubjson' | 'pickle' | 'legacy' | 'lightgbm'

function formatOf(bytes: Uint8Array): Format | null {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 256))
  if (start.startsWith('{L')) return 'ubjson'
  if (/^\s*\{\s*["}]/.test(start)) return 'json'
  // PROTO and its version, from 2 on.
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) return 'pickle'
  if (/^tree\r?\n/.test(start)) return 'lightgbm'
  if (isXgboostLegacy(bytes)) return 'legacy'
  // Its first field, the version of the format, is a number.
  return bytes[0] === 0x08 && bytes[1]! < 0x20 ? 'onnx' : null
}

const readers: Readonly<Record<Format, (bytes: Uint8Array, rounds: Rounds) => Read>> = {
  json: (bytes, rounds) => xgboost(readXgboost(parseModelJson(utf8(bytes)), 'JSON', rounds)),
  ubjson: (bytes, rounds) => xgboost(readXgboost(parseUbjson(bytes), 'UBJSON', rounds)),
  pickle: (bytes, rounds) => xgboost(readXgboost(modelInPickle(bytes), 'pickled Booster', rounds)),
  legacy: (bytes, rounds) => xgboost(readXgboostLegacy(bytes, rounds)),
  onnx: (bytes) => ({ kind: 'onnx', model: readOnnx(bytes) }),
  lightgbm: (bytes) => ({ kind: 'lightgbm', model: readLightgbm(utf8(bytes)) }),
}

function xgboost(model: XgboostModel): Read {
  return { kind: 'xgboost', model }
}

function answering(ensemble: Read): ImportedModel {
  const { source, objective, features, dictionaries, groups, link } = ensemble.model
  const margins = (rows: Float64Array, offset = 0) => marginsOf(ensemble, rows, offset)
  return {
    source,
    objective,
    features,
    dictionaries,
    groups,
    ensemble,
    margins,
    scores: (rows, offset = 0) => link(margins(rows, offset)),
  }
}

function marginsOf({ kind, model }: Read, rows: Float64Array, offset: number): Float64Array {
  if (kind === 'xgboost') return float32Margins(model, rows, offset)
  if (kind === 'lightgbm') return float64Margins(model, rows, offset)
  return onnxMargins(model, rows, offset)
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function unzip(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(`more than ${mostBytes} bytes unpacked`)
    if (code === 'Z_BUF_ERROR') throw truncated('gzip file', bytes.length)
    throw corrupt('gzip file', cause instanceof Error ? cause.message : String(cause), cause)
  }
}

// Training jobs put other files beside the model; those of no known format are passed over.
function onlyModelIn(bytes: Uint8Array): Uint8Array {
  const files = filesInTar(bytes)
  const models = files.filter((file) => formatOf(file.bytes) !== null)
  if (models.length === 1) return models[0]!.bytes
  const names = (list: typeof files) =>
    list
      .map((file) => file.name)
      .slice(0, 10)
      .join(', ') || 'nothing'
  if (models.length === 0)
    throw new TocsinError(
      'MODEL_IMPORT_UNKNOWN',
      `The archive holds ${names(files)}, none of which is a model that is read here; ${expected}.`,
    )
  throw unsupported(
    `The archive holds ${models.length} models (${names(models)})`,
    'one; unpack it and give one of them',
  )
}

const expected =
  'expected an XGBoost model (JSON, UBJSON, binary, pickled Booster), a LightGBM model (text), an ONNX tree ensemble, or a model.tar.gz with one of them'

function unknown(bytes: Uint8Array): TocsinError {
  const found =
    bytes.length === 0
      ? 'is empty'
      : `begins with ${JSON.stringify(new TextDecoder('latin1').decode(bytes.subarray(0, 24)))}`
  return new TocsinError('MODEL_IMPORT_UNKNOWN', `The file ${found}; ${expected}.`)
}

function tooLarge(found: string): TocsinError {
  return new TocsinError(
    'MODEL_IMPORT_TOO_LARGE',
    `The model has ${found}; expected at most ${mostBytes}. Save it as UBJSON, or with fewer trees.`,
  )
}
