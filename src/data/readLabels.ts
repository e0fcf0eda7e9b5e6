// A file of answers in (chargebacks, findings of a review), event ids and their labels out.

import { TocsinError } from '../core/error.ts'
import type { Label } from '../core/event.ts'
import { openSource, query, type SourceColumn } from './source.ts'

export type LabelColumns = {
  /** Names that the column of event ids may have, the likeliest first; the label's likewise. */
  readonly id: readonly string[]
  readonly label: readonly string[]
  /** What stands for an anomaly, beside `anomaly`, `1` and `true`. */
  readonly anomaly: string
}

export type ReadLabel = { readonly eventId: string; readonly label: Label }

/**
 * Reads CSV, Parquet or JSON lines; every row must have an id and a label. Throws `LABELS_COLUMN_MISSING`, `LABELS_UNREADABLE`, and
 * what `openSource` throws.
 */
export async function readLabels(path: string, columns: LabelColumns): Promise<ReadLabel[]> {
  const source = await openSource(path)
  try {
    const [id, label] = [
      columnOf(path, source.columns, columns.id, 'id'),
      columnOf(path, source.columns, columns.label, 'label'),
    ]
    const rows = await query(
      source.connection,
      `select ${id.cell}::varchar, ${label.cell}::varchar from raw order by rowid`,
    )
    const faults = source.rejected.map(({ line, reason }) => `line ${line}: ${reason}`)
    const labels = rows.flatMap(([eventId, cell], row): ReadLabel[] => {
      const meant = labelOf(cell, columns.anomaly)
      if (typeof eventId === 'string' && eventId !== '' && meant) return [{ eventId, label: meant }]
      faults.push(`row ${row + 1}: id ${eventId ?? 'missing'}, label ${cell ?? 'missing'}`)
      return []
    })
    if (faults.length === 0) return labels
    const message = `${path}: ${faults.length} rows are no labels (${faults.slice(0, 3).join('; ')}); expected an id, and anomaly or normal (1 or 0) in each; nothing was labelled`
    throw new TocsinError('LABELS_UNREADABLE', message, { details: faults })
  } finally {
    source.close()
  }
}

function columnOf(
  path: string,
  columns: readonly SourceColumn[],
  names: readonly string[],
  role: string,
): SourceColumn {
  const found = names.map((name) => columns.find((column) => column.name === name)).find((column) => column)
  if (found) return found
  const message = `${path} has no column of the ${role}; expected ${names.join(' or ')}; its columns: ${columns.map(({ name }) => name).join(', ')}; name it with --${role}-column`
  throw new TocsinError('LABELS_COLUMN_MISSING', message)
}

function labelOf(cell: unknown, anomaly: string): Label | undefined {
  const text = String(cell ?? '')
    .trim()
    .toLowerCase()
  if (text === anomaly.toLowerCase() || /^(anomaly|1|1\.0|true)$/.test(text)) return 'anomaly'
  return /^(normal|0|0\.0|false)$/.test(text) ? 'normal' : undefined
}
