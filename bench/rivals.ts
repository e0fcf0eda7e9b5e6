// Python's libraries as subjects: installs them under bench/.rivals, keeps one Python process, asks it to train or predict.

import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Matrix } from './cardlike.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('./.rivals', import.meta.url))
const interpreter = join(folder, 'bin', 'python')

/** What rivals train with; ours does the same. */
export type Training = {
  readonly threads: number
  readonly trees: number
  readonly depth: number
  readonly leaves: number
  readonly bins: number
  readonly learningRate: number
}

export type Rivals = {
  /** e.g. `xgboost 3.2.0`. */
  readonly versions: readonly string[]
  /** Trains on rows before `trainEnd`; scores the rows from `testStart` on. */
  train(library: string, given: Training): Promise<{ wallS: number; cpuS: number; scores: Float64Array }>
  /** Most memory that a process of its own held which read the matrix and trained once. */
  peakBytes(library: string, given: Training): Promise<number>
  /** µs a row of the model trained last: all test rows at once, and row by row. */
  predict(library: string): Promise<{ batchUs: number; singleUs: number }>
  /** XGBoost's last model as its own JSON. */
  xgboostModel(): Promise<string>
  /** Where the process reads the matrix from: see `writeMatrix`. */
  readonly folder: string
  close(): Promise<void>
}

/** null, with the reason printed, where Python or its packages can't be had. */
export async function startRivals(
  matrix: Matrix,
  rows: { trainEnd: number; testStart: number },
): Promise<Rivals | null> {
  const data = await writeMatrix(matrix)
  const program = fileURLToPath(new URL('./rivals.py', import.meta.url))
  const python = await startPython(program, data)
  if (!python) return null
  const ask = (question: object) => python.ask({ ...question, ...rows, width: matrix.columns.length })
  const versions = Object.entries(await ask({ ask: 'versions' })).map(([name, version]) => `${name} ${version}`)
  return {
    versions,
    folder: data,
    async train(library, given) {
      const { wallS, cpuS } = await ask({ ask: 'train', library, ...given })
      const bytes = await readFile(join(data, 'scores'))
      return { wallS: wallS!, cpuS: cpuS!, scores: new Float64Array(new Uint8Array(bytes).buffer) }
    },
    async peakBytes(library, given) {
      const question = { ...given, ...rows, library, width: matrix.columns.length }
      const { stdout } = await run(interpreter, [program, data, JSON.stringify(question)])
      return JSON.parse(stdout).peakBytes
    },
    async predict(library) {
      const { batchUs, singleUs } = await ask({ ask: 'predict', library })
      return { batchUs: batchUs!, singleUs: singleUs! }
    },
    async xgboostModel() {
      await ask({ ask: 'trees' })
      return readFile(join(data, 'xgboost.json'), 'utf8')
    },
    async close() {
      python.close()
      await rm(data, { recursive: true })
    },
  }
}

export type Python = { ask(question: object): Promise<Record<string, number>>; close(): void }

/** A program that answers lines of JSON with lines of JSON; null, with the reason printed, where Python or its packages can't be had. */
export async function startPython(program: string, data: string, needs: Packages = trainers): Promise<Python | null> {
  try {
    await install(needs)
  } catch (error) {
    console.error(`no rivals: ${(error as Error).message.split('\n')[0]}`)
    return null
  }
  const child = spawn(interpreter, [program, data], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error('the Python process ended; its error stands above')
      return JSON.parse(value)
    },
    close: () => child.stdin.end(),
  }
}

/** The columns one after another as float32, and the labels, as files of a new temporary folder. */
async function writeMatrix({ columns, labels }: Matrix): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
  await writeFile(
    join(folder, 'columns'),
    columns.map((column) => new Uint8Array(column.buffer, column.byteOffset, column.byteLength)),
  )
  await writeFile(join(folder, 'labels'), labels)
  return folder
}

/** What a program imports, and the packages that bring it. */
type Packages = { readonly imports: string; readonly packages: readonly string[] }

const trainers: Packages = {
  imports: 'import xgboost, lightgbm, sklearn, onnxruntime, onnxmltools',
  packages: ['xgboost', 'lightgbm', 'scikit-learn', 'onnxruntime', 'onnxmltools'],
}

async function install({ imports, packages }: Packages): Promise<void> {
  if (await run(interpreter, ['-c', imports]).then(Boolean, () => false)) return
  console.error(`installing ${packages.join(', ')} under bench/.rivals …`)
  await run(await newestPython(), ['-m', 'venv', folder])
  await run(interpreter, ['-m', 'pip', 'install', '--quiet', ...packages])
}

// Current libraries need a newer Python than a distribution's own: XGBoost 3.4 one from 3.12 on, where 3.11 gets 3.2.
async function newestPython(): Promise<string> {
  const root = await run('pyenv', ['root']).then(
    ({ stdout }) => stdout.trim(),
    () => join(homedir(), '.pyenv'),
  )
  const versions = await readdir(join(root, 'versions')).catch(() => [])
  const candidates = [14, 13, 12].flatMap((minor) => [
    `python3.${minor}`,
    ...versions
      .filter((name) => name.startsWith(`3.${minor}.`))
      .map((name) => join(root, 'versions', name, 'bin/python')),
  ])
  for (const python of candidates)
    if (await run(python, ['-c', 'import venv, ensurepip']).then(Boolean, () => false)) return python
  return 'python3'
}
