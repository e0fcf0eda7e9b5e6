// What only PostgreSQL brings: other processes, lost connections, days in tables of their own, versions, texts that it cannot hold.

import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openPostgresStore } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../rig/servers/postgres.ts'
import { alerting, batch, deadLetter, decision, detector } from './store-samples.ts'

const found = await findPostgres()

describe.skipIf('missing' in found)(`in PostgreSQL${'missing' in found ? ` (${found.missing})` : ''}`, () => {
  let server: PostgresServer
  let schemas = 0
  let schema: string
  beforeEach(async () => {
    if ('path' in found) server ??= await startPostgres(found)
    schema = `alone_${schemas++}`
  })
  afterAll(() => server?.destroy())

  const open = async (url = server.url): Promise<Store> => {
    const store = await openPostgresStore({ url, schema, clock: systemClock, random: new Random(1) })
    onTestFinished(() => store.close())
    return store
  }
  async function sql(text: string): Promise<Record<string, unknown>[]> {
    const { default: pg } = await import('pg')
    const client = new pg.Client(server.url)
    await client.connect()
    try {
      return ((await client.query(`set search_path = ${schema}; ${text}`)) as unknown as { rows: [] }[])[1]!.rows
    } finally {
      await client.end()
    }
  }

  test('news of a commit reach the other processes', async () => {
    const [writer, reader] = [await open(), await open()]
    const heard: string[] = []
    onTestFinished(reader.onNews(({ alertIds }) => heard.push(...alertIds)))
    await expect
      .poll(async () => {
        const { next } = await writer.partition(detector, 0)
        await writer.commit(batch(next, [alerting(`e${next}`)]))
        return heard.length
      })
      .toBeGreaterThan(0)
  })

  test('a lease ends with the connection that held it, and its holder hears of it', async () => {
    const [one, other] = [await open(), await open()]
    const lease = await one.lease('jobs')
    expect(await other.lease('jobs')).toBeUndefined()
    await sql(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`)
    await expect.poll(() => lease?.lost.aborted).toBe(true)
    await expect.poll(async () => (await other.lease('jobs')) !== undefined).toBe(true)
  })

  test('a database that goes away and comes back in between is not noticed by who asks', async () => {
    const store = await open()
    await store.commit(batch(0, [decision('a')]))
    await server.stop('immediate')
    const committed = store.commit(batch(1, [decision('b')]))
    await pause(300)
    await server.start()
    expect(await committed).toBe(true)
    expect(await store.totals(detector)).toMatchObject({ events: 2 })
  })

  test('decisions of a day lie in a table of their own; those of far days share one', async () => {
    const store = await open()
    const today = Math.floor(Date.now() / 86_400_000) * 86_400_000
    const at = (id: string, time: number) => decision(id, { event: { time } })
    await store.commit(batch(0, [at('a', today), at('b', today + 1), at('far', Date.UTC(1990, 0, 1))]))
    const rows = await sql('select tableoid::regclass::text as place, event_id from decision order by event_id')
    const table = `decision_${new Date(today).toISOString().slice(0, 10).replaceAll('-', '')}`
    expect(rows).toEqual([
      { place: table, event_id: 'a' },
      { place: table, event_id: 'b' },
      { place: 'decision_other', event_id: 'far' },
    ])
    expect(await store.decision(detector, 'far')).toBeDefined()
  })

  test('a text with a character that PostgreSQL has not is stored without it', async () => {
    const store = await open()
    await store.commit(batch(0, [], { next: 1, deadLetters: [deadLetter(0, { reason: 'it is a\0b' })] }))
    expect((await store.deadLetters(detector, 1))[0]?.reason).toBe('it is a\uFFFDb')
  })

  test('a schema of a newer version is refused, with what to do', async () => {
    await (await open()).close()
    await sql('update tocsin set version = 99; select 1')
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_VERSION',
      message: expect.stringContaining('version 99'),
    })
  })

  test('a user who may not is told so at once', async () => {
    await expect(open(server.url.replace('/postgres', '/nothing'))).rejects.toMatchObject({ code: 'STORE_REFUSED' })
  })
})
