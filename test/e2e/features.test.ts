// Declared windows from the command line: trained on history, kept live, verified against it; and the examples that use them.

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { generateCards } from '../../src/data/generate.ts'
import { writeCsv } from '../../src/data/write.ts'
import { runTocsin, startTocsin, stop, tempDir } from './tocsin.ts'

const minutes = 60_000
const repository = resolve(import.meta.dirname, '../..')
const configuration = `
detector: card-fraud
dataDir: data
web: {port: 0}
model: {maxTrees: 40}
events: {id: transaction_id, time: time, label: is_fraud, amount: amount, entity: card_id}
features:
  called: payment
  windows:
    - over: card_id
      windows: [10m, 1h, 24h, 7d]
      aggregate: [count, mean(amount), std(amount), timeSinceLast]
      usual: [amount]
    - over: terminal_id
      windows: [1d, 7d]
      feedback: {delay: 1d}
`

const post = async (url: string, body: unknown) => {
  const sent = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await sent.text()
  expect(sent.status, answer).toBe(200)
  return JSON.parse(answer)
}

const tensorTypes = new Map([
  ['number', 'FP64'],
  ['boolean', 'BOOL'],
  ['string', 'BYTES'],
])

// The whole day looked at again: pasts as they are now.
async function expectSameScores(url: string, payments: readonly Record<string, unknown>[]): Promise<void> {
  const events = payments.map(({ is_fraud: _, ...payment }) => payment)
  const native = (await post(`${url}/v1/detectors/card-fraud/score`, events)) as { decisions: { score: number }[] }
  const scores = native.decisions.map(({ score }) => Math.fround(score))
  expect(new Set(scores).size).toBeGreaterThan(1)
  const inputs = Object.keys(events[0]!).map((name) => {
    const data = events.map((event) => event[name])
    return {
      name,
      shape: [data.length, 1],
      datatype: tensorTypes.get(typeof data.find((value) => value !== null))!,
      data,
    }
  })
  const inferred = (await post(`${url}/v2/models/card-fraud/infer`, { inputs })) as { outputs: { data: number[] }[] }
  expect(inferred.outputs[0]!.data.map(Math.fround)).toEqual(scores)
  for (const path of ['/invocations', '/endpoints/card-fraud/invocations']) {
    const invoked = (await post(url + path, { instances: events })) as { predictions: { score: number }[] }
    expect(invoked.predictions.map(({ score }) => Math.fround(score))).toEqual(scores)
  }
}

test('windows trained on history go on live after it, are verified for the day, and a vector that was changed is found', {
  timeout: 3 * minutes,
}, async () => {
  const dir = await tempDir()
  const payments = [...generateCards({ seed: 5, days: 20, transactionsPerDay: 600 })]
  const lastDay = payments.at(-1)!.time.slice(0, 10)
  const isLive = ({ time }: { readonly time: string }) => time.slice(0, 10) === lastDay
  const history = join(dir, 'history.csv')
  await writeCsv(
    history,
    payments.filter((payment) => !isLive(payment)),
  )
  await writeFile(join(dir, 'tocsin.yaml'), configuration)
  const trained = await runTocsin(['train', history], dir)
  expect(trained).toMatchObject({ code: 0 })

  const live = payments.filter(isLive)
  await writeFile(
    join(dir, 'live.jsonl'),
    live.map(({ is_fraud: _, ...event }) => `${JSON.stringify(event)}\n`).join(''),
  )
  const scored = await runTocsin(['score', 'live.jsonl'], dir)
  expect(scored.code).toBe(0)
  const scores = new Map(
    scored.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ eventId, score }) => [eventId, score]),
  )

  const up = startTocsin(['up'], dir)
  const [, url] = await up.sees(/console (http:\/\/[^/\s]+)/)
  for (let start = 0; start < live.length; start += 100) {
    const body = JSON.stringify(live.slice(start, start + 100).map(({ is_fraud: _, ...event }) => event))
    const sent = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(sent.status).toBe(202)
  }
  const events = async () =>
    ((await (await fetch(`${url}/v1/stats`)).json()) as { totals: { events: number } }).totals.events
  await expect.poll(events, { timeout: 30_000 }).toBe(live.length)
  await expectSameScores(url!, live)
  expect((await stop(up)).code).toBe(0)

  const verify = ['verify', 'parity', '--day', lastDay, '--history', history]
  const passed = await runTocsin(verify, dir)
  expect(passed.out).toContain(`${lastDay}: ${live.length} vectors computed again, 0 differences`)
  expect(passed.code).toBe(0)
  expect((await runTocsin(['verify', 'parity', '--day', lastDay], dir)).err).toContain('PARITY_NEEDS_HISTORY')
  const emptyDay = await runTocsin(['verify', 'parity', '--day', '2030-01-01'], dir)
  expect([emptyDay.code, emptyDay.err]).toEqual([65, expect.stringContaining('PARITY_EMPTY')])

  const store = new DatabaseSync(join(dir, 'data/store.db'))
  // What was scored beforehand is what the stream decided.
  for (const { event_id, score } of store.prepare('select event_id, score from decision').all())
    expect(scores.get(String(event_id))).toBe(score)
  const changed = String(live[17]!.transaction_id)
  changeVector(store, changed)
  store.close()
  const failed = await runTocsin(verify, dir)
  expect(failed.code).toBe(65)
  expect(failed.out).toMatch(new RegExp(`event ${changed}: \\w+ was 1, is `))
})

test.each([
  ['machine-sensors', /this machine/],
  ['network-connections', /of this source in/],
])(
  'the example %s runs: memory adds to the events, and the reasons say what of it',
  { timeout: 2 * minutes },
  async (name, reason) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=tocsin-source', join(repository, `examples/${name}.ts`)],
      { cwd: await tempDir() },
    )
    const [, alone, remembering] = /average precision: (\S+) of the events alone, (\S+) with/.exec(stdout)!
    expect(Number(remembering)).toBeGreaterThan(Number(alone) + 0.1)
    expect(stdout).toMatch(reason)
  },
)

test('the example of the page computes declared features of a history, and goes on with the events after it', {
  timeout: minutes,
}, async () => {
  const file = join(repository, 'examples/features.ts')
  const [code, page] = await Promise.all(
    [file, join(repository, 'docs/features.md')].map((path) => readFile(path, 'utf8')),
  )
  const block = /```ts\n([\s\S]*?)```/.exec(page!)![1]!
  expect(code).toContain(block)
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=tocsin-source', file])
  expect(stdout).toMatch(/^card_id_mean_amount_24h [\d.]+$/m)
  expect(stdout).toMatch(/Float32Array\(7\) \[\s+812\.5,\s+2,/)
})

/** The first number of that event's vector becomes 1. */
function changeVector(store: DatabaseSync, eventId: string): void {
  const found = store.prepare(`
    select chunk.number, chunk.count, chunk.vectors, event.number - chunk.number as place
    from event join decision_chunk as chunk on chunk.number <= event.number
    where event_id = ? order by chunk.number desc limit 1`)
  const { number, count, vectors, place } = z
    .object({ number: z.int(), count: z.int(), vectors: z.instanceof(Uint8Array), place: z.int() })
    .parse(found.get(eventId))
  Buffer.from(vectors.buffer).writeFloatLE(1, vectors.byteOffset + place * (vectors.length / count))
  store.prepare('update decision_chunk set vectors = ? where number = ?').run(vectors, number)
}
