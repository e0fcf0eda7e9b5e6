// The entry of Setup's thread: a task in, what it says out.

import { parentPort, workerData } from 'node:worker_threads'
import { perform } from './setupTask.ts'

await perform(workerData, (said) => parentPort?.postMessage(said))
