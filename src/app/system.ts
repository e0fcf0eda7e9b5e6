// A configuration in, a running system out: every room opened in the order of the data, and closed in the opposite order.

import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { alertOf, createRouter } from '../alert/alert.ts'
import type { Config } from '../config.ts'
import type { Delivery } from '../core/alert.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { type Day, dayOf } from '../core/day.ts'
import { stableId } from '../core/digest.ts'
import { TocsinError } from '../core/error.ts'
import { Random } from '../core/random.ts'
import { runPartition } from '../loop.ts'
import { createNotifier, createReceivers } from '../notify/notify.ts'
import { openRegistry } from '../registry/registry.ts'
import { closeFinishedDays, openDay } from '../report/report.ts'
import { createScorer, type Scorer } from '../score/score.ts'
import { openEmbeddedStore } from '../store/embedded.ts'
import { lockDataDir } from '../store/lock.ts'
import type { Store } from '../store/store.ts'
import { openEmbeddedStream } from '../stream/embedded.ts'
import type { Stream } from '../stream/stream.ts'
import { createServer } from '../web/web.ts'
import { createMeter } from './meter.ts'

export type System = {
  /** Where the console and the API answer, e.g. `http://127.0.0.1:4380`. */
  readonly url: string
  readonly store: Store
  readonly stream: Stream
  /** Rejects when a part that must run has ended: the process should end with it, loudly. */
  readonly failed: Promise<never>
  /** Records accepted and not yet decided. */
  lag(): Promise<number>
  /** Closes every day that the watermark has passed. */
  closeDays(): Promise<readonly Day[]>
  stop(): Promise<void>
}

export type SystemOptions = {
  readonly config: Config
  /** Where the console receiver writes its lines. */
  readonly console: Writable
  readonly logLevel?: string
  readonly clock?: Clock
}
