// New decisions in, counts by hour and bin out: what drift and live quality read in place of the decisions themselves.

import { allBins, type Binning, countInto } from '../core/binning.ts'
import type { Decision } from '../core/decision.ts'
import { type Database, type Insertion, insert, type Statement, statement, type Work } from './database.ts'
import type { Answered, Sketch, Store } from './store.ts'

const hourMs = 3_600_000

type Row = {
  readonly hour: number
  readonly model_version: number
  readonly events: number
  readonly expected: number
  readonly expected_in_alerts: number
  readonly counts: Uint8Array
}

const columns = 'hour, model_version, events, expected, expected_in_alerts, counts'
const range = statement<Row>(`
  select ${columns} from sketch where detector = ? and hour >= ? and hour < ? order by hour, model_version, part`)

// A row for each partition, so that workers of several partitions do not wait for each other.
const rows: Insertion = {
  table: 'sketch',
  columns: {
    detector: 'text',
    part: 'integer',
    hour: 'number',
    model_version: 'integer',
    events: 'integer',
    expected: 'number',
    expected_in_alerts: 'number',
    counts: 'bytes',
  },
  key: ['detector', 'hour', 'model_version', 'part'],
  update: ['events', 'expected', 'expected_in_alerts', 'counts'].map((name) => `${name} = excluded.${name}`).join(', '),
}

const sums = `
  cast(floor(event_time / ${hourMs}) as bigint) * ${hourMs} as hour, model_version as "modelVersion", outcome, label,
  case when score >= 1 then 9 else cast(floor(score * 10) as bigint) end as tenth,
  count(*) as events, sum(score) as expected`
const groups = 'group by 1, 2, 3, 4, 5 order by 1, 2, 3, 5'
const ofAlerts = statement<Answered>(`
  select ${sums} from (select event_time, model_version, 'alert' as outcome, label, score from alert
    where detector = ? and event_time >= ? and event_time < ?) as answered ${groups}`)

/** Read within other work; written within a transaction. */
export function sketches(db: Database): Pick<Store, 'sketches' | 'answeredEvents'> {
  // Labels come after their events: older ones than the range need not be looked at. The newest of an event counts.
  const ofOthers = statement<Answered>(`
    select ${sums} from (
      select decision.event_time, decision.model_version, decision.outcome, label.label, decision.score
      from label ${db.dialect.joinDecision('label')}
      where label.detector = ?1 and label.labelled_at >= ?2 and decision.event_time >= ?2 and decision.event_time < ?3
        and decision.outcome = 'pass'
        and not exists (select 1 from alert where alert.detector = label.detector and alert.event_id = label.event_id)
        and not exists (select 1 from label as newer where newer.detector = label.detector
          and newer.event_id = label.event_id and (newer.labelled_at, newer.number) > (label.labelled_at, label.number))
    ) as answered ${groups}`)
  return {
    sketches: async (detector, from, to) => merged((await db.read(range.all(detector, from, to))).map(sketchOf)),
    answeredEvents: async (detector, from, to) => [
      ...(await db.read(ofAlerts.all(detector, from, to))),
      ...(await db.read(ofOthers.all(detector, from, to))),
    ],
  }
}

export type SketchWriter = (
  detector: string,
  part: number,
  decisions: readonly Decision[],
  binning: Binning,
) => Work<void>

/** Adds decisions that were on time to their hours, within a transaction. */
export function sketchWriter(db: Database): SketchWriter {
  const stored = statement<Row>(
    `select ${columns} from sketch where detector = ? and part = ? and model_version = ? and hour in ${db.dialect.numbers}`,
  )
  return function* (detector, part, decisions, binning) {
    const onTime = decisions.filter(({ isLate }) => !isLate)
    if (onTime.length === 0) return
    const growing = yield* storedHours(stored, { detector, part, onTime }, binning)
    yield* insert(
      rows,
      growing.map(({ hour, modelVersion, events, expected, expectedInAlerts, counts }) => [
        ...[detector, part, hour, modelVersion, events, expected, expectedInAlerts],
        new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength),
      ]),
    )
  }
}

type Growing = { -readonly [Key in keyof Sketch]: Sketch[Key] }
type Fresh = { readonly detector: string; readonly part: number; readonly onTime: readonly Decision[] }

// One by one onto what is stored: sums are then the same however the stream was cut into batches.
function* storedHours(stored: Statement<Row>, { detector, part, onTime }: Fresh, binning: Binning): Work<Growing[]> {
  const byHour = Map.groupBy(onTime, ({ event }) => Math.floor(event.time / hourMs) * hourMs)
  const { modelVersion } = onTime[0]!
  const found = yield* stored.all(detector, part, modelVersion, JSON.stringify([...byHour.keys()]))
  const known = new Map(found.map((row) => [row.hour, sketchOf(row)]))
  return [...byHour].map(([hour, decisions]) => {
    const sketch: Growing = known.get(hour) ?? {
      ...{ hour, modelVersion, events: 0, expected: 0, expectedInAlerts: 0 },
      counts: new Uint32Array(allBins(binning)),
    }
    sketch.events += decisions.length
    for (const { score, outcome } of decisions) {
      sketch.expected += score
      if (outcome === 'alert') sketch.expectedInAlerts += score
    }
    countInto(sketch.counts, binning, decisions)
    return sketch
  })
}

function sketchOf(row: Row): Growing {
  return {
    hour: row.hour,
    modelVersion: row.model_version,
    events: row.events,
    expected: row.expected,
    expectedInAlerts: row.expected_in_alerts,
    counts: new Uint32Array(Uint8Array.from(row.counts).buffer),
  }
}

/** Hours of all partitions, added up. */
function merged(sketches: readonly Growing[]): Sketch[] {
  const sums: Growing[] = []
  for (const sketch of sketches) {
    const last = sums.at(-1)
    if (last?.hour !== sketch.hour || last.modelVersion !== sketch.modelVersion) {
      sums.push(sketch)
      continue
    }
    last.events += sketch.events
    last.expected += sketch.expected
    last.expectedInAlerts += sketch.expectedInAlerts
    for (let bin = 0; bin < last.counts.length; bin++) last.counts[bin]! += sketch.counts[bin] ?? 0
  }
  return sums
}
