// The features' values in, columns that a model can't use out: constant, a name for each row, a clock, too many categories.

import type { Column, History, NumberColumn } from '../../core/column.ts'
import type { EventSchema } from '../../core/event.ts'
import { count, examples, type Finding, featureColumns, percent } from './finding.ts'

const uniqueShare = 0.9
const leastRows = 100
/** More categories than that are mostly rare ones, which share a bin. */
const manyCategories = 1000
/** Of neighbouring rows that differ, so many must rise (or fall) for a column to be a clock. */
const clockShare = 0.99
const leastSteps = 20

export function lintColumns({ features }: EventSchema, history: History): Finding[] {
  return featureColumns(history, features).flatMap((column) => {
    const found = constant(column) ?? clock(column, history) ?? unique(column, history) ?? diverse(column, history)
    return found ? [finding(history, column.name, found)] : []
  })
}

type Found = { readonly code: string; readonly found: string; readonly why: string }

function finding(history: History, name: string, { code, found, why }: Found): Finding {
  const advice = `Leave it out: events.ignore: [${name}]; or accept it: lint.accept: ['${code}:${name}']`
  const rows = examples(history, [name], [0, history.rows >> 1, history.rows - 1])
  return { code, severity: 'warning', columns: [name], rows, message: `"${name}" ${found}: ${why}. ${advice}` }
}

function constant(column: Column): Found | undefined {
  const values = column.kind === 'number' ? column.values : column.codes
  const first = values[0]!
  for (const value of values) if (!Object.is(value, first)) return undefined
  const text = column.kind === 'number' ? first : (column.dictionary[first] ?? 'missing')
  return { code: 'CONSTANT', found: `is ${text} in every row`, why: 'it tells nothing' }
}

function clock(column: Column, { rows }: History): Found | undefined {
  if (column.kind !== 'number' || rows < leastRows) return undefined
  const { values } = column
  let [rises, falls] = [0, 0]
  for (let row = 1; row < rows; row++) {
    if (values[row]! > values[row - 1]!) rises++
    else if (values[row]! < values[row - 1]!) falls++
  }
  const share = Math.max(rises, falls) / (rises + falls)
  if (rises + falls < leastSteps || share < clockShare) return undefined
  const found = `${rises > falls ? 'rises' : 'falls'} with time, in ${percent(share)} of its ${count(rises + falls)} steps`
  const why = 'later events have values that training never saw, so that what is learned of it is void'
  return { code: 'CLOCK', found, why }
}

function unique(column: Column, { rows }: History): Found | undefined {
  if (rows < leastRows) return undefined
  const distinct = column.kind === 'category' ? column.dictionary.length : distinctIntegers(column)
  if (distinct < uniqueShare * rows) return undefined
  const why = 'it names rows, and the next one will have another name'
  return { code: 'NEARLY_UNIQUE', found: `has ${count(distinct)} different values in ${count(rows)} rows`, why }
}

// Measurements are nearly unique by nature; whole numbers below a billion that are so are numbers of something.
function distinctIntegers({ values }: NumberColumn): number {
  for (const value of values) if (!Number.isNaN(value) && !(Number.isInteger(value) && Math.abs(value) < 1e15)) return 0
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  let distinct = 0
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++
  return distinct
}

function diverse(column: Column, { rows }: History): Found | undefined {
  if (column.kind !== 'category' || column.dictionary.length <= manyCategories) return undefined
  const found = `has ${count(column.dictionary.length)} categories in ${count(rows)} rows`
  const why = 'all but the commonest share one bin, and new ones are taken for missing'
  return { code: 'MANY_CATEGORIES', found, why: `${why}; a number about them (how often, how old) would say more` }
}
