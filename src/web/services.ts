// What the web needs from the running system, handed in by the app: the doors of rooms, a clock, a log.

import type { Clock } from '../core/clock.ts'
import type { Day } from '../core/day.ts'
import type { Registry } from '../registry/registry.ts'
import type { DaySummary } from '../report/report.ts'
import type { Scorer } from '../score/score.ts'
import type { Store } from '../store/store.ts'
import type { Stream } from '../stream/stream.ts'

export type Services = {
  readonly detector: string
  readonly timeZone: string
  readonly stream: Pick<Stream, 'append'>
  readonly store: Store
  /** The champion's; undefined where there is no model yet. */
  readonly scorer: () => Promise<Pick<Scorer, 'parse' | 'decide'> | undefined>
  readonly registry: Pick<Registry, 'list' | 'promote'>
  /** The day as it stands; undefined where it has no data. */
  readonly summary: (day: Day) => Promise<DaySummary | undefined>
  /** Columns that name an event's entity and the event, for the key of events that no model can read yet; the first present counts. */
  readonly keyColumns?: readonly string[]
  /** Where it is set, everything but the console's files and the health pages demands it. */
  readonly token?: string | undefined
  readonly maxBodyBytes: number
  /** Folder of the built console. */
  readonly consoleDir: string
  readonly clock: Clock
  readonly logger: Logger
  /** Events stored in the last whole second. */
  readonly eventsPerSecond: () => number
  /** Records accepted and not yet decided. */
  readonly lag: () => Promise<number>
}

export type Logger = Readonly<Record<'info' | 'warn' | 'error', (facts: object, message: string) => void>>
