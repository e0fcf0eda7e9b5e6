// A configuration and a version in, that version's trees in a file that XGBoost or ONNX Runtime loads, or the version whole, out.

import { writeFile } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { decodeArtifact, exportOnnx, exportXgboostJson } from '../model/model.ts'
import { withStore } from './open.ts'

const writers = { xgboost: exportXgboostJson, onnx: exportOnnx }
/** `tocsin`: the version whole, as `tocsin serve` and a SageMaker endpoint of this program take it. */
export type ExportFormat = keyof typeof writers | 'tocsin'

export function isExportFormat(name: string): name is ExportFormat {
  return name === 'tocsin' || Object.hasOwn(writers, name)
}

export type ExportTarget = { readonly version: number; readonly path: string; readonly format: ExportFormat }

/** Throws `MODEL_UNKNOWN`, `MODEL_EXPORT_UNSUPPORTED` (no trees), and what reading and writing throw. */
export async function exportModel(config: Config, { version, path, format }: ExportTarget): Promise<void> {
  const bytes = await withStore(config, (store) => store.artifact(config.detector, version))
  if (!bytes)
    throw new TocsinError(
      'MODEL_UNKNOWN',
      `${config.detector} has no version ${version}; list what it has with: tocsin models`,
    )
  if (format === 'tocsin') return writeFile(path, bytes)
  const artifact = decodeArtifact(bytes)
  if (!('trees' in artifact))
    throw new TocsinError('MODEL_EXPORT_UNSUPPORTED', `Version ${version} has no trees; expected boosted trees.`)
  await writeFile(path, writers[format](artifact))
}
