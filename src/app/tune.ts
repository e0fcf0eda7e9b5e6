// A history, a time and a log in, tuned options out; each trial is in the log before the next begins.

import { appendFileSync } from 'node:fs'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { TrainInput } from '../train/train.ts'
import { type Trial, type Tuned, tune } from '../train/tune.ts'

export type TuneOptions = {
  readonly budgetMs: number
  /** JSON lines; a search that was broken off goes on from it. */
  readonly logPath: string
}

export type TuneProgress = { readonly trials: number; readonly share: number; readonly best: number }

const trialSchema: z.ZodType<Trial> = z.strictObject({
  key: z.string(),
  settings: z.record(z.string(), z.number()),
  fold: z.int().min(0),
  averagePrecision: z.number(),
  seconds: z.number(),
})

export async function tuneWithLog(
  input: TrainInput,
  { budgetMs, logPath }: TuneOptions,
  hooks: { readonly onProgress?: (progress: TuneProgress) => void; readonly signal?: AbortSignal },
): Promise<Tuned> {
  await mkdir(dirname(logPath), { recursive: true })
  const { known, isTorn } = await readLog(logPath)
  if (isTorn) await appendFile(logPath, '\n')
  const seen = new Set(known.map(({ key }) => key))
  let trials = 0
  return tune(input, {
    budgetMs,
    known,
    now: () => performance.now(),
    onTrial(trial, { share, best }) {
      if (!seen.has(trial.key)) appendFileSync(logPath, `${JSON.stringify(trial)}\n`)
      hooks.onProgress?.({ trials: ++trials, share, best })
    },
    ...(hooks.signal ? { signal: hooks.signal } : {}),
  })
}

// A line that was cut off when the process was killed is a trial that was not made.
async function readLog(path: string): Promise<{ known: Trial[]; isTorn: boolean }> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { known: [], isTorn: false }
    throw error
  }
  const known = text.split('\n').flatMap((line) => {
    const parsed = trialSchema.safeParse(parseJson(line))
    return parsed.success ? [parsed.data] : []
  })
  return { known, isTorn: text !== '' && !text.endsWith('\n') }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
