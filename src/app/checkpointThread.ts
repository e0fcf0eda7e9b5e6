// A data folder in, the pages of its write-ahead logs brought home by a thread of their own out, until told to stop: a commit that had to do it would wait for the disk three times.

import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { moduleBeside } from '../core/moduleBeside.ts'

export type CheckpointThreadData = { readonly files: readonly string[] }

export type CheckpointThread = { stop(): Promise<void> }

/** Both files are there already. */
export function startCheckpoints(dataDir: string): CheckpointThread {
  const workerData: CheckpointThreadData = { files: ['stream.db', 'store.db'].map((name) => join(dataDir, name)) }
  const thread = new Worker(threadUrl, { workerData })
  // Without it nothing is lost: what it leaves undone, commits do themselves.
  thread.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
  return {
    stop: () => {
      thread.postMessage('stop')
      return ended
    },
  }
}

const threadUrl = moduleBeside(import.meta.url, './checkpointThreadMain')
