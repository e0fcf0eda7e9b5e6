// SQLite's decisions: chunks of those that were committed together, a row each, for SQLite's work is for each row and each index; their ids lie in the table `event`.
//
// What was decided is JSON, so that SQL can read it too (the view `decision`). A number that a chunk passes over is of a decision that was
// forgotten, or never stored because its event was known.

import type { Decision, Outcome, Reason } from '../core/decision.ts'
import { type DecisionTable, type Page, statement, type Value, type Work } from './database.ts'
import type { LoggedDecision, ScoredEvent, StoredDecision } from './store.ts'

/** Numbers of one chunk: enough to share the cost of a row, few enough to be read for one decision alone. */
const maxCount = 100
/** No chunk spans more event time: whoever looks for an instant knows how early a chunk may begin that holds it. */
const maxSpanMs = 3_600_000
/** Chunks read at once: some ms. */
const chunksAtOnce = 20

const [opening, comma, closing] = [...Buffer.from('[,]')] as [number, number, number]

/** What a chunk keeps of each decision as JSON, but for its fields. */
type Decided = readonly [
  id: string,
  time: number,
  entity: string | null,
  amount: number | null,
  score: number,
  outcome: Outcome,
  isLate: 0 | 1,
  position: number,
  reasons: readonly Reason[],
]

/** What all decisions of a chunk have in common. */
type Shared = { readonly model_version: number; readonly threshold: number; readonly partition: number }
type Entry = {
  readonly number: number
  readonly shared: Shared
  readonly decided: Decided
  /** JSON. */
  readonly fields: Uint8Array
  readonly vector: Float32Array
}
type Span = { readonly number: number; readonly count: number }
type DecidedRow = Span & Shared & { readonly decided: string }
type ChunkRow = DecidedRow & { readonly fields: string; readonly vectors: Uint8Array }

// Texts come as their bytes: as strings they would be made, copied and thrown away.
const addChunk = statement(`
  insert into decision_chunk (number, detector, count, first_time, last_time, model_version, threshold, partition, decided, fields, vectors)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, cast(? as text), ?)`)
// Ids get the numbers from one on, in their order; those that are known keep the number that they have.
const addIds = statement(`
  insert into event (detector, event_id, number) select ?1, value, ?2 + key from json_each(?3) where true
  on conflict (detector, event_id) do nothing`)
const added = statement<{ place: number }>(`
  select ids.key as place from json_each(?3) as ids
  join event on event.detector = ?1 and event.event_id = ids.value and event.number = ?2 + ids.key`)
const forgetIds = statement('delete from event where detector = ? and event_id in (select value from json_each(?))')
const last = statement<Span>('select number, count from decision_chunk order by number desc limit 1')
const lastOf = statement<Span>(
  'select number, count from decision_chunk where detector = ? order by number desc limit 1',
)
const decidedColumns = 'number, count, model_version, threshold, partition, decided'
const columns = `${decidedColumns}, fields, vectors`
const byNumber = statement<ChunkRow>(
  `select ${columns} from decision_chunk where detector = ? and number >= ? order by number limit ?`,
)
// Positions of a partition rise with the numbers; the last decision of a chunk is always there. From the newest chunk down, as far as it must.
const lastBelow = statement<Span>(`
  select number, count from decision_chunk
  where detector = ? and partition = ? and json_extract(decided, '$[#-1][7]') < ? order by number desc limit 1`)
const firstOf = statement<DecidedRow>(
  `select ${decidedColumns} from decision_chunk where detector = ? and partition = ? and number >= ? order by number limit 1`,
)
const holding = statement<ChunkRow & { place: number }>(`
  select ${columns}, wanted - number as place from decision_chunk
  join (select number as wanted from event where detector = ? and event_id = ?)
  where number <= wanted order by number desc limit 1`)
const within = (names: string) => `
  select ${names} from decision_chunk
  where detector = ?1 and first_time > ?2 - ${maxSpanMs} and first_time < ?3 and last_time >= ?2`
const chunksWithin = statement<ChunkRow>(within(columns))
const decidedWithin = statement<DecidedRow>(within(decidedColumns))
const edgeAfter = statement<{ time: number }>(`
  select first_time as time from decision_chunk where detector = ? and first_time > ? and first_time < ?
  order by first_time limit 1 offset ${chunksAtOnce}`)
const edgeBefore = statement<{ time: number }>(`
  select first_time as time from decision_chunk where detector = ? and first_time > ? and first_time < ?
  order by first_time desc limit 1 offset ${chunksAtOnce}`)
const oldest = statement<Span>(
  'select number, count from decision_chunk where detector = ? and first_time < ? order by first_time, number limit ?',
)
const remove = statement('delete from decision_chunk where number = ?')

export const decisionChunks: DecisionTable = {
  *add(detector, decisions) {
    if (decisions.length === 0) return []
    const start = afterSpan(yield* last.get())
    const ids = JSON.stringify(decisions.map(({ event }) => event.id))
    const isAllNew = (yield* addIds.run(detector, start, ids)) === decisions.length
    const fresh = isAllNew ? undefined : new Set((yield* added.all(detector, start, ids)).map(({ place }) => place))
    const isNew = decisions.map((_, i) => fresh?.has(i) ?? true)
    const entries = decisions.map((decision, i) => entryOf(decision, start + i))
    yield* write(detector, isAllNew ? entries : entries.filter((_, i) => isNew[i]))
    return isNew
  },
  *one(detector, eventId) {
    const row = yield* holding.get(detector, eventId)
    return row && storedOf(row).find(({ number }) => number === row.number + row.place)?.item
  },
  *page(detector, { time: from }, to) {
    const edge = (yield* edgeAfter.get(detector, from, to))?.time
    const found = (yield* chunksWithin.all(detector, from, edge ?? to)).flatMap(storedOf)
    return pageOf(found.filter(isWithin(from, edge ?? to)).sort(byTime), edge)
  },
  *scores(detector, from, { time: to }) {
    const edge = (yield* edgeBefore.get(detector, from, to))?.time
    const found = (yield* decidedWithin.all(detector, edge ?? from, to)).flatMap(scoredOf)
    return pageOf(
      found
        .filter(isWithin(edge ?? from, to))
        .sort(byTime)
        .reverse(),
      edge,
    )
  },
  *log(detector, after, limit) {
    const found: Found<LoggedDecision>[] = []
    for (let from = after - maxCount + 1; found.length < limit; ) {
      const chunks = yield* byNumber.all(detector, from, chunksAtOnce)
      found.push(...chunks.flatMap(loggedOf).filter(({ number }) => number > after))
      if (chunks.length < chunksAtOnce) break
      from = chunks.at(-1)!.number + 1
    }
    return found.slice(0, limit).map(({ item }) => item)
  },
  *firstFrom(detector, partition, position) {
    const start = position === 0 ? 0 : afterSpan(yield* lastBelow.get(detector, partition, position))
    const chunk = yield* firstOf.get(detector, partition, start)
    const found = chunk && itemsOf(chunk, ([, , , , , , , at]) => at).find(({ item }) => item >= position)
    return found?.number ?? null
  },
  *lastNumber(detector) {
    return afterSpan(yield* lastOf.get(detector)) - 1
  },
  *forget(detector, before, limit) {
    const chunks: Entry[][] = []
    let held = 0
    for (const { number } of yield* oldest.all(detector, before, limit)) {
      if (held >= limit) break
      const entries = (yield* byNumber.all(detector, number, 1)).flatMap(entriesOf)
      chunks.push(entries)
      held += entries.filter((entry) => timeOf(entry) < before).length
    }
    const old = chunks.flat().filter((entry) => timeOf(entry) < before)
    const gone = new Set(old.sort((a, b) => timeOf(a) - timeOf(b)).slice(0, limit))
    for (const entries of chunks) {
      const kept = entries.filter((entry) => !gone.has(entry))
      if (kept.length === entries.length) continue
      yield* remove.run(entries[0]!.number)
      yield* write(detector, kept)
    }
    yield* forgetIds.run(detector, JSON.stringify([...gone].map(({ decided: [id] }) => id)))
    return gone.size
  },
}

function afterSpan(span: Span | undefined): number {
  return span ? span.number + span.count : 1
}

function entryOf({ event, vector, ...decision }: Decision, number: number): Entry {
  const { score, outcome, isLate, modelVersion, threshold, partition, position, reasons } = decision
  // JSON would make a null of it.
  if (!(score >= 0 && score <= 1)) throw new TypeError(`event ${event.id} has the score ${score}; expected 0 to 1`)
  return {
    number,
    shared: { model_version: modelVersion, threshold, partition },
    decided: [event.id, event.time, event.entity, event.amount, score, outcome, isLate ? 1 : 0, position, reasons],
    fields: event.json ?? Buffer.from(JSON.stringify(event.fields)),
    vector,
  }
}

function timeOf({ decided: [, time] }: Entry): number {
  return time
}

/** Entries in the order of their numbers, as few chunks as may be. */
function* write(detector: string, entries: readonly Entry[]): Work<void> {
  for (let start = 0; start < entries.length; ) {
    const end = endOfChunk(entries, start)
    yield* addChunk.run(...rowOf(detector, entries.slice(start, end)))
    start = end
  }
}

function endOfChunk(entries: readonly Entry[], start: number): number {
  const { number, shared, vector, decided } = entries[start]!
  let [first, latest] = [decided[1], decided[1]]
  for (let end = start + 1; ; end++) {
    const entry = entries[end]
    if (!entry || entry.number >= number + maxCount || !isSame(entry.shared, shared)) return end
    first = Math.min(first, timeOf(entry))
    latest = Math.max(latest, timeOf(entry))
    if (latest - first >= maxSpanMs || entry.vector.length !== vector.length) return end
  }
}

function isSame(a: Shared, b: Shared): boolean {
  return a.model_version === b.model_version && a.threshold === b.threshold && a.partition === b.partition
}

function rowOf(detector: string, entries: readonly Entry[]): Value[] {
  const { number: start, shared, vector } = entries[0]!
  const count = entries.at(-1)!.number - start + 1
  const vectors = new Float32Array(count * vector.length)
  const decided = new Array<Decided | null>(count).fill(null)
  const fields = new Array<Uint8Array>(count).fill(noFields)
  let [first, latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const entry of entries) {
    const place = entry.number - start
    vectors.set(entry.vector, place * vector.length)
    decided[place] = entry.decided
    fields[place] = entry.fields
    first = Math.min(first, timeOf(entry))
    latest = Math.max(latest, timeOf(entry))
  }
  return [
    ...[start, detector, count, first, latest, shared.model_version, shared.threshold, shared.partition],
    ...[JSON.stringify(decided), listOf(fields), new Uint8Array(vectors.buffer)],
  ]
}

const noFields = Buffer.from('null')

/** A JSON list of these JSON texts. */
function listOf(texts: readonly Uint8Array[]): Uint8Array {
  const list = Buffer.allocUnsafe(texts.reduce((size, { length }) => size + length + 1, 1))
  let at = 0
  for (const text of texts) {
    list[at] = at === 0 ? opening : comma
    list.set(text, at + 1)
    at += 1 + text.length
  }
  list[at] = closing
  return list
}

type Found<T> = { readonly number: number; readonly time: number; readonly item: T }

/** What `make` makes of each decision of a chunk, and of its place there. */
function itemsOf<T>({ number, decided }: DecidedRow, make: (decided: Decided, place: number) => T): Found<T>[] {
  const all: readonly (Decided | null)[] = JSON.parse(decided)
  return all.flatMap((one, place) => (one ? [{ number: number + place, time: one[1], item: make(one, place) }] : []))
}

function vectorsOf({ vectors, count }: ChunkRow): (place: number) => Float32Array {
  const all = new Float32Array(Uint8Array.from(vectors).buffer)
  const width = all.length / count
  return (place) => all.slice(place * width, (place + 1) * width)
}

function entriesOf(row: ChunkRow): Entry[] {
  const { model_version, threshold, partition } = row
  const fields: readonly unknown[] = JSON.parse(row.fields)
  const vectorAt = vectorsOf(row)
  return itemsOf(row, (decided, place) => ({
    number: row.number + place,
    shared: { model_version, threshold, partition },
    decided,
    fields: Buffer.from(JSON.stringify(fields[place])),
    vector: vectorAt(place),
  })).map(({ item }) => item)
}

function storedOf(row: ChunkRow): Found<StoredDecision>[] {
  return itemsOf(row, storer(row))
}

function loggedOf(row: ChunkRow): Found<LoggedDecision>[] {
  const stored = storer(row)
  return itemsOf(row, (decided, place) => ({
    ...{ number: row.number + place, partition: row.partition, position: decided[7] },
    ...stored(decided, place),
  }))
}

function storer(row: ChunkRow): (decided: Decided, place: number) => StoredDecision {
  const fields: readonly StoredDecision['fields'][] = JSON.parse(row.fields)
  const vectorAt = vectorsOf(row)
  return ([eventId, eventTime, entity, amount, score, outcome, isLate, , reasons], place) => ({
    ...{ eventId, eventTime, entity, amount, score, threshold: row.threshold, outcome },
    ...{ modelVersion: row.model_version, vector: vectorAt(place), fields: fields[place]!, reasons },
    isLate: isLate === 1,
  })
}

function scoredOf(row: DecidedRow): Found<ScoredEvent>[] {
  const modelVersion = row.model_version
  return itemsOf(row, ([, eventTime, , amount, score]) => ({ eventTime, score, amount, modelVersion }))
}

const isWithin =
  (from: number, to: number) =>
  ({ time }: Found<unknown>) =>
    time >= from && time < to

function byTime(a: Found<unknown>, b: Found<unknown>): number {
  return a.time - b.time || a.number - b.number
}

function pageOf<T>(found: readonly Found<T>[], edge: number | undefined): Page<T> {
  const items = found.map(({ item }) => item)
  return edge === undefined ? { items } : { items, next: { time: edge, number: 0 } }
}
