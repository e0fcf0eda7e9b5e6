// What was stored and what people answered in, labelled history out: what the stream has taught, for the next training.

import { z } from 'zod'
import type { Config } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import { archivedDecisions } from '../data/archive.ts'
import { type LabelledFile, type LabelledRow, writeLabelled } from '../data/labelled.ts'
import type { Store, StoredDecision } from '../store/store.ts'
import { archivedFiles } from './archive.ts'
import { loadVersion } from './history.ts'
import { withStore } from './open.ts'

const Fields = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]))

export type LabelledOptions = {
  /** A history whose rows come first; an event that is in both is taken as it is labelled now. */
  readonly before?: string | undefined
  /** An event that passed and has no label counts as normal once it is so much older than the newest, ms. */
  readonly matureMs: number
}

export type Labelled = LabelledFile & {
  /** Left out: alerts that nobody has answered, and passed events that are too young to be normal. */
  readonly unanswered: number
  readonly immature: number
}

/** Writes the events of the store with their labels. Throws `MODEL_UNKNOWN`, `LABELLED_NONE`, and what `writeLabelled` throws. */
export function writeLabelledHistory(
  config: Config,
  file: string,
  { before, matureMs }: LabelledOptions,
): Promise<Labelled> {
  const { detector } = config
  return withStore(config, async (store) => {
    const { schema } = (await loadVersion(store, detector, undefined)).artifact
    const tally = { unanswered: new Set<string>(), immature: new Set<string>() }
    const matureBefore = (await newestTime(store, detector)) - matureMs
    const labels = await newestLabels(store, detector)
    async function* rows(): AsyncGenerator<LabelledRow> {
      for await (const decided of everyDecision(config, store)) {
        const label = labels.get(decided.eventId) ?? silently(decided, matureBefore)
        if (label === 'unanswered' || label === 'immature') tally[label].add(decided.eventId)
        else yield { eventId: decided.eventId, fields: withLabel(decided, label, schema) }
      }
    }
    const columns = [...schema.fields.map(({ name }) => name), schema.label.column]
    const written = await writeLabelled(file, rows(), { columns, before, id: schema.id })
    return { ...written, unanswered: tally.unanswered.size, immature: tally.immature.size }
  })
}

type Decided = Pick<StoredDecision, 'eventId' | 'eventTime' | 'outcome' | 'fields'>

/** Those of archived days, which the store may have let go, then those of the store: what is in both comes twice. */
async function* everyDecision(config: Config, store: Store): AsyncGenerator<Decided> {
  for await (const { event_id, event_ms, outcome, fields } of archivedDecisions(await archivedFiles(config)))
    yield {
      eventId: event_id,
      eventTime: event_ms,
      outcome: outcome === 'alert' ? 'alert' : 'pass',
      fields: Fields.parse(JSON.parse(fields)),
    }
  yield* store.decisions(config.detector, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
}

async function newestTime(store: Store, detector: string): Promise<number> {
  let newest = Number.NEGATIVE_INFINITY
  for (const { minute } of await store.rollups(detector, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
    newest = Math.max(newest, minute + 60_000)
  if (newest > Number.NEGATIVE_INFINITY) return newest
  throw new TocsinError(
    'LABELLED_NONE',
    `${detector} has stored no event yet; expected some: tocsin up, then send events`,
  )
}

async function newestLabels(store: Store, detector: string): Promise<Map<string, 'anomaly' | 'normal'>> {
  const labels = new Map<string, { label: 'anomaly' | 'normal'; labelledAt: number }>()
  for (const { eventId, label, labelledAt } of await store.labels(detector))
    if (labelledAt >= (labels.get(eventId)?.labelledAt ?? 0)) labels.set(eventId, { label, labelledAt })
  return new Map([...labels].map(([eventId, { label }]) => [eventId, label]))
}

// An alert that nobody answered says nothing; taking it for normal would teach the next model to miss what this one found.
function silently({ outcome, eventTime }: Decided, matureBefore: number): 'normal' | 'unanswered' | 'immature' {
  if (outcome === 'alert') return 'unanswered'
  return eventTime < matureBefore ? 'normal' : 'immature'
}

function withLabel({ fields }: Decided, label: 'anomaly' | 'normal', schema: EventSchema): LabelledRow['fields'] {
  const { column, anomaly } = schema.label
  return { ...fields, [column]: label === 'anomaly' ? anomaly : anomaly === '0' ? '1' : '0' }
}
