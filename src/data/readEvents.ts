// A file of events in, the flat JSON events that a live stream would have brought out, in the file's order; never the label.

import type { EventSchema, FieldKind, FieldValue } from '../core/event.ts'
import { plainText } from './columns.ts'
import type { FlatEvent } from './events.ts'
import { instantIn, isMark, numberIn } from './profile.ts'
import { openSource, type SourceColumn } from './source.ts'

/**
 * Reads CSV, Parquet or JSON lines, labelled or not. A cell that is not of its field's kind comes as the text that it is, and a
 * column that the schema does not know comes as text: whoever checks the event refuses it with its name.
 * `onRejected` hears of each line that is no row. Throws what `openSource` throws.
 */
export async function* readEvents(
  path: string,
  schema: EventSchema,
  onRejected: (line: number, reason: string) => void,
): AsyncGenerator<FlatEvent> {
  const source = await openSource(path)
  try {
    for (const { line, reason } of source.rejected) onRejected(line, reason)
    const kept = source.columns.filter(({ name }) => name !== schema.label.column && name !== schema.weight)
    const cells = kept.map((column) => cellOf(column, schema))
    const selected = cells.flatMap(({ value, text }) => [value, text]).join(', ')
    const result = await source.connection.stream(`select ${selected} from raw order by rowid`)
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
      for (const row of chunk.getRows()) yield eventOf(cells, row)
  } finally {
    source.close()
  }
}

type Cell = { readonly name: string; readonly value: string; readonly text: string; readonly isInstant: boolean }

function cellOf(column: SourceColumn, { fields, time }: EventSchema): Cell {
  const { name } = column
  const kind = fields.find((field) => field.name === name)?.kind
  const isInstant = time?.column === name && time.unit === 'iso'
  const cell = kind === 'category' ? `nullif(${plainText(column)}, '')` : `nullif(${column.cell}::varchar, '')`
  const text = kind === 'number' ? `(case when not ${isMark(column)} then ${cell} end)` : cell
  return {
    name,
    text,
    isInstant,
    value: isInstant ? `epoch_us(${instantIn(column)}) / 1000.0` : valueSql(column, kind, text),
  }
}

function valueSql(column: SourceColumn, kind: FieldKind | undefined, text: string): string {
  if (kind === 'number') return numberIn(column)
  return kind === 'boolean' ? `try_cast(${column.cell} as boolean)` : text
}

function eventOf(cells: readonly Cell[], row: readonly unknown[]): FlatEvent {
  const event: FlatEvent = {}
  for (const [i, { name, isInstant }] of cells.entries()) {
    const value = plain(row[2 * i])
    const isTime = isInstant && typeof value === 'number'
    event[name] = isTime ? new Date(Math.floor(value)).toISOString() : (value ?? plain(row[2 * i + 1]))
  }
  return event
}

function plain(cell: unknown): FieldValue {
  return typeof cell === 'number' || typeof cell === 'string' || typeof cell === 'boolean' ? cell : null
}
