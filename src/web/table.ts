// Rows in, a CSV or Parquet answer out, as fast as its reader takes it: neither waits in memory.

import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

type Cell = string | number | boolean | null
type ColumnType = 'text' | 'number' | 'integer' | 'boolean' | 'instant'
export type Table = {
  /** In their order; instants are ms since 1970 in the rows. */
  readonly columns: Readonly<Record<string, ColumnType>>
  readonly rows: AsyncIterable<Readonly<Record<string, Cell>>>
}

/** Text that goes out at once: a piece for each line would cost more than the line. */
const pieceLength = 1 << 16

/** RFC 4180 with a header; instants as ISO 8601, an empty cell for null. */
export function csvOf(table: Table): Readable {
  return Readable.from(pieces(table), { objectMode: false })
}

async function* pieces({ columns, rows }: Table): AsyncGenerator<string> {
  const entries = Object.entries(columns)
  let piece = `${entries.map(([name]) => name).join(',')}\r\n`
  for await (const row of rows) {
    piece += `${entries.map(([name, type]) => csvCell(row[name] ?? null, type)).join(',')}\r\n`
    if (piece.length < pieceLength) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

/**
 * A text that a spreadsheet would take for a formula begins with an apostrophe instead: whoever sends events must not be able to run
 * something on the desk of whoever opens the file. Numbers stay as they are.
 */
function csvCell(value: Cell, type: ColumnType): string {
  if (value === null) return ''
  if (type === 'instant') return new Date(Number(value)).toISOString()
  if (typeof value !== 'string') return String(value)
  const text = /^[\s\uFEFF]*[=+\-@|]|^[\t\r\n]/u.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Parquet ends with what it holds, so it is made in a file of its own first, which is gone when it has been read (or given up). */
export async function parquetOf(table: Table): Promise<Readable> {
  // Loaded by the first who asks: a process that nobody asks needs no DuckDB.
  const { writeParquet } = await import('../data/data.ts')
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-download-'))
  const remove = () => rm(dir, { recursive: true, force: true })
  const file = join(dir, 'rows.parquet')
  try {
    await writeParquet(file, table)
  } catch (error) {
    await remove()
    throw error
  }
  const stream = createReadStream(file)
  stream.once('close', () => void remove())
  return stream
}
