// The cells of each column in, what kind of column it is out.

import { type CellType, query, quoted, type Source, type SourceColumn } from './source.ts'

/** Counts of a column's cells, over all rows. */
export type Profile = {
  readonly name: string
  readonly type: CellType
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

/** Beyond it a number is infinite in the vector's 32-bit floats. */
const maxNumber = '3.4028234663852886e38'

/** The cell as a double; null where it is no number that a vector can hold. */
export function numberIn({ name, type }: SourceColumn): string {
  const cell = quoted(name)
  if (type === 'text')
    return `(case when abs(try_cast(${cell} as double)) <= ${maxNumber} then try_cast(${cell} as double) end)`
  if (type === 'number') return `(case when abs(${cell}::double) <= ${maxNumber} then ${cell}::double end)`
  return 'null::double'
}

/** The cell as a timestamp in UTC; null where it is none. */
export function instantIn({ name }: SourceColumn): string {
  return `(case when isfinite(try_cast(${quoted(name)} as timestamptz)) then try_cast(${quoted(name)} as timestamptz) end)`
}

export function isPresent({ name, type }: SourceColumn): string {
  return type === 'text' ? `coalesce(trim(${quoted(name)}) <> '', false)` : `${quoted(name)} is not null`
}

/** For cells that are present and no number. */
export function isMark({ name, type }: SourceColumn): string {
  if (type === 'text') return `lower(trim(${quoted(name)})) in ('na', 'n/a', 'nan', 'null', '?', '-')`
  return type === 'number' ? `isnan(${quoted(name)}::double)` : 'false'
}

/** One pass over the file's rows. */
export async function profile(source: Source): Promise<Profile[]> {
  const counts = source.columns.map((column) => counted(column).join(', '))
  const [row] = await query(source.connection, `select ${counts.join(', ')} from raw`)
  const width = row!.length / source.columns.length
  return source.columns.map((column, i) => profileOf(column, row!.slice(i * width, (i + 1) * width)))
}

function counted(column: SourceColumn): string[] {
  const number = numberIn(column)
  const isText = column.type === 'text'
  const cell = quoted(column.name)
  const count = (condition: string) => `count(*) filter (${condition})`
  return [
    count(isPresent(column)),
    column.type === 'nested' ? '0' : `count(distinct ${cell})`,
    `count(${number})`,
    count(`${number} is null and ${isPresent(column)} and ${isMark(column)}`),
    count(
      `${number} = floor(${number}) and abs(${number}) <= 9007199254740991${isText ? ` and try_cast(${cell} as bigint)::varchar = ${cell}` : ''}`,
    ),
    isText
      ? count(`${number} is null and ${instantIn(column)} is not null`)
      : column.type === 'instant'
        ? `count(${cell})`
        : '0',
    isText
      ? count(`${number} is null and lower(${cell}) in ('true', 'false')`)
      : column.type === 'boolean'
        ? `count(${cell})`
        : '0',
    `min(${number})`,
    `max(${number})`,
  ]
}

function profileOf({ name, type }: SourceColumn, cells: readonly unknown[]): Profile {
  const [present, distinct, numbers, marks, integers, instants, booleans] = cells.map(Number)
  const [min, max] = cells.slice(-2).map((cell) => (cell === null ? null : Number(cell)))
  return {
    name,
    type,
    present: present!,
    distinct: distinct!,
    numbers: numbers!,
    marks: marks!,
    integers: integers!,
    instants: instants!,
    booleans: booleans!,
    min: min!,
    max: max!,
  }
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
