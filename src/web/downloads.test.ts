// Files for other tools: the rows that were asked for, no formula of a stranger's, and never more in memory than the reader takes.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { payment } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'
import { csvOf } from './table.ts'

let rig: WebRig
beforeEach(async () => {
  rig = await openWebRig()
})
afterEach(() => rig.close())

const get = (url: string) => rig.app.inject({ method: 'GET', url })
const lines = (body: string) => body.split('\r\n').slice(0, -1)

async function happened() {
  const events = [
    payment('t1', 900),
    { ...payment('t2', 950, '2026-03-04T10:00:00Z'), card: '=cmd|"/c calc"!A1' },
    payment('t3', 20, '2026-03-04T11:00:00Z'),
  ]
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: events })
  await rig.decide()
  await rig.app.inject({ method: 'POST', url: '/v1/labels', payload: { eventId: 't1', label: 'anomaly', by: '+ann' } })
}

test('alerts come as CSV, newest first, as far as they fit the filters', async () => {
  await happened()
  const all = await get('/v1/alerts.csv')
  expect(all.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(all.headers['content-disposition']).toBe('attachment; filename="alerts.csv"')
  const [header, newest, oldest, ...more] = lines(all.body)
  expect(header).toMatch(/^id,event_id,event_time,entity,amount,score,threshold,/)
  expect(newest).toMatch(/^al_?\w+,t2,2026-03-04T10:00:00.000Z,/)
  expect(oldest).toMatch(/,t1,2026-03-03T10:00:00.000Z,C-t1,900,/)
  expect(more).toEqual([])
  const answered = async (url: string) =>
    lines((await get(url)).body)
      .slice(1)
      .map((line) => line.split(',')[1])
  expect(await answered('/v1/alerts.csv?label=none')).toEqual(['t2'])
  expect(await answered('/v1/alerts.csv?label=anomaly')).toEqual(['t1'])
  expect(await answered('/v1/alerts.csv?day=2026-03-03')).toEqual(['t1'])
  expect(await answered('/v1/alerts.csv?entity=C-t1')).toEqual(['t1'])
  expect((await get('/v1/alerts.csv?limit=3')).statusCode).toBe(400)
})

test('what a spreadsheet would run is text; numbers stay numbers', async () => {
  await happened()
  expect((await get('/v1/alerts.csv?label=none')).body).toContain(`,"'=cmd|""/c calc""!A1",950,`)
  expect((await get('/v1/labels.csv')).body).toMatch(/t1,anomaly,[^,]+,'\+ann,/)
  async function* rows() {
    for (const text of ['-1', '@a', '\t=1', ' =1', '\r=1', '|x', 'a=1', '12']) yield { text, number: -1 }
  }
  const body = (await csvOf({ columns: { text: 'text', number: 'number' }, rows: rows() }).toArray()).join('')
  expect(lines(body.replaceAll('\r=1', '=1')).slice(1)).toEqual([
    ...["'-1,-1", "'@a,-1", "'\t=1,-1", "' =1,-1", `"'=1",-1`, "'|x,-1", 'a=1,-1', '12,-1'],
  ])
})

test('a day’s decisions and minutes, the days and the labels come too', async () => {
  await happened()
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: [payment('t4', 1, '2026-03-06T10:00:00Z')] })
  await rig.decide()
  await rig.closeDays()
  const decisions = lines((await get('/v1/reports/2026-03-04/decisions.csv')).body)
  expect(decisions.slice(1).map((line) => line.split(',')[0])).toEqual(['t2', 't3'])
  const minutes = lines((await get('/v1/reports/2026-03-04/minutes.csv')).body)
  expect(minutes).toEqual([
    'minute,model_version,events,alerts,amount,alert_amount',
    '2026-03-04T10:00:00.000Z,1,1,1,950,950',
    '2026-03-04T11:00:00.000Z,1,1,0,20,0',
  ])
  expect(lines((await get('/v1/reports.csv')).body)).toContain('2026-03-04,true,2,1')
  expect(lines((await get('/v1/labels.csv')).body)).toHaveLength(2)
})

test('Parquet has the same rows, typed, and leaves nothing behind', async () => {
  await happened()
  const answer = await get('/v1/alerts.parquet')
  expect(answer.headers['content-disposition']).toBe('attachment; filename="alerts.parquet"')
  const file = join(rig.dir, 'alerts.parquet')
  await writeFile(file, answer.rawPayload)
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(
    `select event_id, entity, amount, typeof(event_time) as type, epoch_ms(event_time)::double as ms from '${file}'`,
  )
  expect(reader.getRowObjects()).toEqual([
    {
      event_id: 't2',
      entity: '=cmd|"/c calc"!A1',
      amount: 950,
      type: 'TIMESTAMP',
      ms: Date.parse('2026-03-04T10:00:00Z'),
    },
    { event_id: 't1', entity: 'C-t1', amount: 900, type: 'TIMESTAMP', ms: Date.parse('2026-03-03T10:00:00Z') },
  ])
  connection.closeSync()
  instance.closeSync()
  const empty = await get('/v1/alerts.parquet?entity=nobody')
  expect([empty.statusCode, empty.rawPayload.subarray(0, 4).toString()]).toEqual([200, 'PAR1'])
})

test('rows are read as fast as they are taken, and no longer than somebody does', async () => {
  let read = 0
  let isOver = false
  async function* endless() {
    try {
      for (;;) yield { text: `row ${read++} ${'x'.repeat(1000)}` }
    } finally {
      isOver = true
    }
  }
  const stream = csvOf({ columns: { text: 'text' }, rows: endless() })
  for await (const piece of stream) {
    expect(String(piece)).toContain('row 0')
    break
  }
  expect(read).toBeLessThan(1000)
  await expect.poll(() => isOver, { timeout: 10_000 }).toBe(true)
})
