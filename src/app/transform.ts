// A file of rows in, a file of the model's answers out, line for line: SageMaker's batch transform with SplitType Line.

import { createReadStream } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parseConfig } from '../config.ts'
import { systemClock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import { invoke } from '../web/doors/invoke.ts'
import { only, openVariant } from './serve.ts'

export type TransformOptions = {
  readonly model: string
  readonly input: string
  readonly output: string
  /** Of both files' rows: `text/csv` or `application/jsonlines`. */
  readonly contentType: string
  readonly accept: string | undefined
  /** Each line of the output begins with its line of the input. */
  readonly isJoined: boolean
}

/** Sent to the model at once. */
const linesAtOnce = 1000

/** Resolves to the rows. The output is there whole or not at all. Throws the first bad row's error, with its line. */
export async function transformFile(options: TransformOptions): Promise<number> {
  const { input, output, isJoined } = options
  const score = await scorerOf(options)
  const partial = await open(`${output}.partial`, 'w')
  let rows = 0
  try {
    for await (const lines of linesOf(input)) {
      const answers = await score(lines, rows)
      const joined = isJoined ? answers.map((answer, i) => join(lines[i]!, answer)) : answers
      await partial.write(`${joined.join('\n')}\n`)
      rows += lines.length
    }
  } finally {
    await partial.close()
  }
  await rename(`${output}.partial`, output)
  return rows
}

async function scorerOf({ model, contentType, accept }: TransformOptions) {
  const variant = await openVariant(model)
  const parts = { variants: only(variant), settings: parseConfig({}).endpoint, clock: systemClock }
  const headers = { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) }
  const asked = { places: [], query: new URLSearchParams(), headers }
  return async (lines: readonly string[], before: number): Promise<readonly string[]> => {
    try {
      const answer = await invoke({ ...asked, body: Buffer.from(lines.join('\n')) }, parts, variant)
      return String(answer.body).trimEnd().split('\n')
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error
      const message = error.message.replace(/^row (\d+)/, (_, row: string) => `line ${before + Number(row) + 1}`)
      throw new TocsinError(error.code, message, { cause: error })
    }
  }
}

/** Lines that hold something, so many at once. */
async function* linesOf(path: string): AsyncGenerator<string[]> {
  let lines: string[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.trim() !== '') lines.push(line)
    if (lines.length < linesAtOnce) continue
    yield lines
    lines = []
  }
  if (lines.length > 0) yield lines
}

// As batch transform's JoinSource Input: columns are appended, an object gets a member more.
function join(line: string, answer: string): string {
  if (!line.startsWith('{')) return `${line},${answer}`
  const said = answer.startsWith('{') ? answer : JSON.stringify(Number(answer))
  return `${line.trimEnd().slice(0, -1)},"SageMakerOutput":${said}}`
}
