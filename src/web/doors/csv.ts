// Text of comma-separated values in, rows of cells out (RFC 4180, any of the usual separators).

import { TocsinError } from '../../core/error.ts'

const separators = [',', '\t', ';', '|', ' ']
/** As much as Python's csv.Sniffer gets to see in SageMaker's containers. */
const sniffedCharacters = 512

/** Blank lines are left out. Throws `CSV_MALFORMED` where a quote is not closed. */
export function readCsv(text: string, separator = ','): string[][] {
  if (text.includes('"')) return readQuoted(text, separator)
  const rows: string[][] = []
  for (const line of text.split(/\r\n|\n|\r/)) if (line.trim() !== '') rows.push(line.split(separator))
  return rows
}

/** The separator that the beginning of the text has: the first of the usual ones that its first line holds. */
export function sniffSeparator(text: string): string {
  const [line = ''] = text.slice(0, sniffedCharacters).trim().split('\n')
  return separators.find((separator) => line.includes(separator)) ?? ','
}

function readQuoted(text: string, separator: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let isQuoted = false
  const endCell = () => {
    row.push(cell)
    cell = ''
  }
  const endRow = () => {
    endCell()
    if (row.length > 1 || row[0]!.trim() !== '') rows.push(row)
    row = []
  }
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!
    if (sign === '"' && isQuoted && text[i + 1] === '"') {
      cell += '"'
      i++
    } else if (sign === '"' && (isQuoted || cell === '')) isQuoted = !isQuoted
    else if (isQuoted) cell += sign
    else if (sign === separator) endCell()
    else if (sign === '\n') endRow()
    else if (sign !== '\r') cell += sign
  }
  if (isQuoted) throw unclosed(rows.length)
  if (cell !== '' || row.length > 0) endRow()
  return rows
}

function unclosed(row: number): TocsinError {
  const message = `In row ${row} a quoted value does not end; expected a closing quote. Write a quote within a value as two.`
  return new TocsinError('CSV_MALFORMED', message)
}
