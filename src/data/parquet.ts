// Rows and the types of their columns in, one Parquet file out, whatever the number of rows: they pass through a file of lines.

import { rm } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { TocsinError } from '../core/error.ts'
import { literal, quoted } from './source.ts'
import { writeJsonLines } from './write.ts'

/** `instant`: ms since 1970 in the rows, a timestamp in the file. */
type ParquetType = 'text' | 'number' | 'integer' | 'boolean' | 'instant'

const types: Readonly<Record<ParquetType, string>> = {
  text: 'varchar',
  number: 'double',
  integer: 'bigint',
  boolean: 'boolean',
  instant: 'double',
}

type ParquetRows = {
  /** In their order. */
  readonly columns: Readonly<Record<string, ParquetType>>
  readonly rows: AsyncIterable<Readonly<Record<string, string | number | boolean | null>>>
}

/** Rows keep their order. Throws `FILE_NOT_WRITTEN`. */
export async function writeParquet(file: string, { columns, rows }: ParquetRows): Promise<void> {
  const lines = `${file}.jsonl`
  try {
    await writeJsonLines(lines, rows)
    await toParquet(lines, file, Object.entries(columns))
  } finally {
    await rm(lines, { force: true })
  }
}

async function toParquet(lines: string, file: string, columns: readonly (readonly [string, ParquetType])[]) {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '256MB', threads: '1' })
  const connection = await instance.connect()
  const cells = columns.map(([name, type]) => ({ cell: quoted(name), type }))
  const shown = cells.map(({ cell, type }) =>
    type === 'instant' ? `make_timestamp(cast(${cell} * 1000 as bigint)) as ${cell}` : cell,
  )
  const read = cells.map(({ cell, type }) => `${cell}: '${types[type]}'`)
  try {
    await connection.run(`
      copy (select ${shown.join(', ')}
        from read_json(${literal(lines)}, format = 'newline_delimited', columns = {${read.join(', ')}}))
      to ${literal(file)} (format parquet, compression zstd)`)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new TocsinError('FILE_NOT_WRITTEN', `${file} could not be written: ${message}; make room`, { cause })
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
