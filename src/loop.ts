// One partition's records in, one store transaction for each batch out: the heart of the system (ARCHITECTURE.md, "One loop, one transaction").

import type { Alert, Delivery } from './core/alert.ts'
import type { Binning } from './core/binning.ts'
import type { Clock } from './core/clock.ts'
import { dayEnd, dayOf, dayStart } from './core/day.ts'
import type { DeadLetter, Decision } from './core/decision.ts'
import { TocsinError } from './core/error.ts'
import type { Event } from './core/event.ts'
import { isPassing, patiently } from './core/patience.ts'

type LoopRecord = {
  readonly partition: number
  readonly position: number
  readonly bytes: Uint8Array
  readonly appendedAt: number
}

type LoopStream = {
  consume(
    partition: number,
    position: number,
    options: { readonly maxRecords: number; readonly signal: AbortSignal },
  ): AsyncIterable<readonly LoopRecord[]>
}

/** What the store takes in one transaction; `store/store.ts` says what each part means. */
type Batch = {
  readonly detector: string
  readonly partition: number
  readonly expected: number
  readonly next: number
  readonly watermark: number
  readonly decisions: readonly Decision[]
  readonly deadLetters: readonly DeadLetter[]
  readonly alerts: readonly Alert[]
  /** Of canaries alone: who is told of alerts the router decides. */
  readonly deliveries: readonly Delivery[]
  readonly duplicates: number
  readonly binning?: Binning
  readonly featureChanges?: {
    readonly set: string
    readonly forgettings: number
    readonly states: readonly { readonly key: string; readonly expected: number; readonly bytes: Uint8Array }[]
  }
}

type LoopStore = {
  partition(detector: string, partition: number): Promise<{ readonly next: number; readonly watermark: number }>
  seen(detector: string, eventIds: readonly string[]): Promise<ReadonlySet<string>>
  commit(batch: Batch): Promise<boolean>
}

/** What features remember of entities, at hand for one batch at a time; `app/featureMemory.ts` says what each does. */
type LoopMemory = {
  alone<T>(work: () => Promise<T>): Promise<T>
  load(events: readonly Event[]): Promise<void>
  vectors(events: readonly Event[]): Float32Array
  look(event: Event): Float32Array
  learn(): void
  changes(): NonNullable<Batch['featureChanges']>
  settle(isCommitted: boolean): void
}

type LoopScorer = {
  decode(record: LoopRecord): Event
  readonly memory?: LoopMemory | undefined
  readonly binning?: Binning | undefined
  decide(
    events: readonly Event[],
    vectors?: Float32Array,
  ): readonly Omit<Decision, 'detector' | 'partition' | 'position' | 'isLate'>[]
}

export type LoopOptions = {
  readonly detector: string
  readonly partition: number
  readonly stream: LoopStream
  readonly store: LoopStore
  /** Asked once for each batch, so that a promoted model decides from the next batch on. */
  readonly scorer: () => Promise<LoopScorer>
  /** Which decisions are alerts; who is told of them is decided later, by one for all partitions. */
  readonly alertsOf: (decisions: readonly Decision[]) => readonly Alert[]
  /** Takes canaries out of a batch; each leads to a delivery. All are events where absent. */
  readonly proof?: (
    records: readonly LoopRecord[],
    scorer: LoopScorer,
  ) => { readonly events: readonly LoopRecord[]; readonly deliveries: readonly Delivery[] }
  /** How far the watermark stays behind the newest event time, ms. */
  readonly allowedLatenessMs: number
  /** How far ahead of the clock an event may claim to be, ms; default one day. Further ahead it would close days that have not been. */
  readonly maxFutureMs?: number
  /** Where days begin. */
  readonly timeZone: string
  readonly maxRecords: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** After each commit. */
  readonly onBatch?: (batch: Batch) => void
  /** Before each wait for a store that cannot take the batch now. */
  readonly onWait?: (error: TocsinError, delayMs: number) => void
}

const dayMs = 86_400_000

/**
 * Reads the partition from the stored position until the stream ends or `signal` aborts; resolves then, at most one batch later.
 * Whatever the stream repeats and wherever the process dies, each event id is decided once: the position moves with the
 * results, guarded by the position that was read, and an id that is stored already is counted and left out.
 * Waits for a full or busy store, for as long as it takes. Rejects with any other error: that ends the process, and the
 * next start goes on from the store.
 */
export async function runPartition(options: LoopOptions): Promise<void> {
  try {
    while ((await followPartition(options)) === 'overtaken');
  } catch (error) {
    // Asked to end while the store could not take a batch: nothing is lost, the next start reads it again.
    if (!(options.signal.aborted && isPassing(error))) throw error
  }
}

// `overtaken`: another worker has moved the position, so everything must be read anew.
async function followPartition(options: LoopOptions): Promise<'ended' | 'overtaken'> {
  const { detector, partition, store, stream, maxRecords, signal } = options
  const start = await patiently(() => store.partition(detector, partition), options)
  let { next } = start
  for await (const records of stream.consume(partition, next, { maxRecords, signal })) {
    // A stream that lost its connection may hand over again what it handed over before; the position never moves back.
    const fresh = records.filter(({ position }) => position >= next)
    if (fresh.length === 0) continue
    const scorer = await options.scorer()
    const batch = await remembering(scorer.memory, () => commitBatch({ records: fresh, next, scorer }, options))
    if (!batch) return 'overtaken'
    next = batch.next
  }
  return 'ended'
}

type Work = {
  readonly records: readonly LoopRecord[]
  readonly next: number
  readonly scorer: LoopScorer
}

// Undefined, and nothing written, where another worker was faster.
async function commitBatch({ records, next, scorer }: Work, options: LoopOptions): Promise<Batch | undefined> {
  const { detector, partition, store } = options
  // Asked for each batch, for the watermark of a silent stream is raised from outside; after the scorer, which may be long in coming.
  const state = await patiently(() => store.partition(detector, partition), options)
  if (state.next !== next) return undefined
  const { events, deliveries } = options.proof?.(records, scorer) ?? { events: records, deliveries: [] }
  const results = await decideBatch(events, scorer, state.watermark, options)
  const changes = scorer.memory?.changes()
  const batch: Batch = {
    ...{ detector, partition, expected: next, next: records.at(-1)!.position + 1, ...results },
    // Who is told of them the router decides, which sees the alerts of all partitions in one order.
    ...{ alerts: options.alertsOf(results.decisions), deliveries },
    ...(scorer.binning ? { binning: scorer.binning } : {}),
    // Also where nothing has changed: the features have learned all of the batch.
    ...(changes ? { featureChanges: changes } : {}),
  }
  if (!(await patiently(() => store.commit(batch), options))) return undefined
  options.onBatch?.(batch)
  return batch
}

// What features learned of a batch stays with them only where the batch was committed.
function remembering(
  memory: LoopMemory | undefined,
  work: () => Promise<Batch | undefined>,
): Promise<Batch | undefined> {
  if (!memory) return work()
  return memory.alone(async () => {
    let isCommitted = false
    try {
      const batch = await work()
      isCommitted = batch !== undefined
      return batch
    } finally {
      memory.settle(isCommitted)
    }
  })
}

type Results = Pick<Batch, 'decisions' | 'deadLetters' | 'duplicates' | 'watermark'>

async function decideBatch(
  records: readonly LoopRecord[],
  scorer: LoopScorer,
  watermark: number,
  options: LoopOptions,
): Promise<Results> {
  const { detector, clock, maxFutureMs = dayMs } = options
  const deadLetters = new DeadLetters(detector)
  const latest = clock.now() + maxFutureMs
  const decode = (record: LoopRecord) => ({ record, event: inTime(scorer.decode(record), latest) })
  const decoded = deadLetters.spare(
    records.map((record) => ({ record })),
    ({ record }) => decode(record),
  )
  const placed = await withoutDuplicates(decoded, options)
  const time = new EventTime(watermark, options)
  const decided = await decideEach(placed, scorer, deadLetters, options)
  const decisions = decided.map(({ record: { partition, position }, scored }) => {
    const isLate = time.isLate(scored.event.time)
    time.reach(scored.event.time)
    return { ...scored, detector, partition, position, isLate }
  })
  const duplicates = decoded.length - placed.length
  return { decisions, deadLetters: deadLetters.letters, duplicates, watermark: time.watermark }
}

type Placed = { readonly record: LoopRecord; readonly event: Event }
type Scored = ReturnType<LoopScorer['decide']>[number]

// The first of each id within the batch, where the store has none of that id.
async function withoutDuplicates(decoded: readonly Placed[], options: LoopOptions): Promise<Placed[]> {
  const firstOf = new Map<string, Placed>()
  for (const placed of decoded) if (!firstOf.has(placed.event.id)) firstOf.set(placed.event.id, placed)
  const seen = await patiently(() => options.store.seen(options.detector, [...firstOf.keys()]), options)
  return [...firstOf.values()].filter(({ event }) => !seen.has(event.id))
}

// All at once, which is fast; one by one only where the scorer refuses the batch, to find the events that it cannot score.
async function decideEach(
  placed: readonly Placed[],
  scorer: LoopScorer,
  deadLetters: DeadLetters,
  options: LoopOptions,
): Promise<{ record: LoopRecord; scored: Scored }[]> {
  const { memory } = scorer
  const events = placed.map(({ event }) => event)
  const load = () => patiently(async () => memory?.load(events), options)
  await load()
  try {
    return scorer.decide(events, memory?.vectors(events)).map((scored, i) => ({ record: placed[i]!.record, scored }))
  } catch (error) {
    if (!(error instanceof TocsinError)) throw error
    // What was remembered of the batch may have been an event that has no decision.
    memory?.settle(false)
    await load()
    return deadLetters.spare(placed, ({ record, event }) => {
      const [scored] = scorer.decide([event], memory?.look(event))
      memory?.learn()
      return { record, scored: scored! }
    })
  }
}

// A clock gone wrong at one sender must not close days for all others.
function inTime(event: Event, latest: number): Event {
  if (event.time <= latest) return event
  const [found, limit] = [event.time, latest].map((time) => new Date(time).toISOString())
  const advice = 'mend the clock of the sender, or events.time, and replay it'
  throw new TocsinError('EVENT_TIME_FUTURE', `event ${event.id} is of ${found}; expected at most ${limit}; ${advice}`)
}

// Records whose work failed, with the reason; only a TocsinError speaks of the record, anything else is a fault of ours.
class DeadLetters {
  readonly letters: DeadLetter[] = []
  readonly #detector: string

  constructor(detector: string) {
    this.#detector = detector
  }

  /** The answers of the work, without those whose records went to the dead letters. */
  spare<T extends { readonly record: LoopRecord }, U>(items: readonly T[], work: (item: T) => U): U[] {
    return items.flatMap((item) => {
      try {
        return [work(item)]
      } catch (error) {
        if (!(error instanceof TocsinError)) throw error
        this.#bury(item.record, error)
        return []
      }
    })
  }

  #bury({ partition, position, bytes }: LoopRecord, { code, message }: TocsinError): void {
    this.letters.push({ detector: this.#detector, partition, position, bytes, code, reason: message })
  }
}

// How far event time has come, record by record, so that any split into batches gives the same answers.
class EventTime {
  watermark: number
  readonly #timeZone: string
  readonly #allowedLatenessMs: number
  // The day that the watermark is in: every day before it has ended.
  #dayStart = Number.NEGATIVE_INFINITY
  #dayEnd = Number.NEGATIVE_INFINITY

  constructor(watermark: number, { timeZone, allowedLatenessMs }: Pick<LoopOptions, 'timeZone' | 'allowedLatenessMs'>) {
    this.watermark = watermark
    this.#timeZone = timeZone
    this.#allowedLatenessMs = allowedLatenessMs
    this.#findDay()
  }

  /** Whether the event's day ended at or before the watermark. */
  isLate(time: number): boolean {
    return time < this.#dayStart
  }

  reach(time: number): void {
    this.watermark = Math.max(this.watermark, time - this.#allowedLatenessMs)
    if (this.watermark >= this.#dayEnd) this.#findDay()
  }

  #findDay(): void {
    if (this.watermark === Number.NEGATIVE_INFINITY) return
    const day = dayOf(this.watermark, this.#timeZone)
    this.#dayStart = dayStart(day, this.#timeZone)
    this.#dayEnd = dayEnd(day, this.#timeZone)
  }
}
