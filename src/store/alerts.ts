// Questions in, alerts with what people said and heard of them out; a person's label in, kept and shown with its alert.

import type { Alert, AlertView, DeliveryState } from '../core/alert.ts'
import { TocsinError } from '../core/error.ts'
import type { Label, LabelRecord } from '../core/event.ts'
import type { Sqlite } from '../core/sqlite.ts'
import type { AlertQuery, Store } from './store.ts'

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
  readonly deliveries: string
}

const viewSql = `
  select alert.*, (
    select json_group_array(json_object('receiver', receiver, 'state', state) order by receiver)
    from delivery where alert_id = alert.id) as deliveries
  from alert`
const decisionSql = 'select 1 from decision where detector = ? and event_id = ?'
const labelSql = 'insert into label (detector, event_id, label, labelled_at, by, note) values (?, ?, ?, ?, ?, ?)'
const labelAlertSql = `
  update alert set label = ?1, labelled_by = ?2, labelled_at = ?3
  where detector = ?4 and event_id = ?5 and (labelled_at is null or labelled_at <= ?3)`
const labelsSql = `
  select detector, event_id as eventId, label, labelled_at as labelledAt, by, note
  from label where detector = ? order by labelled_at, number`

const defaultLimit = 100

export function alerts(db: Sqlite): Pick<Store, 'alerts' | 'alert' | 'label' | 'labels'> {
  const one = db.query<Row>(`${viewSql} where id = ?`)
  const labels = db.query<LabelRecord>(labelsSql)
  return {
    alerts: async (query) => {
      const before = query.before === undefined ? undefined : one.get(query.before)
      if (query.before !== undefined && !before) throw unknownAlert(query.before)
      const { sql, values } = selection(query, before)
      return db
        .query<Row>(sql)
        .all(...values)
        .map(viewOf)
    },
    alert: async (id) => {
      const row = one.get(id)
      return row && viewOf(row)
    },
    label: labeller(db),
    labels: async (detector) => labels.all(detector),
  }
}

function labeller(db: Sqlite): Store['label'] {
  const write = labelWriter(db)
  return async (record) => db.transaction(() => write(record))
}

/** Writes within a transaction. False, and nothing written, where no such event is stored. */
export function labelWriter(db: Sqlite): (record: LabelRecord) => boolean {
  const isStored = db.query<object>(decisionSql)
  const insert = db.query(labelSql)
  const show = db.query(labelAlertSql)
  return ({ detector, eventId, label, labelledAt, by, note }) => {
    if (!isStored.get(detector, eventId)) return false
    insert.run(detector, eventId, label, labelledAt, by, note)
    show.run(label, by, labelledAt, detector, eventId)
    return true
  }
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
  if (before) where('(event_time, id) < (?, ?)', before.event_time, before.id)
  const sql = `${viewSql} where ${conditions.join(' and ')} order by event_time desc, id desc limit ?`
  return { sql, values: [...values, query.limit ?? defaultLimit] }
}

function viewOf(row: Row): AlertView {
  const deliveries: { receiver: string; state: DeliveryState }[] = JSON.parse(row.deliveries)
  const { label, labelled_by: labelledBy, labelled_at: labelledAt } = row
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
