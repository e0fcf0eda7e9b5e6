// Events of a file in, decisions out, by the very scorer that the running system uses; and whether a stream decided the same.

import type { Reason } from '../core/decision.ts'
import { TocsinError } from '../core/error.ts'
import type { FieldValue } from '../core/event.ts'
import type { Scorer } from '../score/score.ts'
import type { Store } from '../store/store.ts'
import type { FeatureMemory } from './featureMemory.ts'

export type ScoredLine = {
  readonly eventId: string
  readonly time: string
  readonly score: number
  readonly threshold: number
  readonly outcome: 'alert' | 'pass'
  readonly modelVersion: number
  readonly reasons: readonly Reason[]
}
/** What stands in a decision's place where there can be none. */
export type RefusedLine = { readonly line: number; readonly code: string; readonly error: string }

/** One line for each event, in order, each with those before it behind it (`memory`); one that cannot be scored is refused with its reason, never scored. */
export function* scoreEvents(
  scorer: Scorer,
  events: Iterable<Readonly<Record<string, FieldValue>>>,
  memory?: Pick<FeatureMemory, 'look' | 'learn'>,
): Generator<ScoredLine | RefusedLine> {
  let row = 0
  for (const fields of events) yield scoreOne(scorer, fields, row++, memory)
}

function scoreOne(
  scorer: Scorer,
  fields: Readonly<Record<string, FieldValue>>,
  row: number,
  memory: Pick<FeatureMemory, 'look' | 'learn'> | undefined,
): ScoredLine | RefusedLine {
  try {
    const event = scorer.parse(fields, { id: `p0-${row}`, time: 0 })
    const [decision] = scorer.decide([event], memory?.look(event))
    memory?.learn()
    const { score, threshold, outcome, modelVersion, reasons } = decision!
    return {
      eventId: event.id,
      time: new Date(event.time).toISOString(),
      score,
      threshold,
      outcome,
      modelVersion,
      reasons,
    }
  } catch (error) {
    if (!(error instanceof TocsinError)) throw error
    return { line: row + 1, code: error.code, error: error.message }
  }
}

/** Whether the stored alerts are those of `lines`: the same events with the same scores. */
export async function isStoredAs(
  lines: Iterable<ScoredLine | RefusedLine>,
  store: Store,
  detector: string,
): Promise<boolean> {
  const expected = new Map<string, number>()
  for (const line of lines) if ('outcome' in line && line.outcome === 'alert') expected.set(line.eventId, line.score)
  let same = 0
  let stored = 0
  for await (const { eventId, score } of store.eachAlert({ detector })) {
    stored++
    if (expected.get(eventId) === score) same++
  }
  return same === stored && stored === expected.size
}
