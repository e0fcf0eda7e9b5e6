// Held-out rows in, a stream of events with a chosen rate of anomalies out, and beside it, apart, their labels.

import type { History } from '../core/column.ts'
import { TocsinError } from '../core/error.ts'
import type { EventSchema, Label } from '../core/event.ts'
import { Random } from '../core/random.ts'
import { compileEvents, type FlatEvent, timeWriter } from './events.ts'
import { writeJsonLines } from './write.ts'

export type ResampleOptions = {
  /** How many events. */
  readonly count: number
  /** Share of anomalies, 0 to 1; where absent that of the rows, by weight. */
  readonly anomalyRate?: number | undefined
  readonly seed: number
  /** When the stream begins, ms; where absent the time of the first row. */
  readonly from?: number | undefined
  /** How long it lasts in event time; where absent as long as the rows do. */
  readonly durationMs?: number | undefined
}

export type Resampled = {
  readonly event: FlatEvent
  /** Null where events have no id of their own: the stream's positions then name them. */
  readonly eventId: string | null
  readonly label: Label
}

/**
 * Draws rows of each label, without repeating one before all have come, and puts them in order of time, moved to the new
 * period. A repeated row gets an id of its own (`tx-7`, `tx-7-2`, …). The label is never in the event.
 * Throws `RESAMPLE_INVALID`.
 */
export function* resample(history: History, schema: EventSchema, options: ResampleOptions): Generator<Resampled> {
  const rows = drawRows(history, options)
  const eventAt = compileEvents(history, schema)
  const nextId = distinctIds(history.ids)
  const retime = timeMapper(history, options)
  const writeTime = schema.time ? timeWriter(schema.time) : undefined
  for (const row of rows) {
    const event = eventAt(row)
    const eventId = schema.id === null ? null : nextId(history.ids[row]!)
    if (schema.id !== null && eventId !== history.ids[row]) event[schema.id] = eventId
    if (schema.time && writeTime) event[schema.time.column] = writeTime(retime(history.times[row]!))
    yield { event, eventId, label: history.labels[row] === 1 ? 'anomaly' : 'normal' }
  }
}

/** Writes events and labels into two JSON lines files; line n of one belongs to line n of the other. */
export async function writeResampled(
  paths: { events: string; labels: string },
  rows: Iterable<Resampled>,
): Promise<void> {
  const labels: { line: number; eventId: string | null; label: Label }[] = []
  await writeJsonLines(paths.events, eventsOf(rows, labels))
  await writeJsonLines(paths.labels, labels)
}

function* eventsOf(
  rows: Iterable<Resampled>,
  labels: { line: number; eventId: string | null; label: Label }[],
): Generator<FlatEvent> {
  for (const { event, eventId, label } of rows) {
    labels.push({ line: labels.length + 1, eventId, label })
    yield event
  }
}

// — drawing —

function drawRows(history: History, { count, anomalyRate, seed }: ResampleOptions): Uint32Array {
  const anomalies = rowsOf(history, 1)
  const normals = rowsOf(history, 0)
  const rate = anomalyRate ?? weightedRate(history)
  checkRequest(count, rate, { anomalies: anomalies.length, normals: normals.length })
  const random = new Random(seed)
  const wanted = Math.round(count * rate)
  const drawn = [...draw(anomalies, wanted, random), ...draw(normals, count - wanted, random)]
  return Uint32Array.from(drawn).sort()
}

function rowsOf({ labels }: History, wanted: number): number[] {
  const rows: number[] = []
  for (const [row, label] of labels.entries()) if (label === wanted) rows.push(row)
  return rows
}

function weightedRate({ labels, weights, rows }: History): number {
  let anomalous = 0
  let all = 0
  for (let row = 0; row < rows; row++) {
    all += weights[row]!
    anomalous += weights[row]! * labels[row]!
  }
  return anomalous / all
}

function checkRequest(count: number, rate: number, found: { anomalies: number; normals: number }): void {
  const refuse = (problem: string) => new TocsinError('RESAMPLE_INVALID', problem)
  if (!Number.isInteger(count) || count < 1)
    throw refuse(`the number of events is ${count}; expected a whole number from 1 on; choose one`)
  if (!(rate >= 0 && rate <= 1)) throw refuse(`the anomaly rate is ${rate}; expected a number from 0 to 1; choose one`)
  const wanted = Math.round(count * rate)
  const lacking =
    wanted > 0 && found.anomalies === 0
      ? 'anomalies'
      : wanted < count && found.normals === 0
        ? 'normal rows'
        : undefined
  if (lacking)
    throw refuse(`the rows have no ${lacking}; expected some to draw from; give a longer period, or another rate`)
}

function draw(rows: readonly number[], count: number, random: Random): number[] {
  const drawn: number[] = []
  while (drawn.length + rows.length <= count && rows.length > 0) for (const row of rows) drawn.push(row)
  const rest = random.shuffle([...rows]).slice(0, count - drawn.length)
  return drawn.concat(rest)
}

// — ids and times —

function distinctIds(ids: readonly string[]): (id: string) => string {
  const taken = new Set<string>()
  const own = new Set(ids)
  return (id) => {
    let next = id
    for (let n = 2; taken.has(next) || (next !== id && own.has(next)); n++) next = `${id}-${n}`
    taken.add(next)
    return next
  }
}

function timeMapper({ times, rows }: History, { from, durationMs }: ResampleOptions): (timeMs: number) => number {
  const first = times[0]!
  const span = times[rows - 1]! - first
  const scale = durationMs === undefined || span === 0 ? 1 : durationMs / span
  return (timeMs) => Math.round((from ?? first) + (timeMs - first) * scale)
}
