// docs/sql.md against the stores themselves: the views have the columns that it promises, and its questions have answers.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { openPostgresStore } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { findPostgres, startPostgres } from '../rig/servers/postgres.ts'
import { alerting, batch, closeDay, deadLetter, detector, minuteMs, start } from './store-samples.ts'

const text = await readFile(resolve(import.meta.dirname, '../../docs/sql.md'), 'utf8')
const promised = new Map(
  [...text.matchAll(/^`(\w+)`: .*\n(?:.*\n)*?\n\| column \| what \|\n\|---\|---\|\n((?:\|.*\n)+)/gm)].map(
    ([, view, rows]) => [view!, [...rows!.matchAll(/^\| (\w+) \|/gm)].map(([, column]) => column!)],
  ),
)
const questions = [...text.matchAll(/^```sql\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.trim().split('\n\n'))

async function fill(store: Store): Promise<void> {
  await store.commit(batch(0, [alerting('a'), alerting('b')], { next: 3, deadLetters: [deadLetter(2)] }))
  await store.label({ detector, eventId: 'a', label: 'anomaly', labelledAt: start, by: 'ann', note: null })
  const summary = JSON.stringify({ events: 1, alerts: 1, amountAtRisk: 812.4, labels: { anomaly: 1, normal: 0 } })
  await closeDay(store, { detector, day: '2026-11-22', end: start + 24 * 60 * minuteMs, summary, html: '' })
}

/** Runs each view and each question; `query` answers rows by column name. */
async function expectAnswers(query: (sql: string) => Promise<Record<string, unknown>[]>): Promise<void> {
  for (const [view, columns] of promised) {
    const rows = await query(`select * from ${view}`)
    expect([view, Object.keys(rows[0] ?? {})]).toEqual([view, columns])
  }
  for (const question of questions) expect([question, (await query(question)).length > 0]).toEqual([question, true])
  expect((await query('select events, labelled_anomaly from days'))[0]).toEqual({ events: 1, labelled_anomaly: 1 })
  expect((await query('select record from dead_letters'))[0]).toEqual({ record: '{"amount": "many"}' })
}

describe('the SQL that people read', () => {
  test('is as docs/sql.md says in the embedded store', async () => {
    expect([promised.size, questions.length]).toEqual([7, 4])
    const dir = await mkdtemp(join(tmpdir(), 'tocsin-views-'))
    const store = await openEmbeddedStore({ dir, clock: systemClock })
    await fill(store)
    const db = new DatabaseSync(join(dir, 'store.db'), { readOnly: true })
    await expectAnswers(async (sql) => db.prepare(sql).all())
    expect(db.prepare('select event_time from alerts').get()).toEqual({ event_time: '2026-11-22T00:00:00.000Z' })
    db.close()
    await store.close()
    await rm(dir, { recursive: true })
  })

  test('is as docs/sql.md says in PostgreSQL', async ({ skip }) => {
    const found = await findPostgres()
    if ('missing' in found) return skip(found.missing)
    const server = await startPostgres(found)
    onTestFinished(() => server.destroy())
    const store = await openPostgresStore({
      ...{ url: server.url, schema: 'tocsin', clock: systemClock, random: new Random(1) },
    })
    await fill(store)
    await store.close()
    const { default: pg } = await import('pg')
    const client = new pg.Client(server.url)
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('set search_path = tocsin')
    await expectAnswers(async (sql) => (await client.query(sql)).rows)
    expect((await client.query('select event_time from alerts')).rows[0]).toEqual({ event_time: new Date(start) })
  })
})
