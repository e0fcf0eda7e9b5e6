// What the stream taught comes back: events stored, answers given, a history written of both, a second model trained and evaluated.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Evaluated } from '../../src/app/evaluate.ts'
import { readHistory } from '../../src/data/data.ts'
import { generateCards } from '../../src/data/generate.ts'
import { writeCsv, writeJsonLines } from '../../src/data/write.ts'
import { runTocsin, startTocsin, stop, tempDir } from './tocsin.ts'

const minutes = 60_000
const configuration = `
detector: card-fraud
dataDir: data
web: {port: 0}
model: {maxTrees: 40, refit: beforeTest}
operatingPoint: {alertsPerDay: 40}
events: {id: transaction_id, time: time, label: is_fraud, amount: amount, entity: card_id}
`

test('answers become labels, and labels the next history', { timeout: 4 * minutes }, async () => {
  const dir = await tempDir()
  const run = async (...args: string[]) => {
    const finished = await runTocsin(args, dir)
    expect(finished, finished.err).toMatchObject({ code: 0 })
    return finished
  }
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out)
  const payments = [...generateCards({ seed: 5, days: 24, transactionsPerDay: 600 })]
  const cut = Math.floor(payments.length * 0.8)
  const streamed = payments.slice(cut)
  await writeFile(join(dir, 'tocsin.yaml'), configuration)
  await writeCsv(join(dir, 'history.csv'), payments.slice(0, cut))
  await writeJsonLines(
    join(dir, 'stream.jsonl'),
    streamed.map(({ is_fraud: _, ...event }) => event),
  )
  await run('train', 'history.csv')

  const up = startTocsin(['up'], dir)
  const [, url] = await up.sees(/console (http:\/\/[^/\s]+)/)
  await run('replay', 'stream.jsonl', '--to', url!, '--speed', 'max')
  const stats = async () => (await (await fetch(`${url}/v1/stats`)).json()) as { totals: { events: number } }
  await expect.poll(async () => (await stats()).totals.events, { timeout: 60_000 }).toBe(streamed.length)

  const alerts = (await json('alerts', '--limit', '1000')) as { id: string; eventId: string }[]
  expect(alerts.length).toBeGreaterThan(10)
  const [one, other, unanswered, ...rest] = alerts
  const truth = new Map(streamed.map(({ transaction_id, is_fraud }) => [transaction_id, is_fraud]))
  await run('label', one!.id, 'anomaly', '--by', 'ann', '--note', 'called the customer')
  await run('label', other!.eventId, 'normal')
  const chargebacks = rest.map(({ eventId }) => ({ transaction_id: eventId, is_fraud: truth.get(eventId)! }))
  await writeCsv(join(dir, 'chargebacks.csv'), chargebacks)
  await run('label', '--file', 'chargebacks.csv')
  expect(await json('alerts', '--label', 'none')).toMatchObject([{ eventId: unanswered!.eventId }])
  expect((await run('alerts', one!.eventId)).out).toMatch(/label\s+anomaly/)
  await writeFile(join(dir, 'wrong.csv'), 'transaction_id,is_fraud\ntx-nobody,1\n')
  expect(await runTocsin(['label', '--file', 'wrong.csv'], dir)).toMatchObject({ code: 65 })
  await writeFile(join(dir, 'odd.csv'), 'transaction_id,is_fraud\ntx-nobody,perhaps\n')
  expect((await runTocsin(['label', '--file', 'odd.csv'], dir)).err).toContain('LABELS_UNREADABLE')
  expect((await stop(up)).code).toBe(0)

  const written = await json('history', 'next.parquet', '--after', 'history.csv', '--mature', '1d')
  expect(written).toMatchObject({ before: cut, replaced: 0, unanswered: 1 })
  expect(written.immature).toBeGreaterThan(0)
  expect(written.rows + written.unanswered + written.immature).toBe(streamed.length)
  const { history } = await readHistory(join(dir, 'next.parquet'), {
    ...{ detector: 'card-fraud', id: 'transaction_id', time: 'time', label: 'is_fraud' },
  })
  const labelOf = new Map(history.ids.map((id, row) => [id, history.labels[row]]))
  expect(history.rows).toBe(cut + written.rows)
  expect(labelOf.get(one!.eventId)).toBe(1)
  expect(labelOf.get(other!.eventId)).toBe(0)
  expect(labelOf.has(unanswered!.eventId)).toBe(false)
  for (const { transaction_id, is_fraud } of chargebacks) expect(labelOf.get(transaction_id)).toBe(is_fraud)
  for (const { transaction_id, is_fraud } of payments.slice(0, cut)) expect(labelOf.get(transaction_id)).toBe(is_fraud)

  // A second time, over the file that has these events: each is there once.
  const again = await json('history', 'again.csv', '--after', 'next.parquet', '--mature', '1d')
  expect(again).toMatchObject({ rows: written.rows, before: cut, replaced: written.rows })
  const trained = await json('train', 'next.parquet')
  expect(trained).toMatchObject({ version: 2, isChampion: false })
  // But for the guess of no model, which training makes of its own period alone.
  const withoutPrior = ({ evaluation: { baselines, ...figures } }: Evaluated) => ({
    ...figures,
    bestFeature: baselines.bestFeature,
  })
  const evaluated = await json('evaluate', 'next.parquet', '--version', '2')
  expect(withoutPrior(evaluated)).toEqual(withoutPrior(trained))
  await writeFile(join(dir, 'all.yaml'), configuration.replace('beforeTest', 'all'))
  await run('train', 'next.parquet', '--config', 'all.yaml')
  const seen = await runTocsin(['evaluate', 'next.parquet', '--version', '3'], dir)
  expect(seen.err).toContain('EVALUATE_NO_ROWS')
  const folds = await json('backtest', 'again.csv', '--folds', '2')
  expect(folds.map(({ trainingRows }: { trainingRows: number }) => trainingRows)).toEqual([
    expect.any(Number),
    expect.any(Number),
  ])
  expect(folds[0].trainingRows).toBeLessThan(folds[1].trainingRows)
  expect(await runTocsin(['evaluate', 'history.csv', '--from', '2099-01-01'], dir)).toMatchObject({ code: 65 })
})
