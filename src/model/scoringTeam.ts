// An artifact in, a scorer of many rows that shares them among threads out. Rows are split, never trees, so each score is the same bits
// whoever makes it.
//
// The vectors are copied into a window of shared memory, chunks of which this thread and its helpers claim by counting down. A helper that is
// late, or still compiling the model, costs time but changes nothing.

import { Worker } from 'node:worker_threads'
import { moduleBeside } from '../core/moduleBeside.ts'
import type { Artifact } from './artifact.ts'
import { loadModel } from './model.ts'

export type ScoringTeam = {
  /** Scores of `rows` vectors that lie one after another, into `out`; back when all are there. */
  scoreMany(vectors: Float32Array, rows: number, out: Float64Array): void
  /** Chunks that helpers have scored so far. */
  sharedChunks(): number
  /** Ends the helpers. */
  close(): Promise<void>
}

/** Fewer rows than these are scored by this thread alone: a helper that a busy machine puts off costs more than it takes over. */
export const leastSharedRows = 32_768
const windowRows = 65_536
const chunkRows = 1024

/** Words of the shared control area. */
const word = { remaining: 0, done: 1, rows: 2, awake: 3, failed: 4, stop: 5, shared: 6 }

/** What a helper needs; goes through `workerData`. */
export type ScoringHelperData = Window & { readonly artifact: Artifact }

/** One stretch of rows in shared memory. */
type Window = { readonly control: Int32Array; readonly vectors: Float32Array; readonly scores: Float64Array }
type Model = ReturnType<typeof loadModel>

/**
 * Starts `threads − 1` helpers, each with a compiled model of its own (which takes them some 100 ms, meanwhile this thread scores alone). Memory: the model a
 * thread, and 65,536 vectors. A process need not close the team to end.
 *
 * @example openScoringTeam(artifact, 4).scoreMany(vectors, 1_000_000, scores)
 */
export function openScoringTeam(artifact: Artifact, threads: number): ScoringTeam {
  const model = loadModel(artifact)
  const width = artifact.features.length
  const shared = (bytes: number) => new SharedArrayBuffer(bytes)
  const window: Window = {
    control: new Int32Array(shared(4 * Object.keys(word).length)),
    vectors: new Float32Array(shared(windowRows * width * 4)),
    scores: new Float64Array(shared(windowRows * 8)),
  }
  const workerData: ScoringHelperData = { ...window, artifact }
  const helpers = Array.from({ length: threads - 1 }, () => new Worker(workerUrl, { workerData }))
  for (const helper of helpers) helper.unref()
  return {
    scoreMany(vectors, rows, out) {
      if (rows < leastSharedRows || helpers.length === 0) return model.scoreMany(vectors, rows, out)
      for (let from = 0; from < rows; from += windowRows) {
        const count = Math.min(windowRows, rows - from)
        window.vectors.set(vectors.subarray(from * width, (from + count) * width))
        scoreWindow(window, model, count)
        out.set(window.scores.subarray(0, count), from)
      }
    },
    sharedChunks: () => Atomics.load(window.control, word.shared),
    async close() {
      Atomics.store(window.control, word.stop, 1)
      wake(window)
      await Promise.all(helpers.map((helper) => helper.terminate()))
    },
  }
}

const workerUrl = moduleBeside(import.meta.url, './scoringWorker')

function scoreWindow(window: Window, model: Model, rows: number): void {
  const { control } = window
  const chunks = Math.ceil(rows / chunkRows)
  Atomics.store(control, word.done, 0)
  Atomics.store(control, word.rows, rows)
  Atomics.store(control, word.remaining, chunks)
  wake(window)
  scoreChunks(window, model)
  for (let done = Atomics.load(control, word.done); done < chunks; done = Atomics.load(control, word.done))
    Atomics.wait(control, word.done, done)
  if (Atomics.load(control, word.failed) !== 0) throw new Error('scoring: a helper thread failed')
}

function wake({ control }: Window): void {
  Atomics.add(control, word.awake, 1)
  Atomics.notify(control, word.awake)
}

/** How many there were for this thread. */
function scoreChunks({ control, vectors, scores }: Window, model: Model): number {
  const width = model.features.length
  let scored = 0
  const claim = () => Atomics.sub(control, word.remaining, 1) - 1
  for (let chunk = claim(); chunk >= 0; chunk = claim()) {
    const from = chunk * chunkRows
    const count = Math.min(chunkRows, Atomics.load(control, word.rows) - from)
    try {
      model.scoreMany(
        vectors.subarray(from * width, (from + count) * width),
        count,
        scores.subarray(from, from + count),
      )
    } catch (error) {
      Atomics.store(control, word.failed, 1)
      throw error
    } finally {
      Atomics.add(control, word.done, 1)
      Atomics.notify(control, word.done)
    }
    scored++
  }
  return scored
}

/** The life of a helper: chunks while there are any, else sleep. */
export function help({ artifact, ...window }: ScoringHelperData): void {
  const model = loadModel(artifact)
  const { control } = window
  while (Atomics.load(control, word.stop) === 0) {
    const awake = Atomics.load(control, word.awake)
    Atomics.add(control, word.shared, scoreChunks(window, model))
    Atomics.wait(control, word.awake, awake)
  }
}
