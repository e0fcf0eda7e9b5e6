// A model that left as XGBoost's JSON, taken in again with a history: it ranks as before, and is ready to be promoted.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Config, parseConfig } from '../config.ts'
import { Random } from '../core/random.ts'
import { loadModel } from '../model/model.ts'
import { exportModel } from './exportModel.ts'
import { importDetectorModel } from './importModel.ts'
import { type Trained, trainDetector } from './train.ts'

let [dir, history, model] = ['', '', '']
let config: Config
let trained: Trained

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-import-'))
  history = join(dir, 'history.csv')
  model = join(dir, 'model.json')
  await writeFile(history, csv(['speed', 'torque', 'heat']))
  config = parseConfig({
    dataDir: dir,
    events: { label: 'broken', time: 'at' },
    model: { maxTrees: 20, refit: 'none' },
  })
  trained = await trainDetector(config, history)
  await exportModel(config, { version: 1, path: model, format: 'xgboost' })
})
afterAll(() => rm(dir, { recursive: true }))

function csv(names: readonly string[]): string {
  const random = new Random(3)
  const rows = Array.from({ length: 3000 }, (_, row) => {
    const isBroken = random.below(20) === 0
    const values = names.map((_, place) => (random.normal() + (isBroken ? 1.2 - place * 0.4 : 0)).toFixed(4))
    return [new Date(row * 60_000).toISOString(), ...values, isBroken ? 1 : 0].join(',')
  })
  return `${[['at', ...names, 'broken'].join(','), ...rows].join('\n')}\n`
}

test('it is calibrated, evaluated and registered, and scores as the model that it was made from', async () => {
  const imported = await importDetectorModel(config, { model, history })
  expect(imported).toMatchObject({ version: 2, isChampion: false, source: 'XGBoost 1.7.6, JSON', findings: [] })
  expect(imported.artifact.hyperparameters).toEqual({
    importedFrom: 'XGBoost 1.7.6, JSON',
    objective: 'binary:logistic',
  })
  expect(imported.artifact.evaluation.averagePrecision.value).toBeCloseTo(
    trained.artifact.evaluation.averagePrecision.value,
    3,
  )
  const vector = Float32Array.of(1.5, 0.3, -0.2)
  const before = loadModel(trained.artifact)
  const after = loadModel(imported.artifact)
  expect(after.margin(vector)).toBeCloseTo(before.margin(vector), 4)
  expect(after.score(vector)).toBeCloseTo(before.score(vector), 4)
})

test('a model that names no columns reads the features in their order, and says so', async () => {
  const nameless = join(dir, 'nameless.json')
  await writeFile(nameless, (await readFile(model, 'utf8')).replace(/"feature_names":\[[^\]]*\]/, '"feature_names":[]'))
  const { findings, artifact } = await importDetectorModel(config, { model: nameless, history })
  expect(findings).toEqual([
    "the model names no columns; it reads the history's features in their order: speed, torque, heat",
  ])
  expect(artifact.features.map(({ name }) => name)).toEqual(['speed', 'torque', 'heat'])
})

test.each([
  ['lacks a column', csv(['speed', 'torque', 'warmth']), /"heat", which is not there/],
  [
    'holds texts in a column',
    csv(['speed', 'torque', 'heat']).replace(/(\d),(\d)$/gm, '$1 C,$2'),
    /"heat", which holds/,
  ],
])('a history that %s is refused', async (_, content, reason) => {
  const other = join(dir, 'other.csv')
  await writeFile(other, content)
  await expect(importDetectorModel(config, { model, history: other })).rejects.toThrow(reason)
})

test('a model file that is not there is named', async () => {
  await expect(importDetectorModel(config, { model: join(dir, 'none.json'), history })).rejects.toMatchObject({
    code: 'MODEL_IMPORT_MISSING',
  })
})
