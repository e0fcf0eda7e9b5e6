// Days that age, over a real store: what lies in the files, what stays in the store, and what a tool reads of it.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { batch, closeDay, decision, detector, minuteMs, start } from '../../test/contract/store-samples.ts'
import { parseConfig } from '../config.ts'
import { ManualClock } from '../core/clock.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import type { Store } from '../store/store.ts'
import { createArchive } from './archive.ts'

const dayMs = 24 * 60 * minuteMs
let dir: string
let store: Store
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-archive-'))
  store = await openEmbeddedStore({ dir, clock: new ManualClock(start) })
})
afterEach(async () => {
  await store.close()
  await rm(dir, { recursive: true })
})

const archive = (section: object = {}) =>
  createArchive({
    config: parseConfig({ detector, dataDir: dir, archive: { uri: 's3://bucket/fraud', ...section } }),
    ...{ store, clock: { now: () => start, sleep: async () => {} } },
  })
const close = (day: string) => closeDay(store, { detector, day, end: Date.parse(day) + dayMs, summary: '{}', html: '' })
const at = (id: string, time: number, isLate = false) => decision(id, { isLate, event: { time, amount: 2.5 } })

async function query(sql: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create()).connect()
  const files = `'${join(dir, 'archive', detector, 'decisions')}/*/*.parquet'`
  const reader = await connection.runAndReadAll(
    `with decisions as (select * from read_parquet(${files}, hive_partitioning = true)) ${sql}`,
  )
  connection.closeSync()
  return reader.getRowsJson() as unknown[][]
}

test('a closed day is one file, its columns typed, its folder the day', async () => {
  await store.commit(batch(0, [at('a', start), at('b', start + 5), at('next', start + dayMs)]))
  expect(await archive().update()).toEqual([])
  await close('2026-11-22')
  expect(await archive().update()).toEqual(['2026-11-22'])
  expect(await archive().update()).toEqual([])
  expect(
    await query(
      `select dt::varchar, event_id, event_time::varchar, amount, fields->>'country', vector[1], vector[3] from decisions`,
    ),
  ).toEqual([
    ['2026-11-22', 'a', '2026-11-22 00:00:00', 2.5, 'DE', 10, null],
    ['2026-11-22', 'b', '2026-11-22 00:00:00.005', 2.5, 'DE', 10, null],
  ])
  const minutes = await readFile(join(dir, 'archive', detector, 'minutes/dt=2026-11-22/minutes.csv'), 'utf8')
  expect(minutes).toBe('minute,modelVersion,events,alerts,amount,alertAmount\n2026-11-22T00:00:00.000Z,1,2,0,5,0\n')
})

test('a late arrival is added to its day, also where the store has forgotten the others', async () => {
  await store.commit(batch(0, [at('a', start), at('b', start + 5), at('now', start + 9 * dayMs)]))
  await close('2026-11-22')
  await archive({ keepDays: 3 }).update()
  expect(await store.seen(detector, ['a', 'b', 'now'])).toEqual(new Set(['now']))
  await store.commit(batch(3, [at('late', start + 7, true)]))
  expect(await archive({ keepDays: 3 }).update()).toEqual(['2026-11-22'])
  expect(await query('select event_id, is_late from decisions order by event_time')).toEqual([
    ['a', false],
    ['b', false],
    ['late', true],
  ])
})

test('late arrivals of days that have no page lie in files of their own before they go', async () => {
  await store.commit(batch(0, [at('a', start), at('now', start + 9 * dayMs)]))
  await close('2026-11-22')
  await close('2026-11-26')
  await store.commit(batch(2, [at('before', start - 3 * dayMs, true), at('between', start + 2 * dayMs, true)]))
  await archive({ keepDays: 3 }).update()
  expect(await query('select dt::varchar, event_id from decisions order by event_time')).toEqual([
    ['2026-11-19', 'before'],
    ['2026-11-22', 'a'],
    ['2026-11-24', 'between'],
  ])
  expect(await store.seen(detector, ['a', 'before', 'between', 'now'])).toEqual(new Set(['now']))
})

test('nothing goes from the store that lies in no file', async () => {
  await store.commit(batch(0, [at('a', start), at('now', start + 9 * dayMs)]))
  await archive({ keepDays: 3 }).update()
  expect(await store.seen(detector, ['a'])).toEqual(new Set(['a']))
})

test('the manifests name the place that the folder is copied to', async () => {
  await store.commit(batch(0, [at('a', start), at('next', start + dayMs)]))
  await close('2026-11-22')
  await archive().update()
  const manifest = JSON.parse(await readFile(join(dir, 'archive', detector, 'quicksight.json'), 'utf8'))
  expect(manifest.fileLocations).toEqual([{ URIPrefixes: ['s3://bucket/fraud/minutes/'] }])
  expect(await readFile(join(dir, 'archive', detector, 'athena.sql'), 'utf8')).toContain(
    "'s3://bucket/fraud/decisions/'",
  )
})
