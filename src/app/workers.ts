// What a process serves in, so many processes that serve it at one address out: one that dies is replaced, and all drain before they end.

import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'

/** What serves, once it does. */
type Serving = {
  /** For whoever started it: what answers, and where. */
  readonly line: string
  /** Rejects where it cannot go on. */
  readonly failed?: Promise<never>
  stop(): Promise<void>
}

export type SharedWork = {
  readonly processes: number
  readonly signal: AbortSignal
  /** Called in each process. */
  start(): Promise<Serving>
  /** All of them answer. */
  onUp(line: string): void
  /** One has died and another takes its place. */
  onReplaced(reason: string): void
}

/** Resolves to the exit code when `signal` has aborted and all have ended, or when one could not start. */
export async function shareWork(work: SharedWork): Promise<number> {
  if (cluster.isWorker) return serveAsOne(work)
  return work.processes > 1 ? leadProcesses(work) : serveAlone(work)
}

async function serveAlone({ start, signal, onUp }: SharedWork): Promise<number> {
  const serving = await start()
  onUp(serving.line)
  await Promise.race([aborted(signal), ...(serving.failed ? [serving.failed] : [])])
  await serving.stop()
  return 0
}

/** What the one that leads says to end, and what it is told. */
const stop = 'stop'
type Told = { readonly line: string }

async function serveAsOne({ start, signal }: SharedWork): Promise<number> {
  const told = new Promise<void>((resolve) => process.on('message', (message) => message === stop && resolve()))
  try {
    const serving = await start()
    process.send!({ line: serving.line } satisfies Told)
    await Promise.race([told, aborted(signal), ...(serving.failed ? [serving.failed] : [])])
    await serving.stop()
    return 0
  } finally {
    // Listening to the one that leads is no reason to live on.
    process.channel?.unref()
  }
}

// The same command line runs in each; connections are handed out in turn.
async function leadProcesses({ processes, signal, onUp, onReplaced }: SharedWork): Promise<number> {
  const up = new Map<Worker, string>()
  let exitCode = 0
  let isOver = false
  let isTold = false
  const over = Promise.withResolvers<void>()
  const end = (code: number) => {
    isOver = true
    exitCode ||= code
    over.resolve()
  }
  const fork = (): Worker =>
    cluster
      .fork()
      .on('message', function (this: Worker, message: unknown) {
        if (!isTold && typeof message === 'object' && message !== null && 'line' in message)
          up.set(this, String(message.line))
        if (isTold || up.size < processes) return
        isTold = true
        onUp(`${String([...up.values()][0])}, by processes ${[...up.keys()].map(pidOf).join(', ')}`)
      })
      .on('exit', function (this: Worker, code: number | null, killedBy: string | null) {
        const wasUp = isTold || up.delete(this)
        if (isOver) return
        if (!wasUp) return end(code || 1)
        onReplaced(`process ${pidOf(this)} has ended (${killedBy ?? code}); process ${pidOf(fork())} takes its place`)
      })
  for (let i = 0; i < processes; i++) fork()
  signal.addEventListener('abort', () => end(0), { once: true })
  if (signal.aborted) end(0)
  await over.promise
  await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => ended(worker!)))
  return exitCode
}

async function ended(worker: Worker): Promise<void> {
  if (worker.isDead()) return
  const gone = once(worker, 'exit')
  if (worker.isConnected()) worker.send(stop)
  await gone
}

function pidOf(worker: Worker): number | undefined {
  return worker.process.pid
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
