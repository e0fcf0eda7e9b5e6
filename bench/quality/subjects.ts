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
/** The settings that a subject has where nothing is said; the best of some by the validation period; that of as many as ours has time for. */
const columns = ['asItComes', 'tuned', 'equalSeconds'] as const
export type Column = (typeof columns)[number]

/** Scores of the test period, higher is more anomalous; the processor's seconds for `tuned`, and how many configurations were `tried` in all. */
export type Answer = { readonly [column in Column]: Float64Array } & { readonly cpuS: number; readonly tried: number }
export type Budget = { readonly configurations: number; readonly seed: number }

/** Ours three times: tuned as `--tune` does, the mean of five models; and with one model a configuration. */
export async function askOurs(fold: Fold, budget: Budget): Promise<{ readonly five: Answer; readonly one: Answer }> {
  const first = await timed(() => trainOne(fold, fold.options))
  const search = async (bags: Partial<TrainOptions>): Promise<Answer> => {
    const random = new Random(budget.seed)
    let [best, cpuS] = [first.answer, first.cpuS]
    for (let place = 1; place < budget.configurations; place++) {
      const options = { ...fold.options, ...drawSettings(random, fold.options), ...bags }
      const { answer, cpuS: more } = await timed(() => trainOne(fold, options))
      cpuS += more
      if (answer.figure > best.figure) best = answer
    }
    const tuned = best.scores
    return { asItComes: first.answer.scores, tuned, equalSeconds: tuned, cpuS, tried: budget.configurations }
  }
  return { five: await search({}), one: await search({ bags: 1 }) }
}

async function timed<T>(run: () => Promise<T>): Promise<{ answer: T; cpuS: number }> {
  const started = process.cpuUsage()
  const answer = await run()
  const { user, system } = process.cpuUsage(started)
  return { answer, cpuS: (user + system) / 1e6 }
}

async function trainOne(fold: Fold, options: TrainOptions): Promise<{ figure: number; scores: Float64Array }> {
  const { validationStart, testStart } = fold.split
  const margins = await learnMargins({ ...fold, options }, { threads: 1 })
  const figure = averagePrecision({
    scores: margins.subarray(0, testStart - validationStart),
    labels: fold.labels.subarray(validationStart, testStart),
    weights: fold.weights.subarray(validationStart, testStart),
  })
  return { figure, scores: margins.slice(testStart - validationStart) }
}

/** What `tocsin train` does where nothing is configured, up to the model that is evaluated or, `all`, the one that serves; `given` is the section `model`. */
export function ourOptions(given: object, refit: TrainOptions['refit'] & string = 'beforeTest'): TrainOptions {
  const { model, operatingPoint } = parseConfig({ model: given })
  return { ...model, refit, operatingPoint }
}

export type Rivals = {
  readonly versions: readonly string[]
  /** `seconds`: what ours took. */
  ask(library: string, fold: Fold, budget: Budget & { readonly seconds: number }): Promise<Answer>
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
      const { cpuS, tried } = await python.ask({
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
      const rows = scores.length / columns.length
      const [asItComes, tuned, equalSeconds] = columns.map((_, i) => scores.subarray(i * rows, (i + 1) * rows))
      return { asItComes: asItComes!, tuned: tuned!, equalSeconds: equalSeconds!, cpuS: cpuS!, tried: tried! }
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
