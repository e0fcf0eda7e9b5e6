// Rows in, a CSV or JSON lines file out, streamed: a file larger than memory is no trouble.

import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { TocsinError } from '../core/error.ts'
import type { FieldValue } from '../core/event.ts'

type Row = Readonly<Record<string, FieldValue>>

const chunkLength = 1 << 18

/** Writes a header of the first row's names, then the rows (RFC 4180; null is an empty cell); gzips a path that ends in `.gz`. */
export function writeCsv(path: string, rows: Iterable<Row>): Promise<void> {
  return writeLines(path, csvLines(rows))
}

/** One JSON object a line; gzips a path that ends in `.gz`. */
export function writeJsonLines(path: string, rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  return writeLines(path, Symbol.asyncIterator in rows ? asyncJsonLines(rows) : jsonLines(rows))
}

function* csvLines(rows: Iterable<Row>): Generator<string> {
  let names: string[] | undefined
  for (const row of rows) {
    if (!names) {
      names = Object.keys(row)
      yield names.map(csvCell).join(',')
    }
    yield names.map((name) => csvCell(row[name] ?? null)).join(',')
  }
}

function csvCell(value: FieldValue): string {
  if (value === null) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function* jsonLines(rows: Iterable<unknown>): Generator<string> {
  for (const row of rows) yield JSON.stringify(row)
}

async function* asyncJsonLines(rows: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const row of rows) yield JSON.stringify(row)
}

async function writeLines(path: string, lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const file = createWriteStream(path)
  try {
    if (path.endsWith('.gz')) await pipeline(Readable.from(chunks(lines)), createGzip(), file)
    else await pipeline(Readable.from(chunks(lines)), file)
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new TocsinError(
      'FILE_NOT_WRITTEN',
      `${path} could not be written: ${cause.message}; give another path, or make room`,
      { cause },
    )
  }
}

// A write for each line would cost more than making the line.
async function* chunks(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for await (const line of lines) {
    chunk += `${line}\n`
    if (chunk.length < chunkLength) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
