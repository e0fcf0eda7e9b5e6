// Labelled events and the history that came before them in, one file of labelled history out: what the next training reads.

import { rename, rm } from 'node:fs/promises'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { TocsinError } from '../core/error.ts'
import type { FieldValue } from '../core/event.ts'
import { literal, openSource, query, quoted, type Source } from './source.ts'
import { writeJsonLines } from './write.ts'

/** `eventId`: a later row of the same event takes the place of an earlier one. */
export type LabelledRow = { readonly eventId: string; readonly fields: Readonly<Record<string, FieldValue>> }

export type LabelledOptions = {
  /** Columns of `rows`, the label's among them. */
  readonly columns: readonly string[]
  /** A history whose rows come first. */
  readonly before?: string | undefined
  /** The column of the event id: a row of `before` whose id is among `rows` gives way to that one. */
  readonly id: string | null
}

export type LabelledFile = { readonly rows: number; readonly before: number; readonly replaced: number }

/**
 * Writes `.parquet`, or CSV (`.csv`, `.csv.gz`), with every cell as text, so that both parts are read by the same eyes. Readers see
 * the whole file or none. Throws `HISTORY_…` where `before` can't be read, `FILE_NOT_WRITTEN`, `USAGE` for another ending.
 */
export async function writeLabelled(
  file: string,
  rows: AsyncIterable<LabelledRow>,
  { columns, before, id }: LabelledOptions,
): Promise<LabelledFile> {
  const format = formatOf(file)
  const lines = `${file}.lines`
  const made = `${file}.new`
  try {
    await writeJsonLines(lines, rows)
    const source = before === undefined ? await emptySource() : await openSource(before)
    try {
      const counted = await join(source, { lines, columns, id })
      await copy(source.connection, made, format)
      await rename(made, file)
      return counted
    } finally {
      source.close()
    }
  } finally {
    await rm(lines, { force: true })
    await rm(made, { force: true })
  }
}

type Opened = Pick<Source, 'connection' | 'columns' | 'close'>

function formatOf(file: string): string {
  if (/\.(parquet|pq)$/i.test(file)) return 'format parquet, compression zstd'
  if (/\.csv$/i.test(file)) return 'format csv, header'
  if (/\.csv\.gz$/i.test(file)) return 'format csv, header, compression gzip'
  throw new TocsinError('USAGE', `${file} names no format; expected an ending of .parquet, .csv or .csv.gz`)
}

async function emptySource(): Promise<Opened> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  return { connection, columns: [], close }
}

/** Makes the view `joined`. */
async function join(
  { connection, columns: earlier }: Opened,
  { lines, columns, id }: { readonly lines: string; readonly columns: readonly string[]; readonly id: string | null },
): Promise<LabelledFile> {
  const cells = columns.map((name) => `json_extract_string(fields, ${literal(pathOf(name))}) as ${quoted(name)}`)
  await connection.run(`
    create temp table lines as
    select row_number() over () as place, "eventId", fields
    from read_json(${literal(lines)}, format = 'newline_delimited', columns = {'eventId': 'VARCHAR', 'fields': 'JSON'});
    create temp table labelled as select ${cells.join(', ')} from lines
    where place in (select max(place) from lines group by "eventId") order by place`)
  const count = async (table: string) => Number((await query(connection, `select count(*) from ${table}`))[0]![0])
  const rows = await count('labelled')
  if (earlier.length === 0) {
    await connection.run('create temp view joined as select * from labelled')
    return { rows, before: 0, replaced: 0 }
  }
  const kept = earlier.filter(({ type }) => type !== 'nested')
  const texts = kept.map(({ name, cell }) => `${cell}::varchar as ${quoted(name)}`)
  await connection.run(`create temp view earlier as select rowid as place, ${texts.join(', ')} from raw`)
  const isAgain =
    id !== null && kept.some(({ name }) => name === id)
      ? `${quoted(id)} in (select ${quoted(id)} from labelled)`
      : 'false'
  await connection.run(`
    create temp view joined as
    select * exclude (place) from (select * from earlier where not coalesce(${isAgain}, false) order by place)
    union all by name select * from labelled`)
  const before = await count('earlier')
  const replaced = before + rows - (await count('joined'))
  return { rows, before: before - replaced, replaced }
}

/** A JSON pointer: any name can stand in it. */
function pathOf(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

async function copy(connection: DuckDBConnection, made: string, format: string): Promise<void> {
  try {
    await connection.run(`copy joined to ${literal(made)} (${format})`)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new TocsinError(
      'FILE_NOT_WRITTEN',
      `${made} could not be written: ${message}; make room, or name another file`,
      { cause },
    )
  }
}
