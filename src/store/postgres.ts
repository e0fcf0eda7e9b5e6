// A connection URL in, an open store in PostgreSQL out: the same methods as the embedded one, for any number of processes.

import type { Client, PoolClient } from 'pg'
import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { Random } from '../core/random.ts'
import type { Database, Dialect, Insertion, Question, Value, Work } from './database.ts'
import { decisionInsertion, decisionRows } from './decisionRows.ts'
import { methods } from './methods.ts'
import { type Connector, connector } from './postgresConnection.ts'
import { explained, troubleOf } from './postgresErrors.ts'
import { daysOf, dayTableSql, toPostgres } from './postgresSchema.ts'
import { Leases, Notices } from './postgresSession.ts'
import { schemaSteps } from './schema.ts'
import type { Lease, Store } from './store.ts'

export type PostgresOptions = {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /** Schema that holds the tables; made where it is missing. */
  readonly schema: string
  readonly clock: Clock
  readonly random: Random
}

/** How long a call waits for a database that is away, ms; what comes after is `STORE_BUSY`. */
const patienceMs = 10_000
const firstDelayMs = 20
const lastDelayMs = 1000

/**
 * Opens the store, and makes or upgrades its tables. Throws `STORE_VERSION`, `STORE_REFUSED`, `STORE_BUSY` where the
 * database does not answer; every call may throw the last one, and `STORE_FULL`, and has then written nothing or, where the
 * connection broke at its very end, perhaps all: each write can be repeated.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const connect = await connector(options.url, options.schema)
  try {
    const db = new Postgres(connect, options)
    await db.patiently(() => migrate(connect))
    return {
      ...methods(db, options.clock),
      close: async () => {
        await db.close()
        await connect.close()
      },
    }
  } catch (error) {
    await connect.close()
    throw error
  }
}

class Postgres implements Database {
  readonly dialect: Dialect
  readonly #connect: Connector
  readonly #options: PostgresOptions
  readonly #notices: Notices
  readonly #leases: Leases
  readonly #knownDays = new Set<number>()

  constructor(connect: Connector, options: PostgresOptions) {
    this.#connect = connect
    this.#options = options
    this.#notices = new Notices(connect, options.clock)
    this.#leases = new Leases(connect)
    this.dialect = {
      name: 'postgres',
      texts: '(select json_array_elements_text(?::json) as value)',
      numbers: '(select json_array_elements_text(?::json)::double precision as value)',
      decisions: decisionRows,
      joinDecision: (table) => `
        join event on event.detector = ${table}.detector and event.event_id = ${table}.event_id
        join decision on decision.detector = event.detector and decision.event_id = event.event_id
          and decision.event_time = event.event_time`,
    }
  }

  /** Each question may be of another connection, and is asked again where that was lost. */
  async read<T>(work: Work<T>): Promise<T> {
    let step = work.next()
    while (!step.done) {
      const question = step.value
      step = work.next(await this.patiently(() => this.#connect.use((client) => this.#answer(client, question))))
    }
    return step.value
  }

  transaction<T>(work: () => Work<T>): Promise<T> {
    return this.patiently(() =>
      this.#connect.use(async (client) => {
        await client.query('begin')
        try {
          const result = await this.#run(client, work())
          await client.query('commit')
          return result
        } catch (error) {
          await client.query('rollback').catch(() => undefined)
          throw error
        }
      }),
    )
  }

  onNotice(listener: (text: string) => void): () => void {
    return this.#notices.add(listener)
  }

  lease(name: string): Promise<Lease | undefined> {
    return this.patiently(() => this.#leases.take(name))
  }

  async close(): Promise<void> {
    await this.#notices.close()
    await this.#leases.close()
  }

  async #run<T>(client: PoolClient, work: Work<T>): Promise<T> {
    let step = work.next()
    while (!step.done) step = work.next(await this.#answer(client, step.value))
    return step.value
  }

  async #answer(client: PoolClient, question: Question): Promise<unknown> {
    switch (question.kind) {
      case 'rows':
        return (await client.query(this.#connect.prepared(question.sql, question.values))).rows
      case 'run':
        return (await client.query(this.#connect.prepared(question.sql, question.values))).rowCount ?? 0
      case 'insert':
        return insertRows(this.#connect, client, question.into, question.rows)
      case 'copy':
        if (question.into === decisionInsertion) await this.#makeDays(question.rows)
        return this.#connect.copy(client, question.into, question.rows)
      case 'notice':
        return client.query(this.#connect.prepared('select pg_notify(?, ?)', [this.#connect.schema, question.text]))
      case 'lock':
        return client.query(this.#connect.prepared(lockSql(question.isShared), [this.#connect.named(question.name)]))
    }
  }

  // Over a connection of its own: the table is there at once and for all, whatever becomes of the transaction that needs it.
  async #makeDays(rows: readonly (readonly Value[])[]): Promise<void> {
    const times = rows.map((row) => Number(row[eventTimePlace]))
    const missing = daysOf(times, this.#options.clock.now()).filter((day) => !this.#knownDays.has(day))
    if (missing.length === 0) return
    const client = await this.#connect.alone()
    try {
      await client.query(lockSql(false).replace('xact_', '').replace('?', '$1'), [this.#connect.named('days')])
      for (const day of missing) await client.query(dayTableSql(day))
    } finally {
      await client.end()
    }
    for (const day of missing) this.#knownDays.add(day)
  }

  /** Again where another transaction was in the way or the connection was lost, for as long as one can wait. */
  async patiently<T>(work: () => Promise<T>): Promise<T> {
    const { clock, random } = this.#options
    const startedAt = performance.now()
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(2 * delayMs, lastDelayMs)) {
      try {
        return await work()
      } catch (error) {
        const trouble = troubleOf(error)
        if (!trouble || trouble === 'full' || performance.now() - startedAt > patienceMs)
          throw explained(error, this.#connect.address)
        await clock.sleep(delayMs * (0.5 + random.uniform()))
      }
    }
  }
}

const eventTimePlace = Object.keys(decisionInsertion.columns).indexOf('event_time')

const lockSql = (isShared: boolean) =>
  `select pg_advisory_xact_lock${isShared ? '_shared' : ''}(hashtextextended(?, 0))`

const arrayTypes = { text: 'text[]', integer: 'bigint[]', number: 'double precision[]', bytes: 'bytea[]' }
const texts = new WeakMap<Insertion, string>()

function insertionSql(into: Insertion): string {
  const known = texts.get(into)
  if (known) return known
  const names = Object.keys(into.columns)
  const arrays = Object.values(into.columns).map((type) => `?::${arrayTypes[type]}`)
  const onConflict = into.key
    ? ` on conflict (${into.key.join(', ')}) do ${into.update ? `update set ${into.update}` : 'nothing'}`
    : ''
  const returning = into.key ? ` returning ${into.key.join(', ')}` : ''
  const text = `insert into ${into.table} (${names.join(', ')}) select * from unnest(${arrays.join(', ')})${onConflict}${returning}`
  texts.set(into, text)
  return text
}

async function insertRows(
  connect: Connector,
  client: PoolClient,
  into: Insertion,
  rows: readonly (readonly Value[])[],
): Promise<boolean[]> {
  const names = Object.keys(into.columns)
  const columns = names.map((_, place) => rows.map((row) => row[place]!))
  const { rows: written } = await client.query(connect.prepared(insertionSql(into), columns))
  if (!into.key) return rows.map(() => true)
  const keyOf = (values: readonly unknown[]) => JSON.stringify(values)
  const isWritten = new Set(written.map((row: Record<string, unknown>) => keyOf(into.key!.map((name) => row[name]))))
  const places = into.key.map((name) => names.indexOf(name))
  // Of rows with the same key the first was written: a key counts once.
  return rows.map((row) => isWritten.delete(keyOf(places.map((place) => row[place]))))
}

/** Makes the tables, or brings them to this version, in one transaction; processes that start together wait for each other. */
async function migrate(connect: Connector): Promise<void> {
  const client = await connect.alone()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [connect.named('schema')])
    await client.query(`create schema if not exists "${connect.schema}"`)
    const version = await versionOf(client)
    if (version > schemaSteps.length) throw newer(connect, version)
    for (const step of schemaSteps.slice(version)) await client.query(toPostgres(step('postgres')))
    await client.query('update tocsin set version = $1', [schemaSteps.length])
    await client.query('commit')
  } finally {
    await client.end()
  }
}

async function versionOf(client: Client): Promise<number> {
  await client.query('create table if not exists tocsin (kind text not null, version bigint not null)')
  const { rows } = await client.query<{ version: number }>('select version from tocsin')
  if (rows[0]) return rows[0].version
  await client.query("insert into tocsin values ('store', 0)")
  return 0
}

function newer({ address, schema }: Connector, found: number): TocsinError {
  return new TocsinError(
    'STORE_VERSION',
    `the schema "${schema}" at ${address} has version ${found}; this Tocsin reads up to version ${schemaSteps.length}. ` +
      'Run the Tocsin that wrote it, or choose another store.schema.',
  )
}
