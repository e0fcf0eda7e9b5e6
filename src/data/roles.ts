// Profiles of a file's columns and the configuration in, who is what out: id, time, label, amount, entity, weight, features.

import { rowsOfTimelessDay } from '../core/column.ts'
import { nearestName, TocsinError } from '../core/error.ts'
import type { Field, FieldKind, TimeColumn } from '../core/event.ts'
import { kindOf, type Profile } from './profile.ts'

/** The section `events` of the configuration, as far as a history needs it, and the detector's name. */
export type HistoryOptions = {
  readonly detector: string
  readonly id?: string | undefined
  /** A name alone: the unit is inferred. */
  readonly time?:
    | string
    | { column: string; unit?: TimeColumn['unit'] | undefined; origin?: string | undefined }
    | undefined
  readonly label?: string | { column: string; anomaly?: string | number | boolean | undefined } | undefined
  readonly amount?: string | undefined
  readonly entity?: string | undefined
  readonly weight?: string | undefined
  /** Columns whose values are texts, though they look like numbers. */
  readonly categories?: readonly string[] | undefined
  /** Columns that are not features. */
  readonly ignore?: readonly string[] | undefined
}

export type Roles = {
  readonly id: string | null
  readonly time: TimeColumn | null
  readonly label: { readonly column: string; readonly anomaly: string }
  readonly amount: string | null
  readonly entity: string | null
  readonly weight: string | null
  readonly features: readonly string[]
  readonly fields: readonly Field[]
  readonly findings: readonly string[]
}

type Columns = { readonly path: string; readonly rows: number; readonly profiles: readonly Profile[] }

/**
 * Settles every column's role. Throws `HISTORY_COLUMN_MISSING`, `HISTORY_LABEL_UNKNOWN`, `HISTORY_ROLE_CONFLICT`,
 * `HISTORY_NO_FEATURES`.
 */
export function settleRoles(columns: Columns, options: HistoryOptions): Roles {
  const findings: string[] = []
  const label = labelOf(columns, options)
  const named = namedColumns(options, label.column)
  const categories = options.categories ?? []
  checkNames(columns, [...named, ...categories.map((column) => ({ role: 'categories', column }))])
  checkConflicts(columns.path, named, options.ignore ?? [])
  const taken = new Set([...named.map(({ column }) => column), ...categories, ...(options.ignore ?? [])])
  const free = columns.profiles.filter(({ name }) => !taken.has(name))

  const time = timeOf(columns, options, free, findings)
  const id = options.id ?? inferId(columns, free, findings)
  const amount = options.amount ?? inferAmount(free, findings)
  const held = { id, time, label, amount, entity: options.entity ?? null, weight: options.weight ?? null }
  const features = featuresOf(columns, held, options, findings)
  if (features.length === 0) throw noFeatures(columns, findings)
  return { ...held, features, fields: fieldsOf(columns, held, features, categories), findings }
}

/** What each role is probably played by; null where nothing is plainly it. */
export type GuessedRoles = {
  readonly label: string | null
  readonly time: string | null
  readonly amount: string | null
  readonly entity: string | null
  readonly id: string | null
}

/** As `settleRoles` would infer them, and an entity, which it never does: a person looks at the guess before it counts. */
export function guessRoles(columns: Columns): GuessedRoles {
  const labels = columns.profiles.filter(({ name }) => labelNames.test(plain(name)))
  const label = labels.length === 1 ? labels[0]!.name : null
  const free = columns.profiles.filter(({ name }) => name !== label)
  const [time, id, amount] = [inferTime(free)?.name ?? null, inferId(columns, free, []), inferAmount(free, [])]
  const others = free.filter(({ name }) => name !== time && name !== id && name !== amount)
  return { label, time, amount, entity: guessEntity(others), id }
}

// Who does it again and again: called like somebody, and with several rows each.
function guessEntity(free: readonly Profile[]): string | null {
  const repeated = free.filter(
    (column) => isNameable(column) && column.distinct > 20 && column.distinct < column.present / 2,
  )
  for (const words of entityWords) {
    const found = repeated.find(({ name }) => words.test(plain(name)))
    if (found) return found.name
  }
  return null
}

const entityWords = [
  /card|account|iban/,
  /customer|client|user|member/,
  /machine|device|sensor|host|unit/,
  /policy|terminal|merchant/,
]

type Held = Omit<Roles, 'features' | 'fields' | 'findings'>

// — names —

type Named = { readonly role: string; readonly column: string }

function namedColumns(options: HistoryOptions, label: string): Named[] {
  const time = typeof options.time === 'string' ? options.time : options.time?.column
  const { id, amount, entity, weight } = options
  return Object.entries({ id, time, label, amount, entity, weight }).flatMap(([role, column]) =>
    column === undefined ? [] : [{ role, column }],
  )
}

function checkNames({ path, profiles }: Columns, named: readonly Named[]): void {
  const names = profiles.map(({ name }) => name)
  const details = named.flatMap(({ role, column }) => {
    if (names.includes(column)) return []
    const near = nearestName(column, names)
    return [`events.${role}: no column "${column}"${near ? `; did you mean "${near}"?` : ''}`]
  })
  if (details.length === 0) return
  const message = `${path}: ${details.join('; ')}; its columns: ${names.join(', ')}`
  throw new TocsinError('HISTORY_COLUMN_MISSING', message, { details })
}

// A label among what the model reads would be the answer in the question; a column of two roles is a slip of the pen.
function checkConflicts(path: string, named: readonly Named[], ignore: readonly string[]): void {
  const others = named.concat(ignore.map((column) => ({ role: 'ignore', column })))
  for (const [i, { role, column }] of named.entries()) {
    const other = others
      .slice(i + 1)
      .find((held) => held.column === column && (held.role !== 'ignore' || role === 'label'))
    if (!other) continue
    const message = `${path}: column "${column}" is both events.${role} and events.${other.role}; expected one role for a column; take it out of one of them`
    throw new TocsinError('HISTORY_ROLE_CONFLICT', message)
  }
}

/** Lower case, letters and digits only: `TX_Amount` and `tx amount` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function endsWithWord(name: string, word: RegExp): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[^A-Za-z0-9]+/)
  return word.test(words.at(-1)!.toLowerCase())
}

// — label —

const labelNames =
  /^(class|label|target|fraud|isfraud|txfraud|fraudfound|fraudfoundp|anomaly|isanomaly|anomalous|isanomalous|outlier|isoutlier|attack|isattack|failure|machinefailure|isfailure)$/

function labelOf({ path, profiles }: Columns, { label }: HistoryOptions): Roles['label'] {
  if (typeof label === 'object') return { column: label.column, anomaly: String(label.anomaly ?? 1) }
  if (label !== undefined) return { column: label, anomaly: '1' }
  const names = profiles.map(({ name }) => name)
  const obvious = names.filter((name) => labelNames.test(plain(name)))
  if (obvious.length === 1) return { column: obvious[0]!, anomaly: '1' }
  const found =
    obvious.length === 0 ? 'no column that is called like a label' : `several that may be labels: ${obvious.join(', ')}`
  const message = `${path} has ${found}; expected one that says which rows are anomalies; name it in events.label (or --label); its columns: ${names.join(', ')}`
  throw new TocsinError('HISTORY_LABEL_UNKNOWN', message)
}

// — time —

const timeNames =
  /^(time|timestamp|datetime|date|ts|epoch|unixtime|eventtime|eventdate|eventtimestamp|transactiontime|transactiondate|transactiondatetime|transdatetranstime|txtime|txdatetime|createdat|occurredat)$/
/** 1990 to 2100, in seconds since 1970: numbers there are instants, others count from a start that they don't tell. */
const epochSeconds = [631152000, 4102444800] as const

function timeOf(
  columns: Columns,
  options: HistoryOptions,
  free: readonly Profile[],
  findings: string[],
): TimeColumn | null {
  if (typeof options.time === 'object') {
    const { column, unit = 'iso', origin } = options.time
    return origin === undefined ? { column, unit } : { column, unit, origin }
  }
  if (options.time !== undefined) return withUnit(columns.profiles.find(({ name }) => name === options.time)!, findings)
  const column = inferTime(free)
  if (!column)
    findings.push(
      `no column is plainly the event time: rows are taken in the order of the file, ${rowsOfTimelessDay.toLocaleString('en')} of them for a day; say events.time if there is one`,
    )
  else findings.push(`"${column.name}" is taken for the event time; say events.time to change that`)
  return column ? withUnit(column, findings) : null
}

function inferTime(free: readonly Profile[]): Profile | undefined {
  const instants = free.filter((column) => kindOf(column) === 'instant')
  if (instants.length === 1) return instants[0]
  const numbers = free.filter((column) => kindOf(column) === 'number' && column.numbers === column.present)
  const obvious = (instants.length > 0 ? instants : numbers).filter(({ name }) => timeNames.test(plain(name)))
  return obvious.length === 1 ? obvious[0] : undefined
}

function withUnit(column: Profile, findings: string[]): TimeColumn {
  if (kindOf(column) !== 'number') return { column: column.name, unit: 'iso' }
  for (const [unit, perSecond] of [
    ['s', 1],
    ['ms', 1e3],
    ['us', 1e6],
  ] as const)
    if (column.min! >= epochSeconds[0] * perSecond && column.max! <= epochSeconds[1] * perSecond)
      return { column: column.name, unit }
  findings.push(
    `"${column.name}" is taken for seconds from 1970-01-01 on; say events.time {column, unit, origin} if it counts otherwise`,
  )
  return { column: column.name, unit: 's' }
}

// — id and amount —

function isUnique({ rows }: Columns, { present, distinct }: Profile): boolean {
  return present === rows && distinct === rows && rows > 1
}

function isNameable(column: Profile): boolean {
  return kindOf(column) === 'text' || (kindOf(column) === 'number' && column.integers === column.present)
}

function inferId(columns: Columns, free: readonly Profile[], findings: string[]): string | null {
  const ids = free.filter(
    (column) => isUnique(columns, column) && isNameable(column) && endsWithWord(column.name, /^(id|uuid|guid)$/),
  )
  if (ids.length !== 1) return null
  findings.push(`"${ids[0]!.name}" is taken for the event id; say events.id to change that`)
  return ids[0]!.name
}

function inferAmount(free: readonly Profile[], findings: string[]): string | null {
  const amounts = free.filter(
    (column) => kindOf(column) === 'number' && /^(amount|txamount|transactionamount|amt)$/.test(plain(column.name)),
  )
  if (amounts.length !== 1) return null
  findings.push(`"${amounts[0]!.name}" is taken for the money at risk; say events.amount to change that`)
  return amounts[0]!.name
}

// — features —

function featuresOf(
  columns: Columns,
  held: Held,
  { ignore = [], categories = [] }: HistoryOptions,
  findings: string[],
): string[] {
  const taken = new Set([held.id, held.time?.column, held.label.column, held.entity, held.weight, ...ignore])
  return columns.profiles
    .filter((column) => !taken.has(column.name))
    .filter((column) => {
      const isSaid = column.name === held.amount || (categories.includes(column.name) && isFilled(column))
      const reason = isSaid ? undefined : unfit(columns, column)
      if (reason !== undefined) findings.push(`"${column.name}" is not a feature: ${reason}`)
      return reason === undefined
    })
    .map(({ name }) => name)
}

function isFilled(column: Profile): boolean {
  return !['nested', 'empty'].includes(kindOf(column))
}

/** Why a column can't be a feature; undefined where it can. */
export function unfit(columns: Columns, column: Profile): string | undefined {
  const kind = kindOf(column)
  if (kind === 'nested') return 'it holds lists or objects; expected one value a cell'
  if (kind === 'empty') return 'it is empty'
  if (kind === 'instant') return 'it holds dates, and is not the event time'
  if (isId(columns, column)) return `it looks like an id (${column.distinct} different values)`
  const isTooDiverse =
    column.distinct > 1000
      ? column.distinct > column.present / 2
      : column.distinct > 20 && column.distinct > column.present * 0.9
  return kind === 'text' && isTooDiverse
    ? `it is text with ${column.distinct} different values in ${column.present} rows`
    : undefined
}

// Unique texts; whole numbers that count the rows up; and what is called an id and has many values (a customer, a terminal).
function isId(columns: Columns, column: Profile): boolean {
  if (!isNameable(column)) return false
  if (endsWithWord(column.name, /^(id|uuid|guid)$/) && column.distinct > 100) return true
  if (!isUnique(columns, column) || columns.rows <= 20) return false
  return kindOf(column) === 'text' || column.max! - column.min! === columns.rows - 1
}

function noFeatures({ path, profiles }: Columns, findings: readonly string[]): TocsinError {
  const message = `${path} has ${profiles.length} columns, none of which can be a feature; expected at least one number, text or boolean beside the label; see the findings`
  return new TocsinError('HISTORY_NO_FEATURES', message, { details: findings })
}

// — fields —

function fieldsOf(
  { profiles, rows }: Columns,
  held: Held,
  features: readonly string[],
  categories: readonly string[],
): Field[] {
  const isFeature = new Set(features)
  return profiles
    .filter(({ name, type }) => name !== held.label.column && name !== held.weight && type !== 'nested')
    .map((column) => {
      const { name } = column
      const isRole = [held.id, held.entity, held.amount, held.time?.column].includes(name)
      // An event that lacks what nobody reads is as good as any.
      const kind = categories.includes(name) && !isRole ? 'category' : fieldKind(column, held, isFeature.has(name))
      const filled = kind === 'number' ? column.present - column.marks : column.present
      const isAlwaysThere = name === held.id || name === held.time?.column
      return { name, kind, isNullable: !isAlwaysThere && (isFeature.has(name) || isRole ? filled < rows : true) }
    })
}

function fieldKind(column: Profile, held: Held, isFeature: boolean): FieldKind {
  const { name } = column
  if (name === held.id || name === held.entity) return column.integers === column.present ? 'number' : 'category'
  if (name === held.time?.column) return held.time.unit === 'iso' ? 'category' : 'number'
  const kind = kindOf(column)
  if (name === held.amount || (kind === 'mixed' && isFeature)) return 'number'
  if (kind === 'boolean') return 'boolean'
  // What is not read must not break a row: a number only where every cell is one.
  return kind === 'number' && (isFeature || column.numbers === column.present) ? 'number' : 'category'
}
