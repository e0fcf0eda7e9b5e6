// The view `kept` and the roles in, columns of typed arrays in time order out.

import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api'
import type { Column } from '../core/column.ts'
import type { Field } from '../core/event.ts'
import { instantIn, isPresent, numberIn } from './profile.ts'
import type { Roles } from './roles.ts'
import { query, type Source, type SourceColumn } from './source.ts'

export type HistoryColumns = {
  readonly rows: number
  /** Row in the file, from 0. */
  readonly places: Float64Array
  readonly ids: string[] | null
  /** ms since 1970 UTC; null where there is no time column. */
  readonly times: Float64Array | null
  readonly labels: Uint8Array
  readonly weights: Float64Array | null
  readonly columns: ReadonlyMap<string, Column>
}

/** What is asked of DuckDB for one array: SQL, what that joins to `kept`, and the array that takes the answer. */
type Part = {
  readonly sql: string
  readonly join?: string
  readonly target: Float64Array | Int32Array | Uint8Array | string[]
}
type Category = { readonly name: string; readonly table: string; readonly text: string; readonly dictionary: string[] }

const columnsAtATime = 256

/** Reads all rows of `kept`, sorted by time; rows of one time keep the file's order. `label` is SQL, 1 or 0. */
export async function readColumns(source: Source, roles: Roles, label: string): Promise<HistoryColumns> {
  const { connection } = source
  const byName = new Map(source.columns.map((column) => [column.name, column]))
  const rows = Number((await query(connection, 'select count(*) from kept'))[0]![0])
  const doubles = (sql: string): { sql: string; target: Float64Array } => ({ sql, target: new Float64Array(rows) })

  const places = doubles('place::double')
  const labels = { sql: label, target: new Uint8Array(rows) }
  const times = roles.time ? doubles(instantSql(byName.get(roles.time.column)!, roles.time)) : null
  const ids =
    roles.id === null ? null : { sql: textIn(byName.get(roles.id)!, fieldOf(roles, roles.id)), target: [] as string[] }
  const weights = roles.weight === null ? null : doubles(numberIn(byName.get(roles.weight)!))

  const fields = roles.fields.filter(({ name }) => name !== roles.id && name !== roles.time?.column)
  const numbers = fields.filter(({ name, kind }) => kind === 'number' && name !== roles.entity)
  const numberParts = numbers.map(({ name }) => doubles(`coalesce(${numberIn(byName.get(name)!)} + 0, 'nan'::double)`))
  const categories: Category[] = []
  for (const field of fields.filter((other) => !numbers.includes(other)))
    categories.push(await makeDictionary(connection, `dictionary${categories.length}`, field, byName.get(field.name)!))
  const codeParts = categories.map(({ table, text }) => ({
    sql: `coalesce(${table}.code, -1)::integer`,
    join: ` left join ${table} on ${table}.text = ${text}`,
    target: new Int32Array(rows),
  }))

  const parts = [places, labels, times, ids, weights, ...numberParts, ...codeParts].filter((part) => part !== null)
  const order = times === null ? 'place' : `${times.sql}, place`
  // One query, but for files of very many columns: its planning takes time with the square of their number.
  for (let start = 0; start < parts.length; start += columnsAtATime) {
    const some: Part[] = parts.slice(start, start + columnsAtATime)
    await transfer(connection, some, `from kept${some.map(({ join }) => join ?? '').join('')} order by ${order}`)
  }

  const columns = new Map<string, Column>()
  for (const [i, { name }] of numbers.entries())
    columns.set(name, { kind: 'number', name, values: numberParts[i]!.target })
  for (const [i, { name, dictionary }] of categories.entries())
    columns.set(name, { kind: 'category', name, codes: codeParts[i]!.target, dictionary })
  return {
    rows,
    places: places.target,
    ids: ids?.target ?? null,
    times: times?.target ?? null,
    labels: labels.target,
    weights: weights?.target ?? null,
    columns: new Map(fields.map(({ name }) => [name, columns.get(name)!])),
  }
}

function fieldOf(roles: Roles, name: string): Field {
  return roles.fields.find((field) => field.name === name)!
}

// The same sums as for a live event (score/instant.ts), in whole ms, so that both name one instant.
function instantSql(column: SourceColumn, { unit, origin }: NonNullable<Roles['time']>): string {
  if (unit === 'iso') return `floor(epoch_us(${instantIn(column)}) / 1000.0)::double`
  const originMs = origin === undefined ? 0 : Date.parse(origin)
  const msPerUnit = { s: '1000', ms: '1', us: '0.001' }[unit]
  return `floor(${originMs}::double + ${numberIn(column)} * ${msPerUnit}::double)`
}

/** The cell as the text that a live event's value would become; null where missing. */
function textIn(column: SourceColumn, { kind }: Field): string {
  if (kind === 'boolean') return `lower(${column.cell}::varchar)`
  const text = kind === 'number' ? `${numberIn(column)}::bigint::varchar` : plainText(column)
  return `(case when ${isPresent(column)} then ${text} end)`
}

/** A whole number is written without a fraction, as JSON writes it. */
export function plainText({ cell, type }: SourceColumn): string {
  const text = `${cell}::varchar`
  return type === 'number'
    ? `(case when ${cell} = floor(${cell}) then ${cell}::bigint::varchar else ${text} end)`
    : text
}

// Codes are made by a join: an ENUM of a million texts takes seconds.
async function makeDictionary(
  connection: DuckDBConnection,
  table: string,
  field: Field,
  column: SourceColumn,
): Promise<Category> {
  const text = textIn(column, field)
  const texts =
    field.kind === 'boolean' ? `(values ('false'), ('true')) v(text)` : `(select distinct ${text} as text from kept)`
  await connection.run(
    `create temp table ${table} as select text, row_number() over (order by text) - 1 as code from ${texts} where text is not null`,
  )
  const dictionary: string[] = []
  await transfer(connection, [{ sql: 'text', target: dictionary }], `from ${table} order by code`)
  return { name: field.name, table, text, dictionary }
}

/** Fills each part's array with its SQL's answer, vector by vector. */
async function transfer(connection: DuckDBConnection, parts: readonly Part[], from: string): Promise<void> {
  const result = await connection.stream(`select ${parts.map(({ sql }) => sql).join(', ')} ${from}`)
  let start = 0
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [i, { target }] of parts.entries()) copyVector(chunk.getColumnVector(i), chunk.rowCount, target, start)
    start += chunk.rowCount
  }
}

function copyVector(vector: DuckDBVector, count: number, target: Part['target'], start: number): void {
  // The vector's own array, where it has one of our kind: six times faster than asking for each item.
  const items: unknown = Reflect.get(vector, 'items')
  if (items instanceof Float64Array && target instanceof Float64Array) target.set(items.subarray(0, count), start)
  else if (items instanceof Int32Array && target instanceof Int32Array) target.set(items.subarray(0, count), start)
  else if (items instanceof Uint8Array && target instanceof Uint8Array) target.set(items.subarray(0, count), start)
  else for (let i = 0; i < count; i++) copyItem(vector.getItem(i), target, start + i)
}

function copyItem(item: unknown, target: Part['target'], at: number): void {
  if (Array.isArray(target)) target[at] = String(item)
  else target[at] = Number(item)
}
