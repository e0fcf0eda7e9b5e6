// Models of XGBoost, LightGBM and ONNX, each made a version by one command, and their scores asked for as a user would: the recorded
// margins of those libraries, calibrated.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createCalibrator, decodeArtifact, importModel, loadModel } from '../../src/model/model.ts'
import { type Fixture, loadFixture } from '../oracle/fixture.ts'
import { runTocsin, startTocsin, stop, tempDir } from './tocsin.ts'

const minutes = 60_000
/** As test/oracle/make_frame.py has them. */
const columns = ['country', 'channel', 'speed', 'heat', 'torque', 'amount']
const orders: Readonly<Record<string, readonly string[]>> = {
  country: ['FR', 'DE', 'Österreich', 'US', 'IT'],
  channel: ['web', 'till', 'app'],
}
const rounds = 4

type Cells = Record<string, string | number | null>

/** The rows as events: codes as what they stand for, NaN as nothing. */
function eventsOf({ rows }: Fixture): Cells[] {
  return Array.from({ length: rows.length / columns.length }, (_, row) =>
    Object.fromEntries(
      columns.map((name, place) => {
        const cell = rows[row * columns.length + place]!
        return [name, Number.isNaN(cell) ? null : (orders[name]?.[cell] ?? cell)]
      }),
    ),
  )
}

const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 600_000).toISOString()

/** A folder with the model, its configuration, a history in which high margins are mostly anomalies, and the rows to score. */
async function project(fixture: Fixture, model: { name: string; bytes: Uint8Array }): Promise<string> {
  const dir = await tempDir()
  const events = eventsOf(fixture)
  const sorted = Float64Array.from(fixture.margins).sort()
  const high = sorted[Math.floor(sorted.length * 0.7)]!
  const line = (cells: Cells, n: number, label: number) =>
    [at(n), ...columns.map((name) => cells[name] ?? ''), label].join(',')
  const history = Array.from({ length: rounds }, (_, round) =>
    events.map((cells, row) => {
      const isHigh = fixture.margins[row]! > high
      const isOdd = (row + round) % 7 === 0
      return line(cells, round * events.length + row, isHigh !== isOdd ? 1 : 0)
    }),
  ).flat()
  await writeFile(join(dir, 'history.csv'), `${['at', ...columns, 'broken'].join(',')}\n${history.join('\n')}\n`)
  await writeFile(
    join(dir, 'events.jsonl'),
    events.map((cells, n) => `${JSON.stringify({ at: at(10_000 + n), ...cells })}\n`).join(''),
  )
  await writeFile(
    join(dir, 'tocsin.yaml'),
    'detector: machines\nevents: {time: at, label: broken}\nweb: {port: 0}\noperatingPoint: {alertsPerDay: 20}\n',
  )
  await writeFile(join(dir, model.name), model.bytes)
  return dir
}

async function run(dir: string, ...args: string[]) {
  const finished = await runTocsin(args, dir)
  expect(finished, finished.err).toMatchObject({ code: 0 })
  return finished.out
}

/** What `tocsin score` says of each event, and the artifact that said it. */
async function scoresOf(dir: string, version: number) {
  const scored = await run(dir, 'score', 'events.jsonl', '--version', String(version))
  await run(dir, 'models', 'export', String(version), 'version.tocsin', '--format', 'tocsin')
  const artifact = decodeArtifact(await readFile(join(dir, 'version.tocsin')))
  const lines = scored
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as { score: number })
  return { artifact, scores: lines.map(({ score }) => score) }
}

const columnOption = ['--columns', columns.join(',')]
const categoryOption = ['--categories', 'categories.json']

test.each([
  ['xgboost-3.4.1-frame-ubj', 'model.ubj', []],
  // What this version of XGBoost writes of texts beyond ASCII is cut off: the order has to be given.
  ['xgboost-3.2.0-frame-json', 'model.tar.gz', categoryOption],
  ['lightgbm-4.7.0-frame', 'model.txt', []],
  ['onnx-lightgbm', 'model.onnx', [...columnOption, ...categoryOption]],
])('%s as %s scores as its own library does, to the bit', { timeout: 2 * minutes }, async (name, file, options) => {
  const fixture = loadFixture(name)
  const bytes = file.endsWith('.tar.gz') ? gzipSync(tarOf('xgboost-model', fixture.model)) : fixture.model
  const dir = await project(fixture, { name: file, bytes })
  await writeFile(join(dir, 'categories.json'), JSON.stringify(orders))
  const imported = JSON.parse(
    await run(dir, 'models', 'import', file, '--history', 'history.csv', ...options, '--json'),
  )
  expect(imported).toMatchObject({ version: 1, isChampion: true })
  const { artifact, scores } = await scoresOf(dir, 1)
  expect(scores).toEqual(Array.from(fixture.margins, createCalibrator(artifact.calibration)))
  expect(new Set(scores).size).toBeGreaterThan(5)

  // Contributions add up to the margin, but for the library's own rounding.
  const model = loadModel(artifact)
  const vectors = Float32Array.from(fixture.rows)
  for (const [row, margin] of fixture.margins.entries()) {
    const parts = model.contributions(vectors, row * columns.length)
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(margin, 5)
  }
})

test('a challenger stands beside the champion, and serves once it is promoted', { timeout: 2 * minutes }, async () => {
  const fixture = loadFixture('lightgbm-4.7.0-frame')
  const dir = await project(fixture, { name: 'model.txt', bytes: fixture.model })
  await run(dir, 'train', 'history.csv')
  const said = await run(dir, 'models', 'import', 'model.txt', '--history', 'history.csv', '--alias', 'challenger')
  expect(said).toMatch(/registered as version 2 of machines .* its challenger.*tocsin models promote 2/s)
  expect(JSON.parse(await run(dir, 'models', '--json'))).toMatchObject([
    { version: 1, aliases: ['champion'] },
    { version: 2, aliases: ['challenger'] },
  ])
  await run(dir, 'models', 'promote', '2')
  const { artifact } = await scoresOf(dir, 2)
  const calibrate = createCalibrator(artifact.calibration)

  const up = startTocsin(['up'], dir)
  const [, url] = await up.sees(/console (http:\/\/[^/\s]+)/)
  const unknown = { ...eventsOf(fixture)[0]!, country: 'Atlantis' }
  const answer = async (event: Cells) => {
    const response = await fetch(`${url}/v1/detectors/machines/score`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(event),
    })
    const answered = await response.text()
    expect(response.status, answered).toBe(200)
    return answered
  }
  const event = { at: at(20_000), ...eventsOf(fixture)[0]! }
  expect(await answer(event)).toContain(`"score":${calibrate(fixture.margins[0]!)}`)
  // A category that training never saw is missing.
  const row = Float64Array.from(fixture.rows.subarray(0, columns.length))
  row[0] = Number.NaN
  const [margin] = importModel(fixture.model).margins(row)
  expect(await answer({ at: at(20_001), ...unknown })).toContain(`"score":${calibrate(margin!)}`)
  expect((await stop(up)).code).toBe(0)
})

test('what cannot be served is refused with one error that says what to do', { timeout: 2 * minutes }, async () => {
  const fixture = loadFixture('onnx-lightgbm')
  const dir = await project(fixture, { name: 'model.onnx', bytes: fixture.model })
  await writeFile(join(dir, 'classes.json'), loadFixture('xgboost-3.2.0-classes-json').model)
  await writeFile(join(dir, 'short.json'), JSON.stringify({ ...orders, country: ['FR'] }))
  await writeFile(join(dir, 'strange.json'), JSON.stringify({ ...orders, amount: ['1', '2'] }))
  await writeFile(join(dir, 'other.json'), JSON.stringify({ ...orders, land: ['FR'] }))
  const refused = async (...args: string[]) => {
    const { code, err } = await runTocsin(['models', 'import', ...args, '--history', 'history.csv'], dir)
    expect(code).toBe(65)
    expect(err.match(/\[[A-Z_]+\]/g)).toHaveLength(1)
    return err
  }
  expect(await refused('model.onnx', ...columnOption)).toMatch(
    /codes of "country".*does not say which code.*--categories.*DE, FR, IT, US, Österreich.*MODEL_IMPORT_COLUMNS/s,
  )
  expect(await refused('model.onnx', '--columns', 'country,channel')).toMatch(/reads 6 columns; 2 were named/)
  expect(await refused('model.onnx', ...columnOption, '--categories', 'short.json')).toMatch(
    /tests 5 codes of "country"; 1 categories were given/,
  )
  expect(await refused('model.onnx', ...columnOption, '--categories', 'strange.json')).toMatch(
    /takes "amount" for a category.*events\.categories/s,
  )
  expect(await refused('model.onnx', ...columnOption, '--categories', 'other.json')).toMatch(
    /Categories were given for "land"/,
  )
  expect(await refused('classes.json')).toMatch(/3 outputs.*MODEL_IMPORT_UNSUPPORTED/s)
  expect(JSON.parse(await run(dir, 'models', '--json'))).toEqual([])
})

test('numbers that are codes become categories where tocsin.yaml says so', { timeout: 2 * minutes }, async () => {
  const fixture = loadFixture('xgboost-3.4.1-frame-json')
  const dir = await project(fixture, { name: 'model.json', bytes: fixture.model })
  const numbered = (text: string) =>
    orders.channel!.reduce((all, channel, code) => all.replaceAll(`,${channel},`, `,${code + 40},`), text)
  const path = join(dir, 'history.csv')
  await writeFile(path, numbered(await readFile(path, 'utf8')))
  await writeFile(join(dir, 'categories.json'), JSON.stringify({ channel: [40, 41, 42] }))
  const order = ['models', 'import', 'model.json', '--history', 'history.csv', ...categoryOption]
  expect((await runTocsin(order, dir)).err).toMatch(/"channel" for a category, which holds number values/)
  const configured = await readFile(join(dir, 'tocsin.yaml'), 'utf8')
  await writeFile(join(dir, 'tocsin.yaml'), configured.replace('{time: at', '{categories: [channel], time: at'))
  await run(dir, ...order)
  const events = await readFile(join(dir, 'events.jsonl'), 'utf8')
  await writeFile(
    join(dir, 'events.jsonl'),
    orders.channel!.reduce((all, channel, code) => all.replaceAll(`"${channel}"`, `"${code + 40}"`), events),
  )
  const { artifact, scores } = await scoresOf(dir, 1)
  expect(scores).toEqual(Array.from(fixture.margins, createCalibrator(artifact.calibration)))
})

/** An archive of one file, as a training job packs it. */
function tarOf(name: string, content: Uint8Array): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('0', 156)
  header.write('ustar\0', 257)
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512), Buffer.alloc(1024)])
}
