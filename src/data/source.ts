// A file of rows in, a DuckDB table `raw` of its cells out, with what DuckDB could not make a row of.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { TocsinError } from '../core/error.ts'

/** `text`: cells of CSV and JSON lines, whatever they hold. The others come typed from Parquet. */
type CellType = 'text' | 'number' | 'boolean' | 'instant' | 'nested'
/** A column of `raw`. Its cells are called c0, c1 … there, so that no name in a file can be mistaken for one of ours. */
export type SourceColumn = { readonly name: string; readonly cell: string; readonly type: CellType }

/** A row that is none: its line, from 1, and why. */
type Rejected = { readonly line: number; readonly reason: string }

export type Source = {
  readonly path: string
  readonly connection: DuckDBConnection
  readonly columns: readonly SourceColumn[]
  /** Rows of `raw`; its `rowid` counts them from 0 in the file's order. */
  readonly rows: number
  /** Lines of the file that have another number of columns, or are no UTF-8 or no JSON; not in `raw`, each line once. */
  readonly rejected: readonly Rejected[]
  /** Line of the first row of `raw` had nothing been rejected; null where the format has no lines. */
  readonly firstLine: number | null
  close(): void
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Rows of a small answer, with numbers, texts, booleans and nulls in them. */
export async function query(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  const reader = await connection.runAndReadAll(sql)
  return reader.getRowsJS().map((row) => row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)))
}

/**
 * Opens `.parquet`/`.pq`, `.json`/`.jsonl`/`.ndjson` (one object a line), and anything else as CSV (any delimiter, with or
 * without header and byte-order mark); CSV and JSON lines also as `.gz`. A CSV without header has columns `column0`, `column1` …
 * (`column00` … from eleven columns on). Throws `HISTORY_FILE_MISSING`, `HISTORY_EMPTY`, `HISTORY_UNREADABLE`.
 */
export async function openSource(path: string): Promise<Source> {
  await checkFile(path)
  // What does not fit into memory is not to be left in the user's folder.
  const instance = await DuckDBInstance.create(':memory:', { temp_directory: join(tmpdir(), `tocsin-${process.pid}`) })
  const connection = await instance.connect()
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  try {
    // Times without an offset are UTC, wherever the machine stands.
    await connection.run(`set TimeZone = 'UTC'`)
    // Both are waited for, whichever fails: a connection that is closed while it works never comes back.
    const [loaded, whole] = await Promise.allSettled([load(connection, path), checkWhole(path)])
    if (whole.status === 'rejected') throw whole.reason
    if (loaded.status === 'rejected') throw loaded.reason
    const source = { path, connection, close, ...loaded.value }
    if (source.rows + source.rejected.length === 0) throw empty(path)
    return source
  } catch (error) {
    close()
    if (error instanceof TocsinError) throw error
    throw unreadable(path, error)
  }
}

type Loaded = Pick<Source, 'columns' | 'rows' | 'rejected' | 'firstLine'>

function load(connection: DuckDBConnection, path: string): Promise<Loaded> {
  const file = literal(path.replace(/[*?[]/g, '[$&]')) // Else DuckDB would take it for a pattern of names.
  if (/\.(parquet|pq)$/i.test(path)) return loadParquet(connection, file)
  if (/\.(json|jsonl|ndjson)(\.gz)?$/i.test(path)) return loadJsonLines(connection, file)
  return loadCsv(connection, file)
}

async function loadParquet(connection: DuckDBConnection, file: string): Promise<Loaded> {
  const relation = `read_parquet(${file})`
  const columns = await describe(connection, relation)
  const cells = columns.map(({ name, cell, type }) => `${quoted(name)}${type === 'text' ? '::varchar' : ''} as ${cell}`)
  await connection.run(`create temp table raw as select ${cells.join(', ')} from ${relation}`)
  return { columns, rows: await countRows(connection), rejected: [], firstLine: null }
}

async function describe(connection: DuckDBConnection, relation: string): Promise<SourceColumn[]> {
  const rows = await query(connection, `select column_name, column_type from (describe from ${relation})`)
  return rows.map(([name, type], i) => ({ name: String(name), cell: `c${i}`, type: cellType(String(type)) }))
}

function cellType(type: string): CellType {
  if (/[[(]|^(STRUCT|MAP|UNION|VARIANT|BLOB|GEOMETRY)/.test(type) && !type.startsWith('DECIMAL')) return 'nested'
  if (/INT|^(DOUBLE|FLOAT|DECIMAL)/.test(type) && type !== 'INTERVAL') return 'number'
  if (type === 'BOOLEAN') return 'boolean'
  return /^(DATE|TIMESTAMP)/.test(type) ? 'instant' : 'text'
}

// Every cell as JSON, then as text: a column whose kind changes half-way is judged by the profile, as in CSV. `sample_size=-1`
// reads all lines for their keys: one that first comes late is a column too.
async function loadJsonLines(connection: DuckDBConnection, file: string): Promise<Loaded> {
  const options = `format='newline_delimited', ignore_errors=true`
  const found = await describe(connection, `read_json(${file}, ${options}, sample_size=-1)`)
  if (found.length === 1 && found[0]!.name === 'json') throw new Error('its lines are not JSON objects')
  const columns = found.map((column) => (column.type === 'nested' ? column : { ...column, type: 'text' as const }))
  const types = columns.map(({ name }) => `${literal(name)}: 'JSON'`)
  const cells = columns.map(({ name, cell }) => `json_extract_string(${quoted(name)}, '$') as ${cell}`)
  const relation = `read_json(${file}, ${options}, columns={${types.join(', ')}})`
  await connection.run(`create temp table lines as select ${cells.join(', ')} from ${relation}`)
  // A line that is no JSON comes as a row of nulls.
  const isBroken = columns.map(({ cell }) => `${cell} is null`).join(' and ')
  const broken = await query(connection, `select rowid + 1 from lines where ${isBroken}`)
  await connection.run(`create temp table raw as select * from lines where not (${isBroken})`)
  const rejected = broken.map(([line]) => ({ line: Number(line), reason: 'no JSON object with a value in it' }))
  return { columns, rows: await countRows(connection), rejected, firstLine: 1 }
}

// The quote is fixed (RFC 4180): a sniffer that saw no quote in its sample would take a later one for text.
async function loadCsv(connection: DuckDBConnection, file: string): Promise<Loaded> {
  const quote = `quote='"', escape='"'`
  const [found] = await query(
    connection,
    `select Delimiter, HasHeader, SkipRows, replace(Comment, '(empty)', ''), [c.name for c in Columns]
     from sniff_csv(${file}, ignore_errors=true, ${quote})`,
  )
  const [delimiter, hasHeader, skipped, comment, names] = found!
  const columns = listed(names).map((name, i) => ({ name, cell: `c${i}`, type: 'text' as const }))
  const types = columns.map(({ cell }) => `${cell}: 'VARCHAR'`)
  const dialect = `delim=${literal(String(delimiter))}, header=${hasHeader}, skip=${skipped}, comment=${literal(String(comment))}`
  const options = `auto_detect=false, ${dialect}, ${quote}, columns={${types.join(', ')}}, store_rejects=true, rejects_limit=0`
  const cells = columns.map(({ cell }) => (delimiter === ';' ? withPoint(cell) : cell))
  await connection.run(`create temp table raw as select ${cells.join(', ')} from read_csv(${file}, ${options})`)
  const rejected = await query(
    connection,
    'select line, any_value(error_message) from reject_errors group by line order by line',
  )
  return {
    columns,
    rows: await countRows(connection),
    rejected: rejected.map(([line, reason]) => ({ line: Number(line), reason: String(reason).split('\n')[0]! })),
    firstLine: Number(skipped) + (hasHeader ? 2 : 1),
  }
}

// Where the semicolon parts the cells, the comma is free for decimals, and in half of Europe is used so.
function withPoint(cell: string): string {
  return `case when regexp_full_match(${cell}, '\\s*[-+]?\\d+,\\d+\\s*') then replace(${cell}, ',', '.') else ${cell} end as ${cell}`
}

function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

async function countRows(connection: DuckDBConnection): Promise<number> {
  const [row] = await query(connection, 'select count(*) from raw')
  return Number(row![0])
}

async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) {
    const what = found ? 'is not a file' : 'does not exist'
    throw new TocsinError(
      'HISTORY_FILE_MISSING',
      `${path} ${what}; expected a CSV, Parquet or JSON lines file; check the path`,
    )
  }
  if (found.size === 0) throw empty(path)
}

// DuckDB takes the beginning of a zipped file that was cut off for the whole.
async function checkWhole(path: string): Promise<void> {
  if (!path.toLowerCase().endsWith('.gz')) return
  await pipeline(createReadStream(path), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const _ of chunks);
  })
}

function empty(path: string): TocsinError {
  const message = `${path} has no rows; expected labelled events, one a row; give a file with history in it`
  return new TocsinError('HISTORY_EMPTY', message)
}

function unreadable(path: string, cause: unknown): TocsinError {
  const found = String(cause instanceof Error ? cause.message : cause).split('\n')[0]
  const message = `${path} could not be read: ${found}; expected CSV, JSON lines (.jsonl) or Parquet (.parquet); check its ending and that it is whole`
  return new TocsinError('HISTORY_UNREADABLE', message, { cause })
}
