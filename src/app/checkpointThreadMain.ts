// The thread of the checkpoints: begun by `checkpointThread.ts`, it looks at each write-ahead log often, and brings its pages home once there are some.

import { parentPort, workerData } from 'node:worker_threads'
import { Checkpointer } from '../core/sqlite.ts'
import type { CheckpointThreadData } from './checkpointThread.ts'

/** How often to look, ms; a look takes some µs. */
const pollMs = 20

const parent = parentPort!
const { files } = workerData as CheckpointThreadData
const checkpointers = files.map((file) => new Checkpointer(file))
const looking = setInterval(() => {
  for (const checkpointer of checkpointers) checkpointer.run()
}, pollMs)
parent.once('message', () => {
  clearInterval(looking)
  for (const checkpointer of checkpointers) checkpointer.close()
  parent.close()
})
