// Rows of `raw` in, where a person finds them in the file out.

import { query, type Source } from './source.ts'

/** `line 17`, or `row 16` (from 1) where the format has no lines. Blank lines before a row are not counted. */
export async function linesOf(source: Source, rowids: readonly number[]): Promise<string[]> {
  const { firstLine } = source
  if (firstLine === null) return rowids.map((rowid) => `row ${rowid + 1}`)
  const places: string[] = []
  for (const rowid of rowids) {
    const line = pastRejected(firstLine + rowid + (await lineBreaksBefore(source, rowid)), source.rejected)
    places.push(`line ${line}`)
  }
  return places
}

// Quoted cells may run over several lines.
async function lineBreaksBefore({ connection, columns }: Source, rowid: number): Promise<number> {
  const breaks = columns.map(
    ({ cell }) => `length(coalesce(${cell}, '')) - length(replace(coalesce(${cell}, ''), chr(10), ''))`,
  )
  const [row] = await query(
    connection,
    `select coalesce(sum(${breaks.join(' + ')}), 0) from raw where rowid < ${rowid}`,
  )
  return Number(row![0])
}

function pastRejected(line: number, rejected: Source['rejected']): number {
  let place = line
  for (const { line: gone } of rejected) if (gone <= place) place++
  return place
}
