// Setup without a browser: what it takes, what it refuses, and what is left where it ends.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Config, parseConfig, readConfig } from '../config.ts'
import { systemClock } from '../core/clock.ts'
import { Random } from '../core/random.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import type { Store } from '../store/store.ts'
import type { SetupChoices, SetupState } from '../web/services.ts'
import { openSetup, type SetupHost } from './setup.ts'

let dir: string
let store: Store
let config: Config
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-setup-'))
  config = parseConfig({ dataDir: join(dir, 'data') })
  await mkdir(config.dataDir)
  store = await openEmbeddedStore({ dir: config.dataDir, clock: systemClock })
})
afterEach(async () => {
  await store.close()
  await rm(dir, { recursive: true })
})

const patience = 60_000
const choices: SetupChoices = {
  ...{ detector: 'machines', label: 'failed', anomaly: 'yes', time: null, amount: null, entity: null, id: null },
  ...{ ignore: ['note'], accept: [], alertsPerDay: 20, timeZone: 'Europe/Berlin' },
}

function readings(): Buffer {
  const random = new Random(3)
  const rows = Array.from({ length: 1500 }, () => {
    const isFailed = random.below(15) === 0
    return [
      Math.round(100 * (random.normal() + (isFailed ? 1.5 : 0))) / 100,
      random.below(9),
      'x',
      isFailed ? 'yes' : 'no',
    ]
  })
  return Buffer.from(['heat,load,note,failed', ...rows.map((row) => row.join(','))].join('\n'))
}

async function open(host: Partial<SetupHost> = {}, of = config) {
  const written = Promise.withResolvers<SetupState['trained']>()
  const path = join(dir, 'tocsin.yaml')
  const parts = { path, isConfigured: false, environment: {}, trained: null, onWritten: written.resolve, ...host }
  const setup = await openSetup({ ...parts, config: of, store })
  const send = (body = readings(), name = 'readings.csv') =>
    setup.receive({ name, bytes: body.length, offset: 0, body })
  /** Once it is idle, whichever thread is busy meanwhile. */
  const settled = async () => {
    await expect.poll(async () => (await setup.state()).progress, { timeout: patience }).toBeNull()
    return setup.state()
  }
  return { setup, send, settled, path, written: written.promise }
}

test('a file and choices become a champion, and the tocsin.yaml that says the same', {
  timeout: 2 * patience,
}, async () => {
  const { setup, send, settled, path, written } = await open()
  await send()
  expect(await settled()).toMatchObject({ phase: 'choosing', inspected: { rows: 1500, guess: { label: null } } })
  await setup.train(choices)
  const { trained } = await settled()
  expect(trained).toMatchObject({ detector: 'machines', version: 1, features: 2 })
  expect(await store.aliases('machines')).toEqual({})
  expect(await setup.report()).toContain('readings.csv')
  await setup.goLive()
  expect(await written).toEqual(trained)
  expect(await store.aliases('machines')).toEqual({ champion: 1 })
  const read = readConfig(await readFile(path, 'utf8'), path, {})
  expect(read).toMatchObject({
    detector: 'machines',
    events: { label: { column: 'failed', anomaly: 'yes' }, ignore: ['note'] },
    operatingPoint: { alertsPerDay: 20 },
    report: { timeZone: 'Europe/Berlin' },
  })
  expect(await readdir(config.dataDir)).not.toContain('setup')
})

test('a tocsin.yaml that is there is neither asked for again nor changed', { timeout: 2 * patience }, async () => {
  const given = parseConfig({
    ...{ detector: 'pumps', dataDir: config.dataDir },
    events: { label: { column: 'failed', anomaly: 'yes' } },
  })
  const { setup, send, settled, path } = await open({ isConfigured: true }, given)
  await send()
  await settled()
  await setup.train({ ...choices, label: 'nonsense' })
  expect((await settled()).trained).toMatchObject({ detector: 'pumps', yaml: null })
  await setup.goLive()
  expect(await setup.state()).toMatchObject({ phase: 'live' })
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(send()).rejects.toMatchObject({ code: 'SETUP_DONE' })
  await expect(setup.train(choices)).rejects.toMatchObject({ code: 'SETUP_DONE' })
})

test('a configuration that came meanwhile is not overwritten, and nothing goes live', {
  timeout: 2 * patience,
}, async () => {
  const { setup, send, settled, path } = await open()
  await send()
  await settled()
  await setup.train(choices)
  await settled()
  await writeFile(path, 'detector: mine\n')
  await expect(setup.goLive()).rejects.toMatchObject({ code: 'CONFIG_EXISTS' })
  expect(await readFile(path, 'utf8')).toBe('detector: mine\n')
  expect(await store.aliases('machines')).toEqual({})
})

test('steps out of order, and choices that make no configuration, are refused', { timeout: patience }, async () => {
  const { setup, send, settled } = await open()
  await expect(setup.check(choices)).rejects.toMatchObject({ code: 'SETUP_NO_FILE' })
  await expect(setup.goLive()).rejects.toMatchObject({ code: 'SETUP_NOT_TRAINED' })
  await send()
  await expect(setup.train(choices)).rejects.toMatchObject({ code: 'SETUP_BUSY' })
  await settled()
  await expect(setup.train({ ...choices, detector: 'Not A Name!' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await expect(setup.train({ ...choices, timeZone: 'Atlantis' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await setup.train({ ...choices, label: 'feiled' })
  expect(await settled()).toMatchObject({ phase: 'choosing', problem: { code: 'HISTORY_COLUMN_MISSING' } })
})

test('a text of a name, a label or a column cannot become other lines of tocsin.yaml', {
  timeout: patience,
}, async () => {
  const { setup, send, settled } = await open()
  await send()
  await settled()
  const evil = 'x"\nweb: {host: 0.0.0.0}\n'
  for (const key of ['detector', 'timeZone'] as const)
    for (const text of [evil, 'UTC}\nweb: {port: 1', 'UTC\ndataDir: /elsewhere'])
      await expect(setup.check({ ...choices, [key]: text })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  for (const secret of ['${HOME}', '${file:/etc/hostname}'])
    await expect(setup.check({ ...choices, label: secret })).rejects.toThrow('for a variable')
  await setup.check({ ...choices, ignore: [evil], label: evil })
  expect(await settled()).toMatchObject({ problem: { code: 'HISTORY_COLUMN_MISSING' } })
})

test('what an earlier process left of a file is gone with the next start', async () => {
  const left = join(config.dataDir, 'setup')
  await mkdir(left)
  await writeFile(join(left, 'half.csv'), 'a,b')
  const { setup } = await open()
  expect(await readdir(config.dataDir)).not.toContain('setup')
  expect(await setup.state()).toMatchObject({ phase: 'file', file: null })
})
