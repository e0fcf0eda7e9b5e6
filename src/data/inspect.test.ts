// Files in, what their columns hold and who is probably what out.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inspectHistory } from './data.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-inspect-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function inspect(header: string, row: (i: number) => string, name = 'history.csv') {
  const path = join(dir, name)
  await writeFile(path, [header, ...Array.from({ length: 200 }, (_, i) => row(i))].join('\n'))
  return inspectHistory(path)
}

test('each column is told by kind, how full it is, how many values it has and which are most frequent', async () => {
  const { rows, columns } = await inspect(
    'Class,at,kind,n',
    (i) =>
      `${i % 10 === 0 ? 1 : 0},2026-01-01T00:00:${String(i % 60).padStart(2, '0')}Z,${i % 3 === 0 ? 'a' : 'b'},${i % 2 ? i : ''}`,
  )
  expect(rows).toBe(200)
  expect(columns.map(({ name, kind, present, distinct }) => [name, kind, present, distinct])).toEqual([
    ['Class', 'number', 200, 2],
    ['at', 'instant', 200, 60],
    ['kind', 'text', 200, 2],
    ['n', 'number', 100, 100],
  ])
  expect(columns[0]!.values).toEqual([
    { text: '0', rows: 180 },
    { text: '1', rows: 20 },
  ])
  expect(columns[3]).toMatchObject({ min: 1, max: 199 })
})

test('label, time, amount, entity and id are guessed where a column is plainly it', async () => {
  const { guess } = await inspect(
    'tx_id,timestamp,card_number,amount,is_fraud,terminal',
    (i) => `t${i},2026-01-01T00:00:00Z,card-${i % 50},${i}.5,${i % 2},${i % 30}`,
  )
  expect(guess).toEqual({ label: 'is_fraud', time: 'timestamp', amount: 'amount', entity: 'card_number', id: 'tx_id' })
})

test('what can be no feature says why', async () => {
  const { columns } = await inspect('amount,terminal_id,note,label', (i) => `${i},${1000 + i},${`word ${i}`},${i % 2}`)
  const unfit = Object.fromEntries(columns.map((column) => [column.name, column.unfit]))
  expect(unfit).toMatchObject({ amount: expect.anything(), terminal_id: 'it looks like an id (200 different values)' })
  expect(unfit.note).not.toBeNull()
  expect(unfit.label).toBeNull()
})

test('where nothing is plain, nothing is guessed', async () => {
  const { guess } = await inspect('a,b,label,target', (i) => `${i % 7},x${i % 5},0,1`)
  expect(guess).toEqual({ label: null, time: null, amount: null, entity: null, id: null })
})
