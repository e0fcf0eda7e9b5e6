// Settled roles in, the rows that are broken out: up to 1 % are left out and told, more is an error.

import { TocsinError } from '../core/error.ts'
import { linesOf } from './lines.ts'
import { instantIn, isMark, isPresent, maxBrokenShare, numberIn, type Profile } from './profile.ts'
import type { Roles } from './roles.ts'
import { query, type Source, type SourceColumn } from './source.ts'

const examplesTold = 3

/** What makes a row broken: SQL over `raw` that is true for such a row. */
type Flaw = { readonly column: SourceColumn; readonly role: string; readonly expected: string; readonly sql: string }

/**
 * Makes the view `sound` of `raw`: all rows but the broken ones, with their `rowid` as `place`. A column that may not have
 * flaws in more than 1 % of the rows, and all rows together neither: throws `HISTORY_TOO_MANY_BROKEN_ROWS`, or for a
 * configured column `HISTORY_NOT_NUMERIC`, `HISTORY_TIME_INVALID`, `HISTORY_ID_MISSING`. `details` has the examples.
 */
export async function keepSoundRows(
  source: Source,
  profiles: readonly Profile[],
  roles: Roles,
  findings: string[],
): Promise<void> {
  const flaws = flawsOf(source, profiles, roles)
  const broken = flaws.length === 0 ? 'false' : `(${flaws.map(({ sql }) => sql).join(' or ')})`
  const counts = [broken, ...flaws.map(({ sql }) => sql)].map((sql) => `count(*) filter (${sql})`)
  const [row] = await query(source.connection, `select ${counts.join(', ')} from raw`)
  const [brokenRows, ...byFlaw] = row!.map(Number)
  const found = flaws.map((flaw, i) => ({ ...flaw, count: byFlaw[i]! })).filter(({ count }) => count > 0)
  await checkShares(source, found, brokenRows! + source.rejected.length, findings)
  const where = brokenRows === 0 ? '' : ` where not ${broken}`
  await source.connection.run(`create temp view sound as select rowid as place, * from raw${where}`)
}

/** Throws `HISTORY_TOO_MANY_BROKEN_ROWS` where so many lines are no rows that what is left says nothing of the file. */
export async function checkRejected(source: Source): Promise<void> {
  if (source.rejected.length > (source.rows + source.rejected.length) * maxBrokenShare)
    await checkShares(source, [], source.rejected.length, [])
}

type FoundFlaw = Flaw & { readonly count: number }

async function checkShares(
  source: Source,
  found: readonly FoundFlaw[],
  broken: number,
  findings: string[],
): Promise<void> {
  if (broken === 0) return
  const rows = source.rows + source.rejected.length
  const ofRole = found.find(({ role, count }) => role !== 'feature' && count > rows * maxBrokenShare)
  if (ofRole) throw await badRole(source, ofRole)
  const examples = await examplesOf(source, found)
  const summary = `${broken} of ${rows} rows are broken (${Number(((100 * broken) / rows).toPrecision(2))} %): ${examples.join('; ')}`
  if (broken <= rows * maxBrokenShare) {
    findings.push(`${summary}; they are left out`)
    return
  }
  const message = `${source.path}: ${summary}; expected at most 1 %; mend the file, or put a column that is to blame into events.ignore`
  throw new TocsinError('HISTORY_TOO_MANY_BROKEN_ROWS', message, { details: examples })
}

async function examplesOf(source: Source, found: readonly FoundFlaw[]): Promise<string[]> {
  const examples = source.rejected.slice(0, examplesTold).map(({ line, reason }) => `line ${line}: ${reason}`)
  for (const flaw of found) examples.push(...(await cellsOf(source, flaw)))
  return examples.slice(0, 2 * examplesTold)
}

async function cellsOf(source: Source, { column, sql, expected }: Flaw): Promise<string[]> {
  const cell = `${column.cell}::varchar`
  const cells = await query(
    source.connection,
    `select rowid, ${cell} from raw where ${sql} order by rowid limit ${examplesTold}`,
  )
  const places = await linesOf(
    source,
    cells.map(([rowid]) => Number(rowid)),
  )
  return cells.map(
    ([, text], i) =>
      `${places[i]}: "${column.name}" is ${text === null ? 'missing' : `"${shortened(String(text))}"`}, expected ${expected}`,
  )
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

async function badRole(source: Source, flaw: FoundFlaw): Promise<TocsinError> {
  const examples = await cellsOf(source, flaw)
  const code = { time: 'HISTORY_TIME_INVALID', id: 'HISTORY_ID_MISSING' }[flaw.role] ?? 'HISTORY_NOT_NUMERIC'
  const found = `${flaw.count} of ${source.rows} rows have no fit value in "${flaw.column.name}" (events.${flaw.role}): ${examples.join('; ')}`
  const advice =
    flaw.role === 'time'
      ? 'set events.time {column, unit, origin}: unit iso, s, ms or us'
      : 'mend the file, or name another column'
  return new TocsinError(code, `${source.path}: ${found}; ${advice}`, { details: examples })
}

// — flaws —

// Columns without a flaw, which is most, need not be asked for it row by row.
function flawsOf(source: Source, profiles: readonly Profile[], roles: Roles): Flaw[] {
  const byName = new Map(profiles.map((column) => [column.name, column]))
  const numbers = roles.fields
    .filter(({ name, kind }) => kind === 'number' && (roles.features.includes(name) || name === roles.amount))
    .map(({ name }) => byName.get(name)!)
    .filter(({ present, numbers, marks }) => numbers + marks < present)
  return [
    ...numbers.map((column) => notANumber(column, column.name === roles.amount ? 'amount' : 'feature')),
    ...optional(roles.weight, (name) => notAWeight(byName.get(name)!)),
    ...optional(roles.id, (name) => noId(byName.get(name)!)).filter(() => byName.get(roles.id!)!.present < source.rows),
    ...optional(roles.time, ({ column, unit }) => noInstant(byName.get(column)!, unit === 'iso')),
  ]
}

function optional<T>(value: T | null, flaw: (value: T) => Flaw): Flaw[] {
  return value === null ? [] : [flaw(value)]
}

function notANumber(column: SourceColumn, role: string): Flaw {
  const sql = `(${numberIn(column)} is null and ${isPresent(column)} and not ${isMark(column)})`
  return { column, role, expected: 'a number', sql }
}

function notAWeight(column: SourceColumn): Flaw {
  return { column, role: 'weight', expected: 'a number over 0', sql: `not coalesce(${numberIn(column)} > 0, false)` }
}

function noId(column: SourceColumn): Flaw {
  return { column, role: 'id', expected: 'an id', sql: `not ${isPresent(column)}` }
}

function noInstant(column: SourceColumn, isIso: boolean): Flaw {
  const expected = isIso ? 'an ISO 8601 time such as 2026-11-22T18:05:00Z' : 'a number'
  return { column, role: 'time', expected, sql: `(${isIso ? instantIn(column) : numberIn(column)} is null)` }
}
