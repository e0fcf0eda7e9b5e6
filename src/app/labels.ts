// Answers from the command line in, stored labels out.

import type { Config } from '../config.ts'
import { systemClock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { Label } from '../core/event.ts'
import { readLabels } from '../data/readLabels.ts'
import { withStore } from './open.ts'

export type LabelSource = { readonly by: string; readonly note: string | null }

/** Labels one event, by its own id or its alert's. Throws `EVENT_UNKNOWN`. */
export function labelEvent(config: Config, id: string, label: Label, source: LabelSource): Promise<string> {
  const { detector } = config
  return withStore(config, async (store) => {
    const alert = await store.alert(id)
    const eventId = alert?.detector === detector ? alert.eventId : id
    if (await store.label({ detector, eventId, label, labelledAt: systemClock.now(), ...source })) return eventId
    const message = `neither an event nor an alert "${id}" of ${detector} is stored; expected the id of one that was scored; see: tocsin alerts`
    throw new TocsinError('EVENT_UNKNOWN', message)
  })
}

export type LabelFileOptions = LabelSource & {
  readonly idColumn?: string | undefined
  readonly labelColumn?: string | undefined
}

/** Labels the events of a file; answers the ids that are not stored. Labels nothing where the file is not whole. */
export async function labelFile(
  config: Config,
  path: string,
  { idColumn, labelColumn, by, note }: LabelFileOptions,
): Promise<{ readonly anomalies: number; readonly normals: number; readonly unknown: readonly string[] }> {
  const { detector, events } = config
  const configured = typeof events.label === 'string' ? { column: events.label, anomaly: 1 } : events.label
  const labels = await readLabels(path, {
    id: idColumn === undefined ? [events.id, 'eventId', 'event_id'].filter((name) => name !== undefined) : [idColumn],
    label:
      labelColumn === undefined ? ['label', configured?.column].filter((name) => name !== undefined) : [labelColumn],
    anomaly: String(configured?.anomaly ?? 'anomaly'),
  })
  return withStore(config, async (store) => {
    const counts = { anomaly: 0, normal: 0 }
    const unknown: string[] = []
    for (const { eventId, label } of labels)
      if (await store.label({ detector, eventId, label, labelledAt: systemClock.now(), by, note })) counts[label]++
      else unknown.push(eventId)
    return { anomalies: counts.anomaly, normals: counts.normal, unknown }
  })
}
