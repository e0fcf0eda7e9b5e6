// A file of labelled history in, its schema and its rows as columns in time order out.

import { type History, rowsOfTimelessDay } from '../core/column.ts'
import type { EventSchema } from '../core/event.ts'
import { checkRejected, keepSoundRows } from './broken.ts'
import { keepWithinBudget, type RowBudget } from './budget.ts'
import { type HistoryColumns, readColumns } from './columns.ts'
import { labelIn, oneClass } from './label.ts'
import { profile } from './profile.ts'
import { type HistoryOptions, type Roles, settleRoles } from './roles.ts'
import { openSource, type Source } from './source.ts'

export { historyEvents } from './events.ts'
export { historyFingerprint } from './fingerprint.ts'
export { type Inspected, inspectHistory } from './inspect.ts'
export { type Finding, isAccepted, lintHistory } from './lint.ts'
export { writeParquet } from './parquet.ts'
export { readEvents } from './readEvents.ts'
export { firstOfTime, splitByTime } from './split.ts'

export type HistoryRead = {
  readonly schema: EventSchema
  readonly history: History
  /** What was inferred, left out or left in doubt; one sentence each, for a person. */
  readonly findings: string[]
  /** Where the file has more rows than the budget has room for: what was kept of it, in a sentence. */
  readonly sampling: string | null
}

/**
 * Reads CSV, Parquet or JSON lines. Columns whose role the configuration does not say are inferred, and the findings say how.
 * Rows that are broken (another number of columns, a text in a number column, no id or time) are left out while they
 * are at most 1 % of the file. Of more rows than `budget` has room for, all anomalies are kept and a seeded sample of the normal rows, whose
 * weights grow so that they stand for all. Throws TocsinError with a code `HISTORY_…` for what can't be trained on.
 *
 * @example const { schema, history, findings } = await readHistory('history.csv', { detector: 'cards', label: 'Class' })
 */
export async function readHistory(path: string, options: HistoryOptions, budget?: RowBudget): Promise<HistoryRead> {
  const source = await openSource(path)
  try {
    await checkRejected(source)
    const profiles = await profile(source)
    const roles = settleRoles({ path, rows: source.rows, profiles }, options)
    const findings = [...roles.findings]
    const label = await labelIn(source, roles.label, findings)
    await keepSoundRows(source, profiles, roles, findings)
    const sampled = await keepWithinBudget(source, { label, width: roles.features.length }, budget ?? unlimited)
    const columns = await readColumns(source, roles, label)
    checkBothClasses(source, roles, columns)
    const history = historyOf(roles, columns)
    const sampling = sampled && standForAll(history, sampled)
    if (sampling) findings.push(sampling)
    return { schema: schemaOf(roles, options.detector), history, findings, sampling }
  } finally {
    source.close()
  }
}

/** Between two rows of a history without an event time. */
const timelessStepMs = 86_400_000 / rowsOfTimelessDay
const unlimited: RowBudget = { maxRows: Number.POSITIVE_INFINITY, seed: 0 }

// Weights so that the sample's normal rows are as many events as all were: rates, calibrated scores and alerts a day stay those of the file.
function standForAll(
  { labels, weights }: History,
  { normals, limit }: { readonly normals: number; readonly limit: string },
): string {
  const kept = labels.reduce((sum, label) => sum + (label === 0 ? 1 : 0), 0)
  for (let row = 0; row < labels.length; row++) if (labels[row] === 0) weights[row]! *= normals / kept
  const n = (count: number) => count.toLocaleString('en')
  return `of ${n(normals)} normal rows ${n(kept)} were drawn, each standing for ${Number((normals / kept).toPrecision(3))}, to keep within ${limit}; all ${n(labels.length - kept)} anomalies were kept. Probabilities and alerts a day are those of the whole file`
}

// The rows left out may have been all of one label.
function checkBothClasses(source: Source, roles: Roles, { labels, rows }: HistoryColumns): void {
  const anomalies = labels.reduce((sum, label) => sum + label, 0)
  if (anomalies > 0 && anomalies < rows) return
  throw oneClass(source, roles.label, [{ text: anomalies > 0 ? 'anomalies' : 'normal rows', rows }], 'the other label')
}

function schemaOf({ findings: _, ...roles }: Roles, detector: string): EventSchema {
  return { detector, ...roles }
}

function historyOf(roles: Roles, read: HistoryColumns): History {
  const { rows, columns } = read
  const amounts = roles.amount === null ? undefined : columns.get(roles.amount)
  const entities = roles.entity === null ? undefined : columns.get(roles.entity)
  return {
    rows,
    ids: read.ids ?? Array.from(read.places, (place) => `row-${place + 1}`),
    times: read.times ?? Float64Array.from({ length: rows }, (_, row) => row * timelessStepMs),
    labels: read.labels,
    weights: read.weights ?? new Float64Array(rows).fill(1),
    amounts: amounts?.kind === 'number' ? amounts.values : null,
    entities: entities?.kind === 'category' ? entities : null,
    columns,
  }
}
