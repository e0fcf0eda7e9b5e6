// Connections that are held for long: one that listens for notices, and one for each lease, which ends with it.

import type { Client } from 'pg'
import type { Clock } from '../core/clock.ts'
import type { Connector } from './postgresConnection.ts'
import type { Lease } from './store.ts'

const reconnectMs = 1000
/** How often a lease's connection is asked whether it still is one: a machine that vanishes closes nothing. */
const heartbeatMs = 5_000

/** Undefined where another session has it. PostgreSQL takes it back when the connection ends, whatever ends it. */
export async function takeLease(connect: Connector, name: string): Promise<Lease | undefined> {
  const client = await connect.alone()
  const { rows } = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
    [connect.named(`lease ${name}`)],
  )
  if (!rows[0]!.taken) {
    await client.end()
    return undefined
  }
  const lost = new AbortController()
  const heartbeat = setInterval(() => client.query('select 1').catch(() => lost.abort()), heartbeatMs).unref()
  client.once('end', () => {
    clearInterval(heartbeat)
    lost.abort()
  })
  let isReleased = false
  return {
    lost: lost.signal,
    release: async () => {
      if (isReleased) return
      isReleased = true
      clearInterval(heartbeat)
      await client.end()
    },
  }
}

/** Listens from the first listener on; connects again where the connection is lost, and what was said meanwhile is missed. */
export class Notices {
  readonly #connect: Connector
  readonly #clock: Clock
  readonly #listeners = new Set<(text: string) => void>()
  readonly #closing = new AbortController()
  #listening: Promise<void> | undefined

  constructor(connect: Connector, clock: Clock) {
    this.#connect = connect
    this.#clock = clock
  }

  add(listener: (text: string) => void): () => void {
    this.#listeners.add(listener)
    this.#listening ??= this.#listen()
    return () => void this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#listening
  }

  async #listen(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const client = await this.#connect.alone().catch(() => undefined)
      if (client) await this.#follow(client).catch(() => undefined)
      if (!signal.aborted) await this.#clock.sleep(reconnectMs, signal)
    }
  }

  /** Until the connection or the store ends. */
  async #follow(client: Client): Promise<void> {
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
    const end = () => void client.end()
    this.#closing.signal.addEventListener('abort', end, { once: true })
    client.on('notification', ({ payload }) => {
      for (const listener of this.#listeners) listener(payload ?? '')
    })
    await client.query(`listen "${this.#connect.schema}"`)
    if (this.#closing.signal.aborted) end()
    await ended
    this.#closing.signal.removeEventListener('abort', end)
  }
}
