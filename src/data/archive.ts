// A day's decisions in, one Parquet file out: whole, in order of time, put in the place of the one before in one step.

import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { TocsinError } from '../core/error.ts'
import { literal } from './source.ts'
import { writeJsonLines } from './write.ts'

/** A line of the archive; times in ms since 1970 UTC, a missing number of the vector null, `fields` and `reasons` as JSON. */
export type ArchivedDecision = {
  readonly event_id: string
  readonly event_ms: number
  readonly entity: string | null
  readonly amount: number | null
  readonly score: number
  readonly threshold: number
  readonly outcome: string
  readonly model_version: number
  readonly is_late: boolean
  readonly vector: readonly (number | null)[]
  readonly fields: string
  readonly reasons: string
}

const types: Readonly<Record<keyof ArchivedDecision, string>> = {
  event_id: 'varchar',
  event_ms: 'double',
  entity: 'varchar',
  amount: 'double',
  score: 'double',
  threshold: 'double',
  outcome: 'varchar',
  model_version: 'integer',
  is_late: 'boolean',
  vector: 'float[]',
  fields: 'varchar',
  reasons: 'varchar',
}

/**
 * Writes the decisions, and those of the file that is there already whose events are not among them. Readers see the file of
 * before or this one, never a half. Answers how many rows it has. Throws `FILE_NOT_WRITTEN`.
 */
export async function archiveDecisions(file: string, decisions: AsyncIterable<ArchivedDecision>): Promise<number> {
  const lines = `${file}.jsonl`
  const made = `${file}.new`
  await mkdir(dirname(file), { recursive: true })
  try {
    await writeJsonLines(lines, decisions)
    const rows = await toParquet(lines, made, (await exists(file)) ? file : undefined)
    await rename(made, file)
    return rows
  } finally {
    await rm(lines, { force: true })
    await rm(made, { force: true })
  }
}

/** What an archive of days holds, day by day: the parts of which history is made. Nothing where there is no archive. */
export async function* archivedDecisions(
  files: readonly string[],
): AsyncGenerator<Pick<ArchivedDecision, 'event_id' | 'event_ms' | 'outcome' | 'fields'>> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    for (const file of files) {
      const result = await connection.stream(
        `select event_id, epoch_ms(event_time)::double, outcome, fields from read_parquet(${literal(file)})`,
      )
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
        for (const [id, time, outcome, fields] of chunk.getRows())
          yield { event_id: String(id), event_ms: Number(time), outcome: String(outcome), fields: String(fields) }
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function toParquet(lines: string, made: string, before: string | undefined): Promise<number> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    const columns = Object.entries(types).map(([name, type]) => `${name}: '${type}'`)
    await connection.run(`
      create view fresh as
      select * exclude (event_ms), make_timestamp(cast(event_ms * 1000 as bigint)) as event_time
      from read_json(${literal(lines)}, format = 'newline_delimited', columns = {${columns.join(', ')}})`)
    const kept = before
      ? `union all by name select * from read_parquet(${literal(before)}) where event_id not in (select event_id from fresh)`
      : ''
    await connection.run(`
      copy (select * from (select * from fresh ${kept}) order by event_time, event_id)
      to ${literal(made)} (format parquet, compression zstd)`)
    const reader = await connection.runAndReadAll(`select count(*)::integer from read_parquet(${literal(made)})`)
    return Number(reader.getRows()[0]![0])
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new TocsinError(
      'FILE_NOT_WRITTEN',
      `${made} could not be written: ${message}; make room, or mend archive.dir`,
      {
        cause,
      },
    )
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
