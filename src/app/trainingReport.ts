// A registered training in, its report as a page on disk out.

import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import type { History } from '../core/column.ts'
import { TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import { compileEvents } from '../data/events.ts'
import type { Artifact } from '../model/model.ts'
import { renderTraining } from '../report/report.ts'
import { createReasons } from '../score/reasons.ts'
import { reportFacts } from '../train/facts.ts'
import type { Linted } from './lint.ts'

export type ReportInput = {
  readonly path: string
  readonly schema: EventSchema
  readonly history: History
  readonly columns: readonly Float32Array[]
  readonly split: { readonly validationStart: number; readonly testStart: number }
  readonly linted: Linted
  /** What was kept of a history that is longer than the budget; null where all was. */
  readonly sampling: string | null
  readonly artifact: Artifact
  readonly version: number
  readonly digest: string
}

const shownReasons = 3

/** The training report, as HTML: the same training gives the same bytes. */
export function trainingPage(input: ReportInput): string {
  const { artifact, history, linted, sampling, path, version, digest } = input
  const facts = reportFacts({ ...input, ...history, columns: input.columns, artifact, reasonsOf: reasonsOf(input) })
  return renderTraining({ facts, source: basename(path), version, digest, lint: linted, sampling })
}

function reasonsOf({
  artifact,
  columns,
  history,
  schema,
}: ReportInput): (row: number, contributions: Float64Array, side: 'raised' | 'lowered') => string[] {
  const { features, sketches } = artifact
  const raising = createReasons(features, sketches, artifact.derived)
  const eventAt = compileEvents(history, schema)
  return (row, contributions, side) => {
    const fields = eventAt(row)
    const vector = Float32Array.from(columns, (column) => column[row]!)
    if (side === 'raised')
      return raising(fields, contributions, vector)
        .slice(0, shownReasons)
        .map(({ text }) => text)
    return features
      .map(({ name }, i) => ({ name, value: vector[i]!, contribution: contributions[i]! }))
      .filter(({ contribution }) => contribution < 0)
      .sort((a, b) => a.contribution - b.contribution)
      .slice(0, shownReasons)
      .map(({ name, value }) => `${name} ${valueWords(fields[name] ?? derivedValue(artifact, name, value))}`)
  }
}

// A feature that is no column of the event.
function derivedValue({ schema }: Artifact, name: string, value: number): number | null {
  return schema.features.includes(name) || Number.isNaN(value) ? null : value
}

function valueWords(value: string | number | boolean | null): string {
  if (value === null) return 'is missing'
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value)
}

/** Where a version's report is kept. */
export function reportPath({ dataDir }: Config, version: number): string {
  return join(dataDir, 'reports', `model-${version}.html`)
}

/** Writes a report, making its folder. Throws `REPORT_IO`. */
export async function writeReport(path: string, html: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, html)
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    const message = `${path} could not be written: ${found}; the model itself is registered; give another place with --report`
    throw new TocsinError('REPORT_IO', message, { cause })
  }
}
