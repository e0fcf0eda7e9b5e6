// Nothing in; how fast window features are replayed and kept live beside DuckDB and river, and what an entity takes in memory, out.
//
// node bench/features.ts [--quick] [--runs 5] [--rows 300000]
//
// Twenty features: count, sum, mean and standard deviation of a card's amounts over an hour, a day, a week and 30 days, and the
// shop's counts over the same. All four compute them of the same payments; the largest difference between them is printed.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import type { History } from '../src/core/column.ts'
import { featuresSection } from '../src/core/declaration.ts'
import { durationMs } from '../src/core/duration.ts'
import type { EventSchema } from '../src/core/event.ts'
import { Random } from '../src/core/random.ts'
import { LiveFeatures } from '../src/features/live.ts'
import { Memory } from '../src/features/memory.ts'
import { type Plan, planFeatures } from '../src/features/plan.ts'
import { replayHistory } from '../src/features/replay.ts'
import { churn } from './featuresChurn.ts'
import { type Case, type Figure, measure, publish, ratios, type Subject, summarise } from './harness.ts'
import { startPython } from './rivals.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    rows: { type: 'string', default: '300000' },
  },
})
const rows = values.quick ? 30_000 : Number(values.rows)
const runs = values.quick ? 1 : Number(values.runs)
/** River takes some 50 µs for each feature: it is given the first rows only. */
const riverRows = Math.min(rows, values.quick ? 2000 : 20_000)
const entities = values.quick ? 500_000 : 10_000_000
const allWindows = ['1h', '1d', '7d', '30d']

const schema: EventSchema = {
  ...{ detector: 'bench', id: null, entity: null, amount: null, weight: null },
  time: { column: 'time', unit: 'ms' },
  label: { column: 'label', anomaly: '1' },
  fields: ['card', 'shop', 'amount'].map((name) => ({ name, kind: 'number' as const, isNullable: false })),
  features: [],
}
const history = paymentsOf(rows)
const exact = planOf('30d')
const bucketed = planOf('0s')

const folder = await mkdtemp(join(tmpdir(), 'tocsin-bench-features-'))
const python = await startPython(new URL('./features.py', import.meta.url).pathname, folder, {
  imports: 'import river',
  packages: ['river'],
})
for (const [name, column] of [['time', history.times] as const, ...numberColumns()])
  await writeFile(join(folder, name), new Uint8Array(column.buffer, column.byteOffset, column.byteLength))

const perSecond = (events: number, seconds: number): Figure[] => [
  { metric: 'events', unit: '1/s', value: events / seconds },
  { metric: 'an event', unit: 'µs', value: (seconds / events) * 1e6 },
]
let duckColumns: Float64Array[] = []
const subjects: Subject[] = [
  { name: 'tocsin replay, exact', run: async () => perSecond(rows, await timed(() => replay(exact))) },
  { name: 'tocsin replay, bucketed', run: async () => perSecond(rows, await timed(() => replay(bucketed))) },
  { name: 'tocsin live, bucketed', run: async () => perSecond(rows, await timed(() => live(bucketed, false))) },
  { name: 'tocsin live, with states', run: async () => perSecond(rows, await timed(() => live(bucketed, true))) },
  {
    name: 'DuckDB SQL, one thread',
    run: async () => {
      const answer = await duckdb()
      duckColumns = answer.columns
      return perSecond(rows, answer.seconds)
    },
  },
]
// What this room wants of itself, in the same table.
const wanted = {
  replay: { name: 'target of a replay', run: async () => perSecond(300_000, 1) },
  live: { name: 'target live', run: async () => perSecond(200_000, 1) },
}
subjects.push(wanted.replay, wanted.live)
if (python)
  subjects.push({
    name: 'river, live',
    run: async () => {
      const { seconds } = await python.ask({ ask: 'stream', rows: riverRows, windows: allWindows.map(durationMs) })
      return perSecond(riverRows, seconds!)
    },
  })
const cases: Case = { name: `${rows} payments, 20 window features`, runs, subjects }
const measured = await measure(cases)
const notes = [
  `DuckDB's differ from ours by at most ${largestDifference(duckColumns, rows).toExponential(1)} of the value (vectors are 32-bit floats).`,
  ...(await riverNotes()),
  'With states: what each batch of 1,000 events changed is also written as the bytes that the store keeps.',
  ...memoryNotes(),
  await churn({ plan: planOf('0s', ['1h', '1d', '7d']), schema, newCardsADay: values.quick ? 500 : 5000 }),
]
python?.close()
await rm(folder, { recursive: true })
const pairs = [
  { of: 'tocsin replay, bucketed', to: wanted.replay.name, metric: 'events', target: '>= 1' },
  { of: 'tocsin live, bucketed', to: wanted.live.name, metric: 'an event', target: '<= 1' },
  { of: 'tocsin replay, bucketed', to: 'DuckDB SQL, one thread', metric: 'events', target: '>= 1' },
  ...(python ? [{ of: 'tocsin live, with states', to: 'river, live', metric: 'events', target: '>= 10' }] : []),
]
await publish(
  { bench: 'features', runs, results: summarise(measured), ratios: ratios(measured, pairs), notes },
  { isQuick: values.quick },
)

function paymentsOf(count: number): History {
  const random = new Random(3)
  const column = (name: string, of: () => number) =>
    [name, { kind: 'number' as const, name, values: Float64Array.from({ length: count }, of) }] as const
  const step = (60 * 86_400_000) / count
  return {
    ...{ rows: count, ids: [], amounts: null, entities: null },
    times: Float64Array.from({ length: count }, (_, row) => 1_767_225_600_000 + Math.floor(row * step)),
    labels: new Uint8Array(count),
    weights: new Float64Array(count).fill(1),
    columns: new Map([
      column('card', () => random.below(5000)),
      column('shop', () => random.below(2000)),
      column('amount', () => random.below(50_000) / 100),
    ]),
  }
}

function numberColumns(): (readonly [string, Float64Array])[] {
  return [...history.columns.values()].flatMap((column) =>
    column.kind === 'number' ? [[column.name, column.values] as const] : [],
  )
}

function planOf(exact: string, windows: readonly string[] = allWindows): Plan {
  const declaration = featuresSection.parse({
    columns: [],
    windows: [
      { over: 'card', windows, aggregate: ['count', 'sum(amount)', 'mean(amount)', 'std(amount)'], exact },
      { over: 'shop', windows, aggregate: ['count'], exact },
    ],
  })
  return planFeatures({ declaration, schema, history, timeZone: 'UTC' })
}

async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1000
}

function replay(plan: Plan): readonly Float32Array[] {
  return replayHistory(plan, schema, history, 0).columns
}

function live({ features, derived }: Plan, writesStates: boolean): void {
  const memory = new LiveFeatures({ schema, features, derived: derived! })
  const columns = numberColumns()
  for (let start = 0; start < rows; start += 1000) {
    const events = Array.from({ length: Math.min(1000, rows - start) }, (_, i) => ({
      time: history.times[start + i]!,
      fields: Object.fromEntries(columns.map(([name, held]) => [name, held[start + i]!])),
    }))
    memory.hold(memory.missing(events), [])
    memory.vectors(events)
    if (writesStates) memory.changes()
    memory.kept()
  }
}

async function duckdb(): Promise<{ seconds: number; columns: Float64Array[] }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const columns = [['time', history.times] as const, ...numberColumns()]
  await connection.run('create table payment (row integer, time timestamp, card integer, shop integer, amount double)')
  const appender = await connection.createAppender('payment')
  for (let row = 0; row < rows; row++) {
    appender.appendInteger(row)
    const [time, card, shop, amount] = columns.map(([, held]) => held[row]!)
    appender.appendTimestamp({ micros: BigInt(time! * 1000) } as Parameters<typeof appender.appendTimestamp>[0])
    appender.appendInteger(card!)
    appender.appendInteger(shop!)
    appender.appendDouble(amount!)
    appender.endRow()
  }
  appender.closeSync()
  const frame = (by: string, length: string) =>
    `(partition by ${by} order by time range between interval (${durationMs(length) - 1}) milliseconds preceding and current row)`
  const aggregates = ['count(*)', 'sum(amount)', 'avg(amount)', 'stddev_samp(amount)']
  const expressions = [
    ...aggregates.flatMap((aggregate) => allWindows.map((length) => `${aggregate} over ${frame('card', length)}`)),
    ...allWindows.map((length) => `count(*) over ${frame('shop', length)}`),
  ]
  const select = expressions.map((expression, i) => `(${expression})::double as f${i}`).join(', ')
  const startedAt = performance.now()
  await connection.run(`create table feature as select row, ${select} from payment`)
  const seconds = (performance.now() - startedAt) / 1000
  const reader = await connection.runAndReadAll('select * exclude (row) from feature order by row')
  const answers = reader
    .getColumnsJS()
    .map((column) => Float64Array.from(column, (cell) => (cell === null ? Number.NaN : Number(cell))))
  connection.closeSync()
  instance.closeSync()
  return { seconds, columns: answers }
}

/** Of ours (exact) and theirs, relative to the value; a missing value must be missing in both. */
function largestDifference(theirs: readonly Float64Array[], count: number): number {
  const ours = replay(exact)
  let largest = 0
  for (const [place, column] of ours.entries())
    for (let row = 0; row < count; row++) {
      const [a, b] = [column[row]!, theirs[place]![row]!]
      if (Number.isNaN(a) && Number.isNaN(b)) continue
      const difference = Math.abs(a - b) / Math.max(1, Math.abs(b))
      largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    }
  return largest
}

async function riverNotes(): Promise<string[]> {
  if (!python) return ['River could not be had on this machine.']
  const bytes = await readFile(join(folder, 'river'))
  const table = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8)
  // River has card and window outside, measure inside, and the variance, which it says is 0 of one value.
  const columns = exact.features.map((_, place) => {
    const [measure, window] = [Math.floor(place / allWindows.length), place % allWindows.length]
    const at = measure < 4 ? window * 4 + measure : 16 + window
    return Float64Array.from({ length: riverRows }, (_, row) => {
      const value = table[row * 20 + at]!
      if (measure !== 3) return value
      return table[row * 20 + window * 4] === 1 ? Number.NaN : Math.sqrt(Math.max(0, value))
    })
  })
  const difference = largestDifference(columns, riverRows).toExponential(1)
  return [
    `River's, over its first ${riverRows} payments, differ by at most ${difference} of the value (or of 1, where that is larger).`,
  ]
}

// Three payments of each entity lie in its windows.
function memoryNotes(): string[] {
  const memory = new Memory(bucketed.derived!.memories[0]!)
  memory.reserve(entities)
  const deed = { time: 0, values: new Float64Array(1), hashes: new Float64Array(0), anomaly: 0 as const }
  for (let payment = 0; payment < 3; payment++)
    for (let slot = 0; slot < entities; slot++) {
      deed.time = 1_767_225_600_000 + payment * 86_400_000 + slot
      deed.values[0] = slot % 50_000
      memory.learn(slot, deed)
    }
  const each = memory.bytes / entities
  const gib = (memory.bytes / 2 ** 30).toFixed(2)
  const state = memory.encode(0).length
  const { stride } = memory.layout
  return [
    `Memory: ${entities.toLocaleString('en')} cards with 3 payments each take ${gib} GiB (target: 4 for 10 million), ${each.toFixed(0)} bytes a card; in the store ${state} bytes each. A card takes 21 bytes and ${stride * 8} for each of its cells, rounded up to a power of two: one for each payment of the last 5 minutes, and at most ${2 * 64} for each doubling of age up to 30 days.`,
  ]
}
