// Rows of one fold in, scores of its test period by ours and by the rivals out: each with its own settings, and tuned.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseConfig } from '../../src/config.ts'
import { Random } from '../../src/core/random.ts'
import { averagePrecision } from '../../src/train/metrics.ts'
import { learnMargins, type TrainInput, type TrainOptions } from '../../src/train/train.ts'
import { drawSettings } from '../../src/train/tune.ts'
import { startPython } from '../rivals.ts'

export const rivalNames = ['XGBoost', 'LightGBM', 'scikit-learn'] as const

/** `TrainInput` up to the end of the test period. */
export type Fold = TrainInput
/** Scores of the test period, higher is more anomalous, and the processor's seconds for all configurations. */
export type Answer = { readonly asItComes: Float64Array; readonly tuned: Float64Array; readonly cpuS: number }
export type Budget = { readonly configurations: number; readonly seed: number }

export async function askOurs(fold: Fold, { configurations, seed }: Budget): Promise<Answer> {
  const random = new Random(seed)
  const started = process.cpuUsage()
  let best = { figure: -1, scores: new Float64Array() }
  let asItComes = best.scores
  for (let place = 0; place < configurations; place++) {
    const settings = place === 0 ? {} : drawSettings(random, fold.options)
    const { figure, scores } = await trainOne(fold, { ...fold.options, ...settings })
    if (place === 0) asItComes = scores
    if (figure > best.figure) best = { figure, scores }
  }
  const { user, system } = process.cpuUsage(started)
  return { asItComes, tuned: best.scores, cpuS: (user + system) / 1e6 }
}

async function trainOne(
  fold: Fold,
  options: TrainOptions,
): Promise<{ figure: number; scores: Float64Array<ArrayBuffer> }> {
  const { validationStart, testStart } = fold.split
  const margins = await learnMargins({ ...fold, options }, { threads: 1 })
  const figure = averagePrecision({
    scores: margins.subarray(0, testStart - validationStart),
    labels: fold.labels.subarray(validationStart, testStart),
    weights: fold.weights.subarray(validationStart, testStart),
  })
  return { figure, scores: margins.slice(testStart - validationStart) }
}

/** What `tocsin train` does where nothing is configured; `given` is the section `model`. */
export function ourOptions(given: object): TrainOptions {
  const { model, operatingPoint } = parseConfig({ model: given })
  return { ...model, operatingPoint }
}

export type Rivals = {
  readonly versions: readonly string[]
  ask(library: string, fold: Fold, budget: Budget): Promise<Answer>
  close(): Promise<void>
}

/** null, with the reason printed, where Python or its packages can't be had. */
export async function startRivals(trees: number): Promise<Rivals | null> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-quality-'))
  const python = await startPython(fileURLToPath(new URL('./rivals.py', import.meta.url)), folder)
  if (!python) return null
  const versions = Object.entries(await python.ask({ ask: 'versions' })).map(([name, version]) => `${name} ${version}`)
  return {
    versions,
    async ask(library, fold, budget) {
      await writeFile(join(folder, 'columns'), fold.columns.map(bytesOf))
      await writeFile(join(folder, 'labels'), fold.labels)
      await writeFile(join(folder, 'weights'), bytesOf(fold.weights))
      const { cpuS } = await python.ask({
        ask: 'compete',
        library,
        rows: fold.labels.length,
        categories: fold.features.map(({ kind }) => kind === 'category'),
        trees,
        ...fold.split,
        ...budget,
      })
      const bytes = await readFile(join(folder, 'scores'))
      const scores = new Float64Array(new Uint8Array(bytes).buffer)
      const half = scores.length / 2
      return { asItComes: scores.subarray(0, half), tuned: scores.subarray(half), cpuS: cpuS! }
    },
    async close() {
      python.close()
      await rm(folder, { recursive: true })
    },
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
