// The cells of each column in, what kind of column it is out.

import { query, type Source, type SourceColumn } from './source.ts'

/** Counts of a column's cells, over all rows. */
export type Profile = SourceColumn & {
  /** Cells that are neither null nor blank. */
  readonly present: number
  readonly distinct: number
  /** Cells that a 32-bit float can hold. */
  readonly numbers: number
  /** Cells that say in place of a number that there is none. */
  readonly marks: number
  /** Whole numbers as one writes them: no leading zero, no `.0`, exact in a double. */
  readonly integers: number
  readonly instants: number
  readonly booleans: number
  /** Of the numbers; null where there is none. */
  readonly min: number | null
  readonly max: number | null
}

/** `empty`: no cell holds anything. `mixed`: mostly numbers, but too much else. */
export type ColumnKind = 'number' | 'boolean' | 'instant' | 'text' | 'mixed' | 'nested' | 'empty'

/** A column may hold so large a share of cells that are not of its kind; their rows are broken. */
export const maxBrokenShare = 0.01
// Where so much is numbers, and they are many, the rest are mistakes and not categories.
const mixedShare = 0.1
const mixedDistinct = 100
const columnsAtATime = 64

/** Beyond it a number is infinite in the vector's 32-bit floats. */
const maxNumber = '3.4028234663852886e38'

/** The cell as a double; null where it is no number that a vector can hold. */
export function numberIn({ cell, type }: SourceColumn): string {
  if (type === 'text')
    return `(case when abs(try_cast(${cell} as double)) <= ${maxNumber} then try_cast(${cell} as double) end)`
  if (type === 'number') return `(case when abs(${cell}::double) <= ${maxNumber} then ${cell}::double end)`
  return 'null::double'
}

/** The cell as a timestamp in UTC; null where it is none. */
export function instantIn({ cell }: SourceColumn): string {
  return `(case when isfinite(try_cast(${cell} as timestamptz)) then try_cast(${cell} as timestamptz) end)`
}

export function isPresent({ cell, type }: SourceColumn): string {
  return type === 'text' ? `coalesce(trim(${cell}) <> '', false)` : `${cell} is not null`
}

/** For cells that are present and no number. */
export function isMark({ cell, type }: SourceColumn): string {
  if (type === 'text') return `lower(trim(${cell})) in ('na', 'n/a', 'nan', 'null', '?', '-')`
  return type === 'number' ? `isnan(${cell}::double)` : 'false'
}

/** What one look at all cells tells of a column, and what a closer look at some columns adds. */
type Glance = Pick<Profile, 'distinct' | 'numbers' | 'integers' | 'min' | 'max'> & { readonly filled: number }
type Closer = Pick<Profile, 'present' | 'marks' | 'instants' | 'booleans'>

/** Counts the cells of every column. */
export async function profile(source: Source): Promise<Profile[]> {
  const profiles: Profile[] = []
  // Some columns at a time: each distinct count holds megabytes of its own, and a file may have thousands of columns.
  for (let start = 0; start < source.columns.length; start += columnsAtATime) {
    const columns = source.columns.slice(start, start + columnsAtATime)
    const glances = await glanceAt(source, columns)
    const integers = await writtenIntegers(source, columns, glances)
    for (const [i, column] of columns.entries()) {
      const { filled, ...glance } = glances[i]!
      const closer = await lookCloser(source, column, filled, glance.numbers)
      profiles.push({ ...column, ...glance, integers: integers[i]!, ...closer })
    }
  }
  return profiles
}

async function glanceAt({ connection }: Source, columns: readonly SourceColumn[]): Promise<Glance[]> {
  const cells = columns.map((column) => `${column.cell}, ${numberIn(column)} as number_${column.cell}`)
  const counts = columns.flatMap(({ cell, type }) => {
    const number = `number_${cell}`
    const isWhole = `${number} = floor(${number}) and abs(${number}) <= ${Number.MAX_SAFE_INTEGER}`
    const distinct = type === 'nested' ? '0' : `count(distinct ${cell})`
    return [
      `count(${cell})`,
      distinct,
      `count(${number})`,
      `count(*) filter (${isWhole})`,
      `min(${number})`,
      `max(${number})`,
    ]
  })
  const [row] = await query(connection, `select ${counts.join(', ')} from (select ${cells.join(', ')} from raw)`)
  return columns.map((_, i) => {
    const [filled, distinct, numbers, integers, min, max] = row!.slice(6 * i, 6 * i + 6)
    const counted = {
      filled: Number(filled),
      distinct: Number(distinct),
      numbers: Number(numbers),
      integers: Number(integers),
    }
    return { ...counted, min: min === null ? null : Number(min), max: max === null ? null : Number(max) }
  })
}

// Of texts that are whole numbers, those that are written as JSON would write them.
async function writtenIntegers(
  { connection }: Source,
  columns: readonly SourceColumn[],
  glances: readonly Glance[],
): Promise<number[]> {
  const counts = columns.map(({ cell, type }, i) => {
    const { integers, numbers } = glances[i]!
    const isAsked = type === 'text' && integers === numbers && numbers > 0
    return isAsked ? `count(*) filter (try_cast(${cell} as bigint)::varchar = ${cell})` : String(integers)
  })
  // The first count makes it one answer, even where no column is asked.
  const [row] = await query(connection, `select count(*), ${counts.join(', ')} from raw`)
  return row!.slice(1).map(Number)
}

// Cells that are no numbers are asked what else they are, each different one once: most such columns have few.
async function lookCloser(
  { connection }: Source,
  column: SourceColumn,
  filled: number,
  numbers: number,
): Promise<Closer> {
  const { cell, type } = column
  const known = {
    present: filled,
    marks: 0,
    instants: type === 'instant' ? filled : 0,
    booleans: type === 'boolean' ? filled : 0,
  }
  if (numbers === filled || (type !== 'text' && type !== 'number')) return known
  const isNumber = `${numberIn(column)} is not null`
  const isOther = (condition: string) => `not ${isNumber} and ${isPresent(column)} and ${condition}`
  const conditions =
    type === 'text'
      ? [
          isPresent(column),
          isOther(isMark(column)),
          isOther(`${instantIn(column)} is not null`),
          isOther(isTruth(column)),
        ]
      : [isPresent(column), isOther(isMark(column)), 'false', 'false']
  const sums = conditions.map((condition) => `coalesce(sum(rows) filter (${condition}), 0)`)
  const cells = `(select ${cell}, count(*) as rows from raw group by 1)`
  const [row] = await query(connection, `select ${sums.join(', ')} from ${cells}`)
  const [present, marks, instants, booleans] = row!.map(Number)
  return { present: present!, marks: marks!, instants: instants!, booleans: booleans! }
}

function isTruth({ cell }: SourceColumn): string {
  return `lower(${cell}) in ('true', 'false')`
}

export function kindOf(column: Profile): ColumnKind {
  const { type, present, numbers, marks, distinct } = column
  if (type === 'nested') return 'nested'
  if (present === marks) return 'empty'
  if (column.booleans === present) return 'boolean'
  if (column.instants >= present * (1 - maxBrokenShare)) return 'instant'
  const strangeShare = (present - marks - numbers) / present
  if (type === 'number' || (numbers > 0 && strangeShare <= maxBrokenShare)) return 'number'
  return strangeShare <= mixedShare && distinct > mixedDistinct ? 'mixed' : 'text'
}
