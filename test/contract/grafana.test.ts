// deploy/grafana/tocsin.json against what it reads: every metric is one of /metrics, every question has its answer in PostgreSQL.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openPostgresStore } from '../../src/store/postgres.ts'
import { findPostgres, startPostgres } from '../rig/servers/postgres.ts'
import { openWebRig } from '../rig/web.ts'
import { alerting, batch, closeDay, detector, minuteMs, start } from './store-samples.ts'

/** What Grafana (schema version 39, Grafana 11 and later) needs to import and draw a dashboard of these kinds of panels. */
const Source = z.strictObject({ type: z.string(), uid: z.string() })
const Target = z.looseObject({
  refId: z.string().regex(/^[A-Z]$/),
  datasource: Source,
  expr: z.string().min(1).optional(),
  rawSql: z.string().min(1).optional(),
  format: z.enum(['table', 'time_series']).optional(),
})
const Panel = z.looseObject({
  id: z.int().positive(),
  type: z.enum(['row', 'stat', 'timeseries', 'table']),
  title: z.string().min(1),
  description: z.string().min(1).optional(),
  gridPos: z.strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(24), h: z.int().min(1) }),
  targets: z.array(Target).default([]),
})
const Dashboard = z.looseObject({
  title: z.string().min(1),
  uid: z.string().max(40),
  schemaVersion: z.int().min(39),
  time: z.strictObject({ from: z.string(), to: z.string() }),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
  panels: z.array(Panel),
})

const text = await readFile(resolve(import.meta.dirname, '../../deploy/grafana/tocsin.json'), 'utf8')
const dashboard = Dashboard.parse(JSON.parse(text))
const { panels } = dashboard
const targets = panels.flatMap((panel) => panel.targets)
const names = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))]

test('the panels have their own ids and places, say what they show, and read declared sources', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    expect(x + w).toBeLessThanOrEqual(24)
    return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`)
  })
  expect(new Set(cells).size).toBe(cells.length)
  for (const { type, description, targets: of } of panels)
    expect([description === undefined, of.length === 0]).toEqual([type === 'row', type === 'row'])
  const declared = new Set(dashboard.templating.list.map(({ name }) => name))
  const builtIn = /^__(interval_ms|rate_interval|timeFilter|auto)$/
  for (const name of names(/\$\{?(\w+)/g))
    expect([name, declared.has(name) || builtIn.test(name)]).toEqual([name, true])
  for (const { datasource, expr, rawSql } of targets)
    expect([datasource.uid, expr === undefined]).toEqual([
      rawSql ? '${postgres}' : '${prometheus}',
      rawSql !== undefined,
    ])
})

test('every metric and label that it names is one of /metrics', async () => {
  const rig = await openWebRig()
  onTestFinished(() => rig.close())
  const { body } = await rig.app.inject('/metrics')
  const there = new Set([...body.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name))
  const named = names(/\b(tocsin_\w+)/g)
  expect(named.filter((name) => !there.has(name))).toEqual([])
  expect(named.length).toBeGreaterThan(8)
  // And it leaves none out.
  expect([...there].filter((name) => name!.startsWith('tocsin_') && !named.includes(name!))).toEqual([])
  const labels = targets.flatMap(({ expr = '' }) =>
    [...expr.matchAll(/by \((\w+)\)|[{,](\w+)=/g)].map(([, by, of]) => by ?? of!),
  )
  expect(new Set(labels)).toEqual(new Set(['detector', 'state', 'receiver']))
})

test('every question that it asks PostgreSQL has an answer', async ({ skip }) => {
  const found = await findPostgres()
  if ('missing' in found) return skip(found.missing)
  const server = await startPostgres(found)
  onTestFinished(() => server.destroy())
  const store = await openPostgresStore({
    ...{ url: server.url, schema: 'tocsin', clock: systemClock, random: new Random(1) },
  })
  const delivery = { id: 'd1', receiver: 'inbox', alertId: null, nextAttemptAt: start, attempts: 0 }
  const notice = {
    kind: 'notice',
    detector,
    topic: 'test',
    subject: 'a test',
    text: 'a test',
    at: start,
    urls: { page: '' },
  } as const
  await store.commit(batch(0, [alerting('a'), alerting('b')], { next: 2 }))
  await store.enqueue(detector, [{ ...delivery, state: 'pending', reason: null, message: notice }])
  const summary = JSON.stringify({ events: 2, alerts: 2, amountAtRisk: 812.4, labels: { anomaly: 1, normal: 0 } })
  await closeDay(store, { detector, day: '2026-11-22', end: start + 24 * 60 * minuteMs, summary, html: '' })
  await store.close()
  const { default: pg } = await import('pg')
  const client = new pg.Client(server.url)
  await client.connect()
  onTestFinished(() => client.end())
  const questions = targets.flatMap(({ rawSql, format }) => (rawSql ? [{ rawSql, format }] : []))
  expect(questions.length).toBeGreaterThan(4)
  for (const { rawSql, format } of questions) {
    // As Grafana fills them in.
    const sql = rawSql
      .replaceAll('$detector', detector)
      .replaceAll('$schema', 'tocsin')
      .replaceAll('$__interval_ms', '60000')
      .replaceAll(/\$__timeFilter\((.+?)\)(?= |\n|$)/g, "$1 between '2026-11-01' and '2026-12-01'")
    const { rows, fields } = await client.query(sql)
    expect([sql, rows.length > 0]).toEqual([sql, true])
    if (format === 'time_series') expect(fields[0]!.name).toBe('time')
  }
})
