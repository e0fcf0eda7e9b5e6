// Connections that are held for long: one that listens for notices, and one that holds leases, which end with it.

import type { Client } from 'pg'
import type { Clock } from '../core/clock.ts'
import type { Connector } from './postgresConnection.ts'
import type { Lease } from './store.ts'

const reconnectMs = 1000
/** How often a lease's connection is asked whether it still is one: a machine that vanishes closes nothing. */
const heartbeatMs = 5_000

/** Advisory locks of one connection, which is made when the first is asked for. PostgreSQL takes them back when it ends, whatever ends it. */
export class Leases {
  readonly #connect: Connector
  readonly #held = new Map<string, AbortController>()
  #client: Promise<Client> | undefined

  constructor(connect: Connector) {
    this.#connect = connect
  }

  /** Undefined where another session has it, or this one. */
  async take(name: string): Promise<Lease | undefined> {
    const key = this.#connect.named(`lease ${name}`)
    if (this.#held.has(key)) return undefined
    const lost = new AbortController()
    this.#held.set(key, lost)
    let isTaken = false
    try {
      isTaken = await this.#ask('pg_try_advisory_lock', key)
    } finally {
      if (!isTaken) this.#held.delete(key)
    }
    if (!isTaken) return undefined
    return {
      lost: lost.signal,
      release: async () => {
        if (this.#held.get(key) !== lost) return
        this.#held.delete(key)
        await this.#ask('pg_advisory_unlock', key)
      },
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    await client?.end()
  }

  async #ask(what: string, key: string): Promise<boolean> {
    this.#client ??= this.#open()
    const client = await this.#client
    const { rows } = await client.query<{ done: boolean }>(`select ${what}(hashtextextended($1, 0)) as done`, [key])
    return rows[0]!.done
  }

  async #open(): Promise<Client> {
    try {
      const client = await this.#connect.alone()
      const heartbeat = setInterval(() => client.query('select 1').catch(() => client.end()), heartbeatMs).unref()
      client.once('end', () => {
        clearInterval(heartbeat)
        this.#loseAll()
      })
      return client
    } catch (error) {
      this.#client = undefined
      throw error
    }
  }

  #loseAll(): void {
    this.#client = undefined
    for (const lost of this.#held.values()) lost.abort()
    this.#held.clear()
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
