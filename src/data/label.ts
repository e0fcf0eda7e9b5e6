// The label column in, the cells that mean anomaly out.

import { TocsinError } from '../core/error.ts'
import { linesOf } from './lines.ts'
import { isMark } from './profile.ts'
import type { Roles } from './roles.ts'
import { literal, query, type Source, type SourceColumn } from './source.ts'

type LabelValue = { readonly text: string; readonly rows: number }

/**
 * SQL that is 1 for an anomaly and 0 for a normal row. Throws `HISTORY_LABEL_MISSING`, `HISTORY_ONE_CLASS`,
 * `HISTORY_LABEL_VALUE_MISSING`.
 */
export async function labelIn(source: Source, label: Roles['label'], findings: string[]): Promise<string> {
  const column = source.columns.find(({ name }) => name === label.column)!
  const cell = `${column.cell}::varchar`
  await checkComplete(source, column)
  const counts = await query(source.connection, `select ${cell}, count(*) from raw group by 1 order by 2 desc, 1`)
  const values = counts.map(([text, rows]) => ({ text: String(text), rows: Number(rows) }))
  const anomalous = values.filter(({ text }) => plainLabel(text) === plainLabel(label.anomaly))
  if (anomalous.length === values.length) throw oneClass(source, label, values, 'normal rows (with any other value)')
  if (anomalous.length === 0 && values.length === 1)
    throw oneClass(source, label, values, `anomalies (with ${label.anomaly})`)
  if (anomalous.length === 0) throw valueMissing(source, label, values)
  if (values.length - anomalous.length > 1)
    findings.push(
      `the label "${label.column}" has ${values.length} values: ${shown(values)}; all but ${label.anomaly} are taken as normal`,
    )
  return `(${cell} in (${anomalous.map(({ text }) => literal(text)).join(', ')}))::utinyint`
}

/** `1`, `1.0`, ` 01 ` and `True` are one value. */
function plainLabel(text: string): string {
  const plain = text.trim().toLowerCase()
  if (plain === 'true') return '1'
  if (plain === 'false') return '0'
  return plain !== '' && Number.isFinite(Number(plain)) ? String(Number(plain)) : plain
}

// A mark such as NaN counts as none: taken as normal, an anomaly that nobody has judged would teach the opposite.
async function checkComplete(source: Source, column: SourceColumn): Promise<void> {
  const isMissing = `coalesce(trim(${column.cell}::varchar) = '' or ${isMark(column)}, true)`
  const [row] = await query(source.connection, `select count(*) from raw where ${isMissing}`)
  const missing = Number(row![0])
  if (missing === 0) return
  const examples = await query(source.connection, `select rowid from raw where ${isMissing} order by rowid limit 3`)
  const places = await linesOf(
    source,
    examples.map(([rowid]) => Number(rowid)),
  )
  const message = `${source.path}: ${missing} of ${source.rows} rows have no label in "${column.name}" (${places.join(', ')}); expected one in each; leave the rows out that nobody has judged`
  throw new TocsinError('HISTORY_LABEL_MISSING', message, { details: places })
}

/** An error for a history in which only one of the two labels occurs. */
export function oneClass(
  { path }: Source,
  { column }: Roles['label'],
  values: readonly LabelValue[],
  lacking: string,
): TocsinError {
  const message = `${path}: the label "${column}" has only ${shown(values)}; expected ${lacking} as well; give a history with both, or set events.label {column, anomaly}`
  return new TocsinError('HISTORY_ONE_CLASS', message)
}

function valueMissing(
  { path }: Source,
  { column, anomaly }: Roles['label'],
  values: readonly LabelValue[],
): TocsinError {
  const message = `${path}: the label "${column}" never has the value ${anomaly}; expected it for anomalies; it has ${shown(values)}: say which one means anomaly in events.label {column, anomaly}`
  return new TocsinError('HISTORY_LABEL_VALUE_MISSING', message)
}

function shown(values: readonly LabelValue[]): string {
  const first = values.slice(0, 8).map(({ text, rows }) => `${text} (${rows} rows)`)
  return first.join(', ') + (values.length > first.length ? ` and ${values.length - first.length} more` : '')
}
