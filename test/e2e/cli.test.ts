import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { runTocsin, startTocsin, stop, tempDir } from './tocsin.ts'

const minutes = 60_000
const repository = resolve(import.meta.dirname, '../..')

/** A folder with a small labelled history and a configuration for it, on a free port. */
async function project(): Promise<string> {
  const dir = await tempDir()
  const { generateCards } = await import('../../src/data/generate.ts')
  const { writeCsv } = await import('../../src/data/write.ts')
  await writeCsv(join(dir, 'history.csv'), generateCards({ seed: 3, days: 20, transactionsPerDay: 800 }))
  await writeFile(
    join(dir, 'tocsin.yaml'),
    `detector: cards
events: {id: transaction_id, time: time, label: is_fraud, amount: amount, entity: card_id}
operatingPoint: {alertsPerDay: 10}
web: {port: 0}
`,
  )
  return dir
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('train, score, resample, up, replay, models, report and doctor lead from a file to a closed day', {
  timeout: 3 * minutes,
}, async () => {
  const dir = await project()
  const trained = await runTocsin(['train', 'history.csv', '--json'], dir)
  expect(JSON.parse(trained.out)).toMatchObject({ version: 1, isChampion: true })

  expect((await runTocsin(['resample', 'history.csv', '--number', '2000', '--anomaly-rate', '0.05'], dir)).code).toBe(0)
  const labels = lines(await readFile(join(dir, 'stream-labels.jsonl'), 'utf8'))
  expect(labels.filter(({ label }) => label === 'anomaly')).toHaveLength(100)
  expect(await readFile(join(dir, 'stream.jsonl'), 'utf8')).not.toContain('is_fraud')

  const scored = await runTocsin(['score', 'stream.jsonl'], dir)
  const decisions = lines(scored.out)
  expect(decisions).toHaveLength(2000)
  expect(scored.code).toBe(0)

  // One bad event is refused on its own line; the others are scored.
  const [good] = lines(await readFile(join(dir, 'stream.jsonl'), 'utf8'))
  await writeFile(join(dir, 'mixed.jsonl'), `${JSON.stringify({ ...good, amount: 'much' })}\n${JSON.stringify(good)}\n`)
  const mixed = await runTocsin(['score', 'mixed.jsonl'], dir)
  expect(lines(mixed.out)).toMatchObject([{ line: 1, code: 'EVENT_FIELD_TYPE' }, { eventId: good.transaction_id }])
  expect(mixed.code).toBe(65)

  const up = startTocsin(['up'], dir)
  const [, url] = await up.sees(/console (http:\/\/[^/\s]+)/)
  expect((await runTocsin(['replay', 'stream.jsonl', '--to', url!], dir)).code).toBe(0)
  const alerting = decisions.filter(({ outcome }) => outcome === 'alert').length
  await expect
    .poll(async () => (await stats(url!)).totals, { timeout: 20_000 })
    .toMatchObject({ events: 2000, alerts: alerting })

  // Beside the running system: another process looks, and lets another version decide.
  expect((await runTocsin(['models', '--json'], dir)).out).toContain('"champion"')
  expect((await runTocsin(['train', 'history.csv'], dir)).out).toMatch(/version 1 of cards/)
  await expect
    .poll(async () => (await runTocsin(['report', '--json'], dir)).out, { timeout: 20_000 })
    .toContain('"day"')
  expect((await stop(up)).code).toBe(0)

  const [first] = JSON.parse((await runTocsin(['report', '--json'], dir)).out)
  expect((await runTocsin(['report', first.day, '--html', 'day.html'], dir)).code).toBe(0)
  expect(await readFile(join(dir, 'day.html'), 'utf8')).toContain('<svg')
  const doctor = await runTocsin(['doctor'], dir)
  expect(doctor.out).toMatch(/✔ model +version 1 is the champion/)
  expect(doctor.code).toBe(0)
})

test('a second process on the same data folder, and a port in use, each end with one clear error; the first goes on', {
  timeout: minutes,
}, async () => {
  const dir = await project()
  const first = startTocsin(['up'], dir)
  const [, url] = await first.sees(/console (http:\/\/[^/\s]+)/)
  const second = await runTocsin(['up'], dir)
  expect(second.err).toMatch(/tocsin-data.*\[DATA_DIR_IN_USE\]/s)
  expect(second.code).toBe(69)
  expect((await fetch(`${url}/healthz`)).status).toBe(200)

  const other = createServer()
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
  const { port } = other.address() as { port: number }
  await writeFile(join(dir, 'other.yaml'), `dataDir: other-data\nweb: {port: ${port}}\n`)
  const refused = await runTocsin(['up', '--config', 'other.yaml'], dir)
  expect(refused.err).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} is in use.*\\[ADDRESS_IN_USE\\]`))
  expect(refused.code).toBe(69)
  other.close()
  expect((await stop(first)).code).toBe(0)
})

test.each([
  [['trian'], 64, /there is no command "trian"; did you mean "train"\?/],
  [['train', '--cofnig', 'x'], 64, /did you mean --config\?/],
  [['train'], 64, /no history was named/],
  [['train', 'history.csv'], 78, /tocsin init.*\[CONFIG_MISSING\]/],
  [['demo', '--data', 'x.csv'], 64, /without --label/],
  [['replay', 'x.jsonl', '--speed', 'fast', '--config', 'empty.yaml'], 64, /--speed fast was found/],
  [['score', 'x.jsonl', '--config', 'empty.yaml'], 65, /no champion yet.*tocsin train/],
  [['models', 'promote', '7', '--config', 'empty.yaml'], 65, /has no version 7/],
  [['models', 'import', 'model.json', '--config', 'empty.yaml'], 64, /no history was named/],
  [
    ['models', 'export', '1', 'model.pmml', '--format', 'pmml', '--config', 'empty.yaml'],
    64,
    /expected xgboost, onnx or tocsin/,
  ],
  [['models', 'improt', 'x', '--config', 'empty.yaml'], 64, /expected models, models promote/],
  [['report', '2026-01-01', '--config', 'empty.yaml'], 65, /2026-01-01 is not a closed day/],
  [['replay', 'one.jsonl', '--to', 'http://127.0.0.1:9', '--config', 'empty.yaml'], 65, /no champion yet/],
])('%j ends with code %i and says why', async (args, code, why) => {
  const dir = await tempDir()
  await writeFile(join(dir, 'empty.yaml'), '')
  const finished = await runTocsin(args, dir)
  expect(finished.err).toMatch(why)
  expect(finished.code).toBe(code)
})

test('every command has a help page', { timeout: minutes }, async () => {
  const dir = await tempDir()
  const { out } = await runTocsin(['help'], dir)
  const names = [...out.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name]) => name!)
  expect(names).toEqual(
    expect.arrayContaining([
      'demo',
      'init',
      'train',
      'up',
      'replay',
      'resample',
      'score',
      'report',
      'models',
      'doctor',
    ]),
  )
  for (const name of names) expect((await runTocsin(['help', name], dir)).out).toContain(`tocsin ${name}`)
})

test('init finds the columns of a history, takes the rarer of two words for the anomaly, and leaves open what it does not know', async () => {
  const dir = await tempDir()
  const rows = Array.from({ length: 60 }, (_, row) => {
    const at = new Date(1.79e12 + row * 60_000).toISOString()
    return `e${row},${at},m${row % 25},${row / 7},${row % 9 === 0 ? 'bad' : 'good'}`
  })
  await writeFile(join(dir, 'runs.csv'), `run_id,at,machine,heat,label\n${rows.join('\n')}\n`)
  const { code, out } = await runTocsin(['init', 'runs.csv'], dir)
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/amount +none is plainly one/) })
  const { events } = readConfig(await readFile(join(dir, 'tocsin.yaml'), 'utf8'), 'tocsin.yaml', {})
  expect(events).toMatchObject({
    ...{ id: 'run_id', time: 'at', entity: 'machine', label: { column: 'label', anomaly: 'bad' } },
  })
  expect(events.amount).toBeUndefined()
})

test('init writes a configuration that is one', async () => {
  const dir = await tempDir()
  expect((await runTocsin(['init', '--label', 'is_fraud', '--time', 'time'], dir)).code).toBe(0)
  expect((await runTocsin(['models'], dir)).out).toContain('has no model yet')
  const again = await runTocsin(['init'], dir)
  expect(again.err).toContain('is there already')
})

test('bench drives the whole program at a rate, says what came of it and leaves nothing behind', {
  timeout: 3 * minutes,
}, async () => {
  const dir = await tempDir()
  const { code, out, err } = await runTocsin(['bench', '--rate', '200', '--seconds', '1', '--json'], dir)
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
  const { rates, scoreUs, durableWriteMs } = JSON.parse(out)
  expect(rates).toMatchObject([{ rate: 200, sent: 200, refused: 0 }])
  expect(Math.min(rates[0].accepted.p50, rates[0].settledMs, scoreUs, durableWriteMs.p50)).toBeGreaterThan(0)
  expect(await readdir(dir)).toEqual([])
})

test('an example imports the library by its name and runs', { timeout: minutes }, async () => {
  const dir = await tempDir()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=tocsin-source', join(repository, 'examples/library.ts')],
    { cwd: dir },
  )
  expect(stdout).toMatch(/version 1: average precision 0\.\d\d .*\ntx-\d+: score 0\.\d\d, /)
})

type Stats = { totals: { events: number; alerts: number } }

async function stats(url: string): Promise<Stats> {
  return (await fetch(`${url}/v1/stats`)).json() as Promise<Stats>
}
