// A declaration, a schema and the training rows in, how each feature of the vector comes about out: names settled, scales learned.

import type { History } from '../core/column.ts'
import { type Declaration, parseAggregate } from '../core/declaration.ts'
import { durationMs } from '../core/duration.ts'
import { nearestName, TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import type { Derived, FeatureSource, FeatureSpec, MemorySpec } from '../model/model.ts'
import { learnEncoding } from './encoding.ts'
import { compileExpression, namesIn } from './expression.ts'
import { learnFeatures } from './features.ts'
import { historyRows } from './rows.ts'

/** What the vector holds; `derived` is null where every feature is a column as it is. */
export type Plan = {
  readonly features: readonly FeatureSpec[]
  /** Those of the features that are columns as they are. */
  readonly columns: readonly string[]
  readonly derived: Derived | null
}

export type PlanInput = {
  readonly declaration: Declaration
  readonly schema: EventSchema
  /** The training rows: nothing is learned from others. */
  readonly history: History
  /** Of the calendar, where the declaration names none. */
  readonly timeZone: string
}

type Planned = { readonly spec: FeatureSpec; readonly source: FeatureSource }

/**
 * Settles what a declaration means for this history: the features in the order of the vector with their names, and how each comes
 * about. The history is looked at for the categories of columns, the steps in which values are counted, and the rates of `encode`;
 * its rows must be in order of time (as `readHistory` gives them). Throws `FEATURE_COLUMN_UNKNOWN`, `FEATURE_NAME_TAKEN`,
 * `FEATURE_CIRCLE`, `FEATURE_EXPRESSION`, `FEATURE_DELAY`: what the declaration names must be in the history.
 *
 * @example const plan = planFeatures({ declaration: parseConfig(input).features, schema, history, timeZone: 'UTC' })
 */
export function planFeatures(input: PlanInput): Plan {
  const { declaration, schema, history } = input
  const columns = columnFeatures(input)
  const memories = declaration.windows.map((_, place) => planMemory(input, place))
  const planned: Planned[] = [
    ...columns.map((spec) => ({ spec, source: { kind: 'column' as const, column: spec.name } })),
    ...declaration.calendar.map((part) => number(part, { kind: 'calendar', part })),
    ...memories.flatMap(({ features }) => features),
    ...declaration.encode.map((column) => {
      checkColumn(column, schema, 'features.encode')
      return number(`${plain(column)}_anomaly_rate`, learnEncoding(column, schema, history))
    }),
    ...Object.entries(declaration.expressions).map(([name, expression]) =>
      number(name, { kind: 'expression', expression }),
    ),
  ]
  checkNames(planned)
  const features = planned.map(({ spec }) => spec)
  const names = columns.map(({ name }) => name)
  if (planned.every(({ source }) => source.kind === 'column')) return { features, columns: names, derived: null }
  return {
    ...{ features, columns: names },
    derived: {
      timeZone: declaration.timeZone ?? input.timeZone,
      called: declaration.called,
      memories: memories.map(({ spec }) => spec),
      sources: planned.map(({ source }) => source),
      order: orderOf(planned),
    },
  }
}

function columnFeatures({ declaration, schema, history }: PlanInput): FeatureSpec[] {
  const columns = declaration.columns ?? schema.features
  for (const column of columns) checkColumn(column, schema, 'features.columns')
  return learnFeatures({ ...schema, features: columns }, history)
}

const number = (name: string, source: FeatureSource): Planned => ({ spec: { name, kind: 'number' }, source })

/** A column's name as a part of a feature's. */
function plain(name: string): string {
  return name.replace(/\W+/g, '_')
}

function checkColumn(column: string, schema: EventSchema, where: string): void {
  const names = schema.fields
    .map(({ name }) => name)
    .filter((name) => name !== schema.id && name !== schema.time?.column)
  if (names.includes(column)) return
  const near = nearestName(column, names)
  throw new TocsinError(
    'FEATURE_COLUMN_UNKNOWN',
    `${where}: no column "${column}"${near ? `; did you mean "${near}"?` : ''}; expected one of ${names.join(', ')}`,
  )
}

// — windows —

type Windows = Declaration['windows'][number]
type Kept = { readonly of: string; readonly keeps: Set<MemorySpec['values'][number]['keeps'][number]> }

function planMemory(input: PlanInput, place: number): { readonly spec: MemorySpec; readonly features: Planned[] } {
  const { declaration, schema } = input
  const windows = declaration.windows[place]!
  const where = `features.windows[${place}]`
  const over = [windows.over].flat()
  for (const column of over) checkColumn(column, schema, `${where}.over`)
  const values = new Map<string, Kept>()
  const distinct: string[] = []
  const ages = agesOf(windows)
  const parts: MemoryParts = {
    ...{ windows, place, ages, distinct },
    prefix: over.map(plain).join('_'),
    value: (name, keeps) => {
      if (!values.has(name)) values.set(name, { of: valueText(name, input, where), keeps: new Set() })
      if (keeps) values.get(name)!.keeps.add(keeps)
      return [...values.keys()].indexOf(name)
    },
    column: (name) => {
      checkColumn(name, schema, `${where}.aggregate`)
      if (!distinct.includes(name)) distinct.push(name)
      return distinct.indexOf(name)
    },
  }
  const features = [...aggregates(parts), ...usuals(parts), ...travels(parts), ...feedbacks(parts)]
  const spec: MemorySpec = {
    over,
    called: windows.called ?? over.map(calledAfter).join(' and '),
    latenessMs: durationMs(declaration.allowedLateness),
    precision: windows.precision,
    exactMs: durationMs(windows.exact),
    grainMs: Math.max(1, durationMs(windows.grain)),
    ages,
    values: [...values.values()].map(({ of, keeps }) => ({
      of,
      scale: learnScale(of, input),
      keeps: [...keeps].sort(),
    })),
    distinct,
    keepsFirst: features.some(({ source }) => source.kind === 'window' && source.measure === 'timeSinceFirst'),
    labels: windows.feedback !== undefined,
  }
  return { spec, features }
}

// `CUSTOMER_ID` → customer.
function calledAfter(column: string): string {
  return (
    column
      .replace(/[_ ]?id$/i, '')
      .replaceAll('_', ' ')
      .trim()
      .toLowerCase() || column
  )
}

function agesOf({ windows, feedback }: Windows): number[] {
  const delay = feedback ? durationMs(feedback.delay) : 0
  const delayed = feedback ? (feedback.windows ?? windows).map((length) => delay + durationMs(length)) : []
  const ages = [...windows.map(durationMs), ...(delay > 0 ? [delay] : []), ...delayed]
  return [...new Set(ages)].sort((a, b) => a - b)
}

type MemoryParts = {
  readonly windows: Windows
  readonly place: number
  readonly ages: readonly number[]
  readonly distinct: readonly string[]
  readonly prefix: string
  /** Place of a value among those that the memory adds up, which also keeps this of it. */
  value(name: string, keeps?: MemorySpec['values'][number]['keeps'][number]): number
  /** Place of a column among those whose different values are counted. */
  column(name: string): number
}

function aggregates({ windows, place, ages, prefix, value, column }: MemoryParts): Planned[] {
  const lengths = windows.windows.map((text) => ({ text, age: ages.indexOf(durationMs(text)) }))
  const longest = ages.indexOf(Math.max(...windows.windows.map(durationMs)))
  return windows.aggregate.flatMap((text): Planned[] => {
    const { measure, of } = parseAggregate(text)!
    const source = { kind: 'window' as const, memory: place, measure }
    const each = (name: string, place: number) =>
      lengths.map(({ text, age }) => number(`${prefix}_${name}_${text}`, { ...source, of: place, age }))
    const once = (name: string, place = 0) => [number(`${prefix}_${name}`, { ...source, of: place, age: longest })]
    switch (measure) {
      case 'count':
        return each('count', 0)
      case 'distinct':
        return each(`distinct_${plain(of)}`, column(of))
      case 'timeSinceLast':
        return once('time_since_last')
      case 'timeSinceFirst':
        return once('time_since_first')
      case 'isFirst':
        return once('is_first')
      case 'last':
        return once(`last_${plain(of)}`, value(of, 'last'))
      case 'std':
        return each(`std_${plain(of)}`, value(of, 'squares'))
      case 'max':
      case 'min':
        return each(`${measure}_${plain(of)}`, value(of, measure))
      default:
        return each(`${measure}_${plain(of)}`, value(of))
    }
  })
}

function usuals({ windows, place, prefix, value }: MemoryParts): Planned[] {
  return windows.usual.flatMap((name) => {
    const source = { kind: 'usual' as const, memory: place, of: value(name) }
    return [
      number(`${prefix}_${plain(name)}_z_score`, { ...source, measure: 'zScore' }),
      number(`${prefix}_${plain(name)}_ratio`, { ...source, measure: 'ratio' }),
    ]
  })
}

function travels({ windows, place, prefix, value }: MemoryParts): Planned[] {
  if (!windows.travel) return []
  const latitude = value(windows.travel.latitude, 'last')
  const longitude = value(windows.travel.longitude, 'last')
  return (['distance', 'speed'] as const).map((measure) =>
    number(`${prefix}_${measure}`, { kind: 'travel', memory: place, measure, latitude, longitude }),
  )
}

function feedbacks({ windows, place, ages, prefix }: MemoryParts): Planned[] {
  const { feedback } = windows
  if (!feedback) return []
  const delayMs = durationMs(feedback.delay)
  const delay = ages.indexOf(delayMs)
  if (delay < 0)
    throw new TocsinError(
      'FEATURE_DELAY',
      `features.windows[${place}].feedback.delay is ${feedback.delay}; expected more than nothing, for no label is known at once; say how long labels take`,
    )
  return (feedback.windows ?? windows.windows).flatMap((text) => {
    const age = ages.indexOf(delayMs + durationMs(text))
    const source = { kind: 'feedback' as const, memory: place, delay, age }
    const names = { rate: 'anomaly_rate', anomalies: 'anomalies', events: 'judged' }
    return feedback.measures.map((measure) => number(`${prefix}_${names[measure]}_${text}`, { ...source, measure }))
  })
}

// A value is a number column, or one of the declared expressions as long as it needs nothing but columns.
function valueText(name: string, { declaration, schema }: PlanInput, where: string): string {
  const expression = declaration.expressions[name]
  if (expression !== undefined) return expression
  checkColumn(name, schema, where)
  return `\`${name}\``
}

/** Most decimals that are looked for, and most steps that the largest value of the history may take: 16 times as many fit. */
const mostDecimals = 6
const mostSteps = 2 ** 28
/** Finer steps no value needs (10^-154 of one), and sums over so many would overflow when they are turned back. */
const finestScale = 2 ** 512

// So many steps to one that every value is a whole number of them, where they are decimals (cents); else as fine as sums allow.
function learnScale(of: string, { schema, history }: PlanInput): number {
  const rows = historyRows(schema, history)
  const get = compileExpression(of, rows)
  let decimals = 0
  let largest = 0
  for (let row = 0; row < history.rows; row++) {
    rows.at(row)
    const value = get()
    if (Number.isNaN(value)) continue
    largest = Math.max(largest, Math.abs(value))
    while (decimals <= mostDecimals && Math.round(value * 10 ** decimals) / 10 ** decimals !== value) decimals++
  }
  if (decimals <= mostDecimals && largest * 10 ** decimals <= mostSteps) return 10 ** decimals
  return Math.min(finestScale, 2 ** Math.floor(Math.log2(mostSteps / largest)))
}

// — names and order —

function checkNames(planned: readonly Planned[]): void {
  const names = planned.map(({ spec }) => spec.name)
  const twice = names.find((name, place) => names.indexOf(name) < place)
  if (twice === undefined) return
  throw new TocsinError(
    'FEATURE_NAME_TAKEN',
    `two features are called "${twice}"; expected one name for each; rename the expression, or leave the repetition out`,
  )
}

// What an expression names comes before it.
function orderOf(planned: readonly Planned[]): number[] {
  const placeOf = new Map(planned.map(({ spec }, place) => [spec.name, place]))
  const order: number[] = []
  const state = new Map<number, 'open' | 'done'>()
  const visit = (place: number, path: readonly string[]) => {
    if (state.get(place) === 'done') return
    const { spec, source } = planned[place]!
    if (state.get(place) === 'open') throw circle([...path, spec.name])
    state.set(place, 'open')
    if (source.kind === 'expression')
      for (const name of namesIn(source.expression)) {
        const needed = placeOf.get(name)
        if (needed !== undefined) visit(needed, [...path, spec.name])
      }
    state.set(place, 'done')
    order.push(place)
  }
  for (const place of planned.keys()) visit(place, [])
  return order
}

function circle(path: readonly string[]): TocsinError {
  const names = path.join(' needs ')
  return new TocsinError(
    'FEATURE_CIRCLE',
    `features.expressions: ${names}; expected features that can be computed one after another; break the circle`,
  )
}
