// A configuration in; the partitions' loops run in a thread of their own out, until told to stop: one core decides while another takes events in.

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Config } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { moduleBeside } from '../core/moduleBeside.ts'

/** What the thread tells of a batch that it has committed, or of a canary that it could not score. */
export type Told = { readonly events: number } | { readonly refused: string }
type Message = Told | { readonly failed: { readonly code: string; readonly message: string } }

export type LoopThreadData = Pick<LoopThreadParts, 'config' | 'logLevel'>

export type LoopThreadParts = {
  readonly config: Config
  readonly logLevel: string
  readonly signal: AbortSignal
  readonly onTold: (told: Told) => void
}

/** What a batch of thousands of events is made of is gone after it: where all of it has room, hardly anything is copied to be kept. */
const resourceLimits = { maxYoungGenerationSizeMb: 192 }

/** Where two threads share the files: a broker's group and PostgreSQL have processes for it. */
export function hasLoopThread({ stream, store }: Config): boolean {
  return stream.kind === 'embedded' && store.kind === 'embedded' && availableParallelism() > 1
}

/** Resolves when `signal` has aborted and the last batch is done. Rejects with what ended the thread before. */
export async function runInThread({ config, logLevel, signal, onTold }: LoopThreadParts): Promise<void> {
  if (signal.aborted) return
  const workerData: LoopThreadData = { config, logLevel }
  const thread = new Worker(threadUrl, { workerData, resourceLimits })
  const stop = () => thread.postMessage('stop')
  signal.addEventListener('abort', stop, { once: true })
  await new Promise<void>((resolve, reject) => {
    thread.on('message', (message: Message) => {
      if ('failed' in message) reject(new TocsinError(message.failed.code, message.failed.message))
      else onTold(message)
    })
    thread.once('error', reject)
    thread.once('exit', (code) =>
      signal.aborted ? resolve() : reject(new TypeError(`the loop's thread ended with ${code}`)),
    )
  })
}

const threadUrl = moduleBeside(import.meta.url, './loopThreadMain')
