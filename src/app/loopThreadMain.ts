// The thread of the loops: begun by `loopThread.ts`, it reads, decides and stores until it is told to stop.

import { Writable } from 'node:stream'
import { parentPort, workerData } from 'node:worker_threads'
import { TocsinError } from '../core/error.ts'
import type { LoopThreadData, Told } from './loopThread.ts'
import { startSystem } from './system.ts'

const parent = parentPort!
const { config, logLevel } = workerData as LoopThreadData
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
const thread = { tell: (told: Told) => parent.postMessage(told) }
const system = await startSystem({ config, roles: ['worker'], console: nowhere, logLevel, thread })
const end = async () => {
  await system.stop()
  parent.close()
}
parent.once('message', end)
system.failed.catch(async (error: unknown) => {
  // An error of ours keeps its code only if it is sent; any other ends the thread, loudly.
  if (!(error instanceof TocsinError)) throw error
  parent.postMessage({ failed: { code: error.code, message: error.message } })
  await end()
})
