// A connection URL in, connections to PostgreSQL out: a bounded pool, and single ones for what is held for long. The one file that names `pg`.

import { pipeline } from 'node:stream/promises'
import type { Client, ClientConfig, PoolClient, QueryConfig } from 'pg'
import { encodeRows, storable } from './copyFormat.ts'
import type { Insertion, Value } from './database.ts'

export type Connector = {
  /** Host, port and database: for messages, without secrets. */
  readonly address: string
  readonly schema: string
  /** A name that no other schema of the same database uses. */
  named(name: string): string
  use<T>(work: (client: PoolClient) => Promise<T>): Promise<T>
  /** A connection of one's own; end it. */
  alone(): Promise<Client>
  /** A statement with `?` for its parameters, parsed once for each connection. */
  prepared(sql: string, values: readonly unknown[]): QueryConfig
  copy(client: PoolClient, into: Insertion, rows: readonly (readonly Value[])[]): Promise<void>
  close(): Promise<void>
}

const maxConnections = 10
const connectTimeoutMs = 5_000
/** Everything that waits is bounded: a statement, a lock, a transaction that its process has forgotten. */
const limits = '-c statement_timeout=60000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000'
const bigintOid = 20

export async function connector(url: string, schema: string): Promise<Connector> {
  const [{ default: pg }, { from: copyFrom }] = await Promise.all([import('pg'), import('pg-copy-streams')])
  const config: ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'tocsin',
    options: `-c search_path=${schema} ${limits}`,
    types: {
      // Counts and positions are below 2^53.
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === bigintOid ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  }
  const pool = new pg.Pool({ ...config, max: maxConnections, idleTimeoutMillis: 30_000, allowExitOnIdle: true })
  // An idle connection that breaks is replaced by the next one asked for.
  pool.on('error', () => undefined)
  const names = new Map<string, { readonly name: string; readonly text: string }>()
  let closing: Promise<void> | undefined
  return {
    address: addressOf(url),
    schema,
    named: (name) => `${schema} ${name}`,
    use: async (work) => {
      const client = await pool.connect()
      const broken = new AbortController()
      const isBroken = (error: unknown) => broken.abort(error)
      client.on('error', isBroken)
      try {
        return await work(client)
      } catch (error) {
        // A statement that failed leaves the connection whole; anything else does not.
        if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') broken.abort(error)
        throw error
      } finally {
        client.removeListener('error', isBroken)
        client.release(broken.signal.aborted)
      }
    },
    alone: async () => {
      const client = new pg.Client(config)
      client.on('error', () => undefined)
      await client.connect()
      return client
    },
    prepared: (sql, values) => {
      const known = names.get(sql) ?? { name: `tocsin_${names.size}`, text: numbered(sql) }
      names.set(sql, known)
      return { ...known, values: values.map(clean) }
    },
    copy: async (client, into, rows) => {
      const names = Object.keys(into.columns).join(', ')
      const stream = client.query(copyFrom(`copy ${into.table} (${names}) from stdin with (format binary)`))
      await pipeline([encodeRows(into, rows)], stream)
    },
    close: () => {
      closing ??= pool.end()
      return closing
    },
  }
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return storable(value)
  return Array.isArray(value) ? value.map(clean) : value
}

function numbered(sql: string): string {
  let last = 0
  return sql.replace(/\?(\d*)/g, (_, number: string) => `$${number || ++last}`)
}

function addressOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname || 'localhost'}:${port || 5432}${pathname}`
}
