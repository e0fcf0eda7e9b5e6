// Files and histories in, events with their times out: what is replayed, resampled and scored.

import type { Config } from '../config.ts'
import { systemClock } from '../core/clock.ts'
import type { History } from '../core/column.ts'
import { sliceHistory } from '../core/column.ts'
import { TocsinError } from '../core/error.ts'
import type { Event, EventSchema } from '../core/event.ts'
import { historyEvents, readEvents, readHistory, splitByTime } from '../data/data.ts'
import { generateCards } from '../data/generate.ts'
import { type ResampleOptions, resample, writeResampled } from '../data/resample.ts'
import { writeCsv } from '../data/write.ts'
import { openRegistry } from '../registry/registry.ts'
import { createScorer, type Scorer } from '../score/score.ts'
import type { Store } from '../store/store.ts'
import { FeatureMemory, remembers } from './featureMemory.ts'
import { withStore } from './open.ts'
import type { TimedEvent } from './replay.ts'

/** Writes the demo's generated card payments; resolves to a sentence about them. */
export async function writeDemoHistory(path: string): Promise<string> {
  const days = 60
  let rows = 0
  let frauds = 0
  const counted = function* () {
    for (const payment of generateCards({ seed: 1, days })) {
      rows++
      frauds += payment.is_fraud
      yield payment
    }
  }
  await writeCsv(path, counted())
  return `${rows.toLocaleString('en')} payments of ${days} days, ${frauds} of them fraud: ${path}`
}

/** An event as it is replayed, with the id under which the stream will know it. */
export type NamedEvent = TimedEvent & { readonly id: string }

/** Events without an id column are called by their place, as the first partition of an empty stream will call them. */
export function namedEvents(history: History, schema: EventSchema): NamedEvent[] {
  return Array.from(historyEvents(history, schema), (fields, row) => ({
    id: schema.id === null ? `p0-${row}` : history.ids[row]!,
    time: history.times[row]!,
    fields,
  }))
}

/** The champion, or a named version. Throws `MODEL_UNKNOWN`. */
export async function loadVersion(store: Store, detector: string, version: number | undefined) {
  const registry = openRegistry({ store, detector })
  const loaded = version === undefined ? await registry.current('champion') : await registry.load(version)
  if (loaded) return loaded
  const wanted = version === undefined ? 'no champion yet' : `no version ${version}`
  throw new TocsinError(
    'MODEL_UNKNOWN',
    `${detector} has ${wanted}; make one with: tocsin train history.csv; list them with: tocsin models`,
  )
}

/** The champion's scorer, or that of a named version. Throws `MODEL_UNKNOWN`. */
export function loadScorer(config: Config, version: number | undefined): Promise<LoadedScorer> {
  const { detector, events } = config
  return withStore(config, async (store) => {
    const loaded = await loadVersion(store, detector, version)
    const scorer = createScorer({ ...loaded, modelVersion: loaded.version, ...events })
    return { ...scorer, schema: loaded.artifact.schema }
  })
}

type LoadedScorer = Scorer & { readonly schema: EventSchema }

/** What the features of these events need to remember, as the store has it now; undefined where they remember nothing. */
export async function recall(
  config: Config,
  { artifact, parse }: LoadedScorer,
  events: readonly TimedEvent['fields'][],
): Promise<FeatureMemory | undefined> {
  if (!remembers(artifact)) return undefined
  return withStore(config, async (store) => {
    const memory = new FeatureMemory({ ...artifact, store, detector: config.detector })
    await memory.load(events.flatMap((fields, row) => readable(() => parse(fields, { id: String(row), time: 0 }))))
    return memory
  })
}

// An event that cannot be read is refused later, with its reason.
function readable(read: () => Event): Event[] {
  try {
    return [read()]
  } catch (error) {
    if (!(error instanceof TocsinError)) throw error
    return []
  }
}

/** Events of any file, as they stand there and in its order. Throws `EVENTS_UNREADABLE` where lines are no rows. */
export async function eventsOf(path: string, { schema }: LoadedScorer): Promise<TimedEvent['fields'][]> {
  const rejected: string[] = []
  const onRejected = (line: number, reason: string) => rejected.push(`line ${line}: ${reason}`)
  const events = await Array.fromAsync(readEvents(path, schema, onRejected))
  if (rejected.length > 0)
    throw new TocsinError(
      'EVENTS_UNREADABLE',
      `${path}: ${rejected.length} lines are no rows (${rejected.slice(0, 3).join('; ')}); mend or remove them: nothing was sent`,
      { details: rejected },
    )
  return events
}

/** The same events with their times, for a replay. Throws what parsing throws where one is bad. */
export function timedEvents(events: readonly TimedEvent['fields'][], scorer: LoadedScorer): TimedEvent[] {
  const timeOf = (fields: TimedEvent['fields'], row: number) =>
    scorer.schema.time ? scorer.parse(fields, { id: String(row), time: 0 }).time : systemClock.now()
  return events.map((fields, row) => ({ fields, time: timeOf(fields, row) }))
}

/** Writes a stream drawn from the history's last period, which training does not see, and its labels beside it. */
export async function resampleFile(
  config: Config,
  path: string,
  paths: { readonly events: string; readonly labels: string },
  options: ResampleOptions,
): Promise<void> {
  const { schema, history } = await readHistory(path, { ...config.events, detector: config.detector })
  const { testStart } = splitByTime(history, config.model)
  await writeResampled(paths, resample(sliceHistory(history, testStart, history.rows), schema, options))
}
