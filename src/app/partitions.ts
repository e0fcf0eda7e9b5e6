// The partitions that are this process's in, one run for each out: begun when a partition is assigned, ended when it is taken away.

import type { Stream } from '../stream/stream.ts'

type Run = { readonly stop: AbortController; readonly done: Promise<void> }

export type PartitionRunner = {
  readonly stream: Pick<Stream, 'partitions' | 'assigned'>
  /** Works on the partition until its signal aborts. */
  readonly run: (partition: number, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}

/** Resolves when `signal` has aborted and every run has ended. Rejects, after ending the others, with what a run or the group failed with; what a run says that was asked to end is not a failure. */
export async function runPartitions({ stream, run, signal }: PartitionRunner): Promise<void> {
  const failing = new AbortController()
  const ended = AbortSignal.any([signal, failing.signal])
  const runs = new Map<number, Run>()
  const begin = (partition: number, after: Promise<void> | undefined) => {
    const stop = new AbortController()
    const until = AbortSignal.any([ended, stop.signal])
    const done = (after ?? Promise.resolve()).then(() => run(partition, until))
    done.catch((error: unknown) => until.aborted || failing.abort(error))
    runs.set(partition, { stop, done })
  }
  for await (const mine of assignments(stream, ended)) {
    for (const [partition, { stop }] of runs) if (!mine.includes(partition)) stop.abort()
    // One that was taken away and comes back waits for its own last batch.
    for (const partition of mine) if (isOver(runs.get(partition))) begin(partition, runs.get(partition)?.done)
  }
  await Promise.allSettled([...runs.values()].map(({ done }) => done))
  if (failing.signal.aborted) throw failing.signal.reason
}

function isOver(run: Run | undefined): boolean {
  return run === undefined || run.stop.signal.aborted
}

async function* assignments(stream: PartitionRunner['stream'], ended: AbortSignal): AsyncGenerator<readonly number[]> {
  if (stream.assigned) return yield* stream.assigned(ended)
  yield Array.from({ length: stream.partitions }, (_, partition) => partition)
  if (!ended.aborted) await new Promise((resolve) => ended.addEventListener('abort', resolve, { once: true }))
}
