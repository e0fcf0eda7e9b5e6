// Appends of many callers in, one commit for all that wait out: in order, in groups of bounded size, one group at a time.

import { setImmediate as turn } from 'node:timers/promises'
import { TocsinError } from '../core/error.ts'
import type { Appended, AppendRecord } from './stream.ts'

export type AppendGroups = readonly (readonly AppendRecord[])[]
type Answers = readonly (readonly Appended[])[]

type Waiting = {
  readonly records: readonly AppendRecord[]
  readonly size: number
  readonly resolve: (answers: readonly Appended[]) => void
  readonly reject: (error: unknown) => void
}

export type AppendQueueOptions = {
  /** Makes the groups durable; answers for each of their records. */
  readonly commit: (groups: AppendGroups) => Promise<Answers>
  /** Bytes of one commit; an append that is larger goes alone. */
  readonly maxCommitBytes: number
  /** Whether a commit takes all or nothing: then what failed together is tried again one by one, so that one append that cannot be
   *  taken spoils no other. */
  readonly isAtomic: boolean
}

/** While one commit is on its way, what comes waits for the next: the more callers, the larger the groups, the cheaper each record. */
export class AppendQueue {
  readonly #options: AppendQueueOptions
  #waiting: Waiting[] = []
  #committing: Promise<void> | undefined
  #isClosed = false

  constructor(options: AppendQueueOptions) {
    this.#options = options
  }

  async append(records: readonly AppendRecord[]): Promise<readonly Appended[]> {
    if (this.#isClosed) throw closed()
    if (records.length === 0) return []
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, size: sizeOf(records), resolve, reject })
      this.#committing ??= this.#commitAll()
    })
  }

  /** Takes no more; resolves when everything that was appended before is answered. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#committing
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // An immediate runs after the I/O of this turn: the appends of every request that came in together share a commit.
      await turn()
      await this.#commit(this.#take())
    }
    this.#committing = undefined
  }

  /** The oldest waiting appends that fit into one commit. */
  #take(): Waiting[] {
    let count = 1
    for (let size = this.#waiting[0]!.size; count < this.#waiting.length; count++) {
      size += this.#waiting[count]!.size
      if (size > this.#options.maxCommitBytes) break
    }
    return this.#waiting.splice(0, count)
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const { commit, isAtomic } = this.#options
    try {
      const answers = await commit(group.map(({ records }) => records))
      group.forEach(({ resolve }, i) => void resolve(answers[i]!))
    } catch (error) {
      if (isAtomic && group.length > 1) for (const waiting of group) await this.#commit([waiting])
      else for (const { reject } of group) reject(error)
    }
  }
}

/** Answers for all records of all groups, in the shape of the groups. */
export function regroup(groups: AppendGroups, answers: readonly Appended[]): Answers {
  let start = 0
  return groups.map(({ length }) => {
    start += length
    return answers.slice(start - length, start)
  })
}

function sizeOf(records: readonly AppendRecord[]): number {
  return records.reduce((sum, { key, bytes }) => sum + key.length + bytes.length, 0)
}

function closed(): TocsinError {
  return new TocsinError('STREAM_CLOSED', 'The stream is closed, and took nothing; append before the system stops.')
}
