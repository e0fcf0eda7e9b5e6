// The folder of public data in, labelled matrices in time order out: what each set is, what was done to it, and how it is judged.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import type { History } from '../../src/core/column.ts'
import type { EventSchema } from '../../src/core/event.ts'
import { readHistory } from '../../src/data/data.ts'
import type { HistoryOptions } from '../../src/data/roles.ts'

/** Alerts that a team reviews: so many a day, or so many of a thousand events where a set has no days. */
export type Capacity = { readonly perDay: number } | { readonly perThousand: number }
export type LabelledSet = {
  readonly name: string
  readonly done: string
  readonly capacity: Capacity
  readonly schema: EventSchema
  readonly history: History
}

type Recipe = {
  readonly name: string
  readonly file: string
  /** For a reader: order, columns, sampling. */
  readonly done: string
  readonly capacity: Capacity
  readonly options: Omit<HistoryOptions, 'detector'>
  /** SQL over the file `{file}`, or over the files of the unpacked folder; the file itself where absent. */
  readonly sql?: string
}

const folder = join(import.meta.dirname, '../../../shared/data')
const run = promisify(execFile)

// Terminals are stolen and cards are copied for some days: what a terminal or a customer did lately is the signal. Labels of a
// payment are known a week later, as in the book.
const payments = `
  with p as (select * from read_parquet('{file}')),
  w as (
    select TX_DATETIME as time, TX_AMOUNT as amount, TX_FRAUD as fraud, TRANSACTION_ID as id,
      hour(TX_DATETIME) as hour_of_day, isodow(TX_DATETIME) as weekday,
      count(*) over (c range between interval 1 day preceding and current row) as customer_1d,
      avg(TX_AMOUNT) over (c range between interval 1 day preceding and current row) as customer_mean_1d,
      avg(TX_AMOUNT) over (c range between interval 7 day preceding and current row) as customer_mean_7d,
      count(*) over (c range between interval 30 day preceding and current row) as customer_30d,
      avg(TX_AMOUNT) over (c range between interval 30 day preceding and current row) as customer_mean_30d,
      count(*) over (t range between interval 1 day preceding and current row) as terminal_1d,
      count(*) over (t range between interval 30 day preceding and current row) as terminal_30d,
      avg(TX_FRAUD) over (t range between interval 8 day preceding and interval 7 day preceding) as terminal_risk_1d,
      avg(TX_FRAUD) over (t range between interval 14 day preceding and interval 7 day preceding) as terminal_risk_7d,
      avg(TX_FRAUD) over (t range between interval 37 day preceding and interval 7 day preceding) as terminal_risk_30d
    from p
    window c as (partition by CUSTOMER_ID order by TX_DATETIME), t as (partition by TERMINAL_ID order by TX_DATETIME)
  )
  select * exclude (id), case when fraud = 1 then 1 else 32 end as weight from w
  where fraud = 1 or hash(id) % 32 = 0 order by time`

const claims = `
  select * exclude (PolicyNumber),
    make_date("Year", list_position(['Jan','Feb','Mar','Apr','May','Jun','Jul','Aug','Sep','Oct','Nov','Dec'], "Month")::int, 1)
      + interval (("WeekOfMonth" - 1) * 7) day as time
  from read_csv('{file}', header=true) order by time, PolicyNumber`

const connections = `select * exclude (column41, column42), case when column41 = 'normal' then 0 else 1 end as attack
  from read_csv('{file}', header=false, names=[${Array.from({ length: 43 }, (_, i) => `'column${i}'`).join(',')}])`

const pump = `select * exclude (changepoint) from read_csv('{file}/*.csv', delim=';', header=true) order by datetime`

const cards = { label: 'Class', time: { column: 'Time', unit: 's' as const }, amount: 'Amount' }
const recipes: readonly Recipe[] = [
  {
    name: 'card fraud',
    file: 'creditcard.csv.gz',
    done: 'as it is; every row counts once',
    capacity: { perDay: 300 },
    options: cards,
  },
  {
    name: 'card fraud, weighted',
    file: 'creditcard_weighted.csv.gz',
    done: 'weights in training and in figures, so that these are of the full prevalence',
    capacity: { perDay: 300 },
    options: { ...cards, weight: 'Weight' },
  },
  {
    name: 'machine failures',
    file: 'machine_failures.csv.gz',
    done: 'order of the rows; the two ids left out',
    capacity: { perThousand: 50 },
    options: { label: 'Machine failure', ignore: ['UDI', 'Product ID'] },
  },
  {
    name: 'vehicle claims',
    file: 'vehicle_claims.csv.gz',
    done: 'order by year, month and week of month; PolicyNumber left out; Year, Month and week stay features; the first test period has two anomalies only, yet is a fifth of each mean',
    capacity: { perThousand: 50 },
    options: { label: 'FraudFound_P', time: 'time' },
    sql: claims,
  },
  {
    name: 'NSL-KDD',
    file: 'nsl_kdd_train.csv.gz',
    done: 'no time: order of the rows; any attack is an anomaly; difficulty left out',
    capacity: { perThousand: 100 },
    options: { label: 'attack' },
    sql: connections,
  },
  {
    name: 'handbook payments',
    file: 'handbook.parquet',
    done: 'amount, hour, weekday, counts and means of customer and terminal over 1 to 30 days, fraud share of the terminal known 7 days later; all frauds and one normal payment of 32, with weight 32 in training and in figures',
    capacity: { perDay: 100 },
    options: { label: 'fraud', time: 'time', weight: 'weight', amount: 'amount' },
    sql: payments,
  },
  {
    name: 'pump sensors',
    file: 'pump_sensors.tar.gz',
    done: '16 files one after another by time; changepoint left out',
    capacity: { perThousand: 100 },
    options: { label: 'anomaly', time: 'datetime' },
    sql: pump,
  },
]

/** Sets whose name has `wanted` in it, each read when it is asked for; a file that is not there is named and left out. */
export async function* labelledSets(wanted: string): AsyncGenerator<LabelledSet> {
  for (const recipe of recipes.filter(({ name }) => name.includes(wanted))) {
    const file = join(folder, recipe.file)
    if (existsSync(file)) yield await read(recipe, file)
    else console.error(`${recipe.name}: left out, ${recipe.file} is not there`)
  }
}

async function read({ name, done, capacity, options, sql }: Recipe, file: string): Promise<LabelledSet> {
  const work = await mkdtemp(join(tmpdir(), 'tocsin-quality-'))
  try {
    const path = sql === undefined ? file : await prepared(sql, file, work)
    const { schema, history } = await readHistory(path, { ...options, detector: 'quality' })
    return { name, done, capacity, schema, history }
  } finally {
    await rm(work, { recursive: true })
  }
}

async function prepared(sql: string, file: string, work: string): Promise<string> {
  const isPacked = file.endsWith('.tar.gz')
  const unpacked = join(work, 'unpacked')
  await mkdir(unpacked)
  if (isPacked) await run('tar', ['xzf', file, '-C', unpacked])
  const out = join(work, 'prepared.parquet')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    await connection.run(`set TimeZone = 'UTC'`)
    await connection.run(`copy (${sql.replaceAll('{file}', isPacked ? unpacked : file)}) to '${out}' (format parquet)`)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
  return out
}
