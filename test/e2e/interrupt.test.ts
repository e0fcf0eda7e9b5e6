// `tocsin train` stopped as by Ctrl-C; what is left behind, what it says, and how it goes on.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runTocsin, startTocsin, stop, tempDir } from './tocsin.ts'

const minutes = 60_000

/** Events every minute, one in twenty-five an anomaly; `model` as in tocsin.yaml. */
async function project(model: string): Promise<string> {
  const dir = await tempDir()
  const line = (n: number) => {
    const label = n % 25 === 3 ? 1 : 0
    const time = new Date(Date.UTC(2025, 0, 1) + n * 60_000).toISOString()
    return `${time},${((n * 7919) % 997) / 100 + 3 * label},${((n * 104_729) % 991) / 100},${label}`
  }
  const lines = Array.from({ length: 6000 }, (_, n) => line(n)).join('\n')
  await writeFile(join(dir, 'history.csv'), `time,size,other,label\n${lines}\n`)
  await configure(dir, model)
  return dir
}

const configure = (dir: string, model: string) =>
  writeFile(join(dir, 'tocsin.yaml'), `events: {time: time, label: label}\nmodel: ${model}\n`)

const filesOf = (dir: string) =>
  readdir(join(dir, 'tocsin-data'), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })

test('training that is stopped registers nothing, leaves no file, says how to go on, and then does', {
  timeout: 2 * minutes,
}, async () => {
  // So many trees that it is still at them when it is stopped.
  const dir = await project('{maxTrees: 5000, earlyStoppingRounds: 5000, learningRate: 0.001, maxDepth: 12}')
  const training = startTocsin(['train', 'history.csv'], dir)
  await training.sees(/Read history/)
  const { code, err } = await stop(training)
  expect([code, err]).toEqual([
    130,
    expect.stringContaining('no model was registered; start again with the same command'),
  ])
  expect(await filesOf(dir)).toEqual([])
  await configure(dir, '{maxTrees: 20}')
  const again = await runTocsin(['train', 'history.csv'], dir)
  expect([again.code, again.out]).toEqual([0, expect.stringContaining('Registered as version 1')])
})

test('a search that is stopped keeps its finished trials and nothing else, and goes on from them', {
  timeout: 3 * minutes,
}, async () => {
  const dir = await project('{maxTrees: 40}')
  const log = join(dir, 'trials.jsonl')
  const trials = () => readFile(log, 'utf8').catch(() => '')
  const search = startTocsin(['train', 'history.csv', '--tune', '1h', '--tune-log', log], dir)
  await expect.poll(trials, { timeout: minutes }).toMatch(/\n/)
  const { code, err } = await stop(search)
  expect([code, err]).toEqual([130, expect.stringContaining(`the same command goes on from ${log}`)])
  expect(await filesOf(dir)).toEqual([])
  const before = await trials()
  expect(before.endsWith('\n')).toBe(true)
  const again = await runTocsin(['train', 'history.csv', '--tune', '1s', '--tune-log', log], dir)
  expect([again.code, again.out]).toEqual([0, expect.stringContaining('Registered as version 1')])
  expect((await trials()).startsWith(before)).toBe(true)
})
