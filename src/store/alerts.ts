// Questions in, alerts with what people said and heard of them out; a person's label in, kept and shown with its alert.

import type { Alert, AlertView, DeliveryState } from '../core/alert.ts'
import { TocsinError } from '../core/error.ts'
import type { Label, LabelRecord } from '../core/event.ts'
import { type Database, statement, type Work } from './database.ts'
import type { AlertQuery, AlertSort, Store } from './store.ts'

/** An alert's own columns. */
export type AlertRow = {
  readonly id: string
  readonly detector: string
  readonly event_id: string
  readonly event_time: number
  readonly group_key: string
  readonly entity: string | null
  readonly amount: number | null
  readonly score: number
  readonly threshold: number
  readonly model_version: number
  readonly reasons: string
}

type Row = AlertRow & {
  readonly label: Label | null
  readonly labelled_by: string | null
  readonly labelled_at: number | null
}
type Told = { readonly alert_id: string; readonly receiver: string; readonly state: DeliveryState }

const one = statement<Row>('select * from alert where id = ?')
/** Of an event: whether it was decided. */
export const isStored = statement<object>('select 1 as one from event where detector = ? and event_id = ?')
const insertLabel = statement(
  'insert into label (detector, event_id, label, labelled_at, by, note) values (?, ?, ?, ?, ?, ?)',
)
const labelAlert = statement(`
  update alert set label = ?1, labelled_by = ?2, labelled_at = ?3
  where detector = ?4 and event_id = ?5 and (labelled_at is null or labelled_at <= ?3)`)
const labels = statement<LabelRecord>(`
  select detector, event_id as "eventId", label, labelled_at as "labelledAt", by, note
  from label where detector = ? order by labelled_at, number`)

const newestLabels = statement<LabelRecord>(`
  select detector, event_id as "eventId", label, labelled_at as "labelledAt", by, note
  from label where detector = ? order by labelled_at desc, number desc limit ?`)
const labelsOfEvent = statement<LabelRecord>(`
  select detector, event_id as "eventId", label, labelled_at as "labelledAt", by, note
  from label where detector = ? and event_id = ? order by labelled_at desc, number desc limit ?`)

const defaultLimit = 100
/** Alerts read at once where all of a time are asked for. */
const pageSize = 1000

type Alerts = Pick<Store, 'alerts' | 'eachAlert' | 'alert' | 'label' | 'labels' | 'newestLabels'>

export function alerts(db: Database): Alerts {
  const viewsOf = viewer(db)
  const list: Store['alerts'] = (query) =>
    db.read(
      (function* () {
        const before = query.before === undefined ? undefined : yield* one.get(query.before)
        if (query.before !== undefined && !before) throw unknownAlert(query.before)
        const { sql, values } = selection(query, before)
        return yield* viewsOf(yield* statement<Row>(sql).all(...values))
      })(),
    )
  return {
    alerts: list,
    async *eachAlert(query) {
      for (let page = await list({ ...query, limit: pageSize }); ; ) {
        yield* page
        if (page.length < pageSize) return
        page = await list({ ...query, limit: pageSize, before: page.at(-1)!.id })
      }
    },
    alert: (id) =>
      db.read(
        (function* () {
          const row = yield* one.get(id)
          return row && (yield* viewsOf([row]))[0]
        })(),
      ),
    label: (record) => db.transaction(() => writeLabel(record)),
    labels: (detector) => db.read(labels.all(detector)),
    newestLabels: (detector, limit, eventId) =>
      db.read(eventId === undefined ? newestLabels.all(detector, limit) : labelsOfEvent.all(detector, eventId, limit)),
  }
}

/** Writes within a transaction. False, and nothing written, where no such event is stored. */
export function* writeLabel({ detector, eventId, label, labelledAt, by, note }: LabelRecord): Work<boolean> {
  if (!(yield* isStored.get(detector, eventId))) return false
  yield* insertLabel.run(detector, eventId, label, labelledAt, by, note)
  yield* labelAlert.run(label, by, labelledAt, detector, eventId)
  return true
}

/** What a list is ordered by: in SQL, as its index has it, and of a row, to the bit. */
const orders: Readonly<Record<AlertSort, { readonly key: string; readonly of: (row: Row) => number }>> = {
  time: { key: 'event_time', of: (row) => row.event_time },
  loss: { key: '(score * coalesce(amount, 1))', of: ({ score, amount }) => score * (amount ?? 1) },
  score: { key: 'score', of: ({ score }) => score },
}

/** One condition for each thing asked for, so that the index that fits is used. */
function selection(query: AlertQuery, before: Row | undefined) {
  const conditions = ['detector = ?']
  const values: (string | number)[] = [query.detector]
  const where = (condition: string, ...of: (string | number)[]) => {
    conditions.push(condition)
    values.push(...of)
  }
  if (query.from !== undefined) where('event_time >= ?', query.from)
  if (query.to !== undefined) where('event_time < ?', query.to)
  if (query.entity !== undefined) where('entity = ?', query.entity)
  if (query.label === 'none') where('label is null')
  else if (query.label !== undefined) where('label = ?', query.label)
  const { key: indexed, of } = orders[query.sort ?? 'time']
  // One entity has few alerts, and its index is in order of time: they are sorted. Without the plus a database would rather walk
  // down the order of all until it has found enough of them.
  const key = query.entity !== undefined && (query.sort ?? 'time') !== 'time' ? `(+ ${indexed})` : indexed
  if (before) where(`${key} <= ? and (${key} < ? or id < ?)`, of(before), of(before), before.id)
  const sql = `select * from alert where ${conditions.join(' and ')} order by ${key} desc, id desc limit ?`
  return { sql, values: [...values, query.limit ?? defaultLimit] }
}

function viewer(db: Database): (rows: readonly Row[]) => Work<AlertView[]> {
  const told = statement<Told>(
    `select alert_id, receiver, state from delivery where alert_id in ${db.dialect.texts} order by receiver`,
  )
  return function* (rows) {
    if (rows.length === 0) return []
    const all = yield* told.all(JSON.stringify(rows.map(({ id }) => id)))
    const byAlert = Map.groupBy(all, ({ alert_id }) => alert_id)
    return rows.map((row) => viewOf(row, byAlert.get(row.id) ?? []))
  }
}

function viewOf(row: Row, told: readonly Told[]): AlertView {
  const { label, labelled_by: labelledBy, labelled_at: labelledAt } = row
  const deliveries = told.map(({ receiver, state }) => ({ receiver, state }))
  return { ...alertOf(row), label, labelledBy, labelledAt, deliveries }
}

export function alertOf(row: AlertRow): Alert {
  return {
    id: row.id,
    detector: row.detector,
    eventId: row.event_id,
    eventTime: row.event_time,
    groupKey: row.group_key,
    entity: row.entity,
    amount: row.amount,
    score: row.score,
    threshold: row.threshold,
    modelVersion: row.model_version,
    reasons: JSON.parse(row.reasons),
  }
}

function unknownAlert(id: string): TocsinError {
  return new TocsinError(
    'ALERT_UNKNOWN',
    `No alert ${id} is stored; expected the id of one. Ask again from the newest.`,
  )
}
