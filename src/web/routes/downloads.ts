// Questions in, files for other tools out: alerts, a day's decisions and minutes, days and labels, as CSV and Parquet.

import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { AlertView } from '../../core/alert.ts'
import { dayEnd, dayStart } from '../../core/day.ts'
import type { StoredDecision } from '../../store/store.ts'
import { type Route, textRoute } from '../route.ts'
import type { Services } from '../services.ts'
import { csvOf, parquetOf, type Table } from '../table.ts'
import { AlertFilter, alertRange } from './alerts.ts'
import { Day } from './parameters.ts'
import { dayLine } from './reports.ts'

const csv = 'text/csv; charset=utf-8'
const parquet = 'application/vnd.apache.parquet'
type Columns = Table['columns']
const byDay = z.object({ day: Day })

const alertColumns: Columns = {
  id: 'text',
  event_id: 'text',
  event_time: 'instant',
  entity: 'text',
  amount: 'number',
  score: 'number',
  threshold: 'number',
  model_version: 'integer',
  reasons: 'text',
  label: 'text',
  labelled_by: 'text',
  labelled_at: 'instant',
  deliveries: 'text',
}
const decisionColumns: Columns = {
  event_id: 'text',
  event_time: 'instant',
  entity: 'text',
  amount: 'number',
  score: 'number',
  threshold: 'number',
  outcome: 'text',
  model_version: 'integer',
  is_late: 'boolean',
  fields: 'text',
  reasons: 'text',
}
const minuteColumns: Columns = {
  minute: 'instant',
  model_version: 'integer',
  events: 'integer',
  alerts: 'integer',
  amount: 'number',
  alert_amount: 'number',
}
const dayColumns: Columns = { day: 'text', is_closed: 'boolean', events: 'integer', alerts: 'integer' }
const labelColumns: Columns = { event_id: 'text', label: 'text', labelled_at: 'instant', by: 'text', note: 'text' }

export function downloadRoutes(services: Services): Route[] {
  const { store, detector, timeZone } = services
  const alerts = (filter: z.infer<typeof AlertFilter>): Table => ({
    columns: alertColumns,
    rows: mapped(store.eachAlert({ ...alertRange(filter, services), detector }), alertRow),
  })
  const spanOf = (day: string) => [dayStart(day, timeZone), dayEnd(day, timeZone)] as const
  const decisions = (day: string): Table => ({
    columns: decisionColumns,
    rows: mapped(store.decisions(detector, ...spanOf(day)), decisionRow),
  })
  async function* minutes(day: string) {
    for (const { modelVersion, alertAmount, scoreHistogram: _, ...counts } of await store.rollups(
      detector,
      ...spanOf(day),
    ))
      yield { ...counts, model_version: modelVersion, alert_amount: alertAmount }
  }
  async function* days() {
    for (const { isClosed, ...line } of (await store.closedDays(detector)).map(dayLine))
      yield { ...line, is_closed: isClosed }
  }
  async function* labels() {
    for (const { eventId, labelledAt, label, by, note } of await store.labels(detector))
      yield { event_id: eventId, label, labelled_at: labelledAt, by, note }
  }
  return [
    ...files({
      path: '/v1/alerts',
      summary: 'All alerts that fit, newest first',
      query: AlertFilter,
      name: () => 'alerts',
      table: ({ query }) => alerts(query),
    }),
    ...files({
      path: '/v1/reports/:day/decisions',
      summary: 'Every decision of a day that the store still holds, in order of time',
      params: byDay,
      name: ({ day }) => `decisions-${day}`,
      table: ({ params: { day } }) => decisions(day),
    }),
    ...files({
      path: '/v1/reports/:day/minutes',
      summary: 'A day’s counts by minute of event time and model version',
      params: byDay,
      name: ({ day }) => `minutes-${day}`,
      table: ({ params: { day } }) => ({ columns: minuteColumns, rows: minutes(day) }),
    }),
    ...files({
      path: '/v1/reports',
      summary: 'The days that have closed',
      name: () => 'days',
      table: () => ({ columns: dayColumns, rows: days() }),
    }),
    ...files({
      path: '/v1/labels',
      summary: 'Every label that was given, oldest first',
      name: () => 'labels',
      table: () => ({ columns: labelColumns, rows: labels() }),
    }),
  ]
}

type FileSpec<P, Q> = {
  readonly path: string
  /** Of the file, without its ending. */
  readonly name: (params: P) => string
  readonly summary: string
  readonly params?: z.ZodType<P>
  readonly query?: z.ZodType<Q>
  readonly table: (input: { readonly params: P; readonly query: Q }) => Table
}

/** The same rows as CSV and as Parquet. */
function files<P, Q>({ path, name, summary, params, query, table }: FileSpec<P, Q>): Route[] {
  const file = (ending: string, answer: string, made: (table: Table) => Readable | Promise<Readable>) =>
    textRoute<P, Q, unknown>({
      ...{ method: 'GET', path: `${path}.${ending}`, theme: 'downloads', answer },
      summary: `${summary}, as ${ending === 'csv' ? 'CSV' : 'Parquet'}.`,
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      handle: async (input) => {
        input.reply.header('content-disposition', `attachment; filename="${name(input.params)}.${ending}"`)
        return made(table(input))
      },
    })
  return [file('csv', csv, csvOf), file('parquet', parquet, parquetOf)]
}

async function* mapped<A, B>(items: AsyncIterable<A>, map: (item: A) => B): AsyncGenerator<B> {
  for await (const item of items) yield map(item)
}

function alertRow(alert: AlertView) {
  return {
    ...{ id: alert.id, event_id: alert.eventId, event_time: alert.eventTime, entity: alert.entity },
    ...{ amount: alert.amount, score: alert.score, threshold: alert.threshold, model_version: alert.modelVersion },
    reasons: alert.reasons.map(({ text }) => text).join('; '),
    ...{ label: alert.label, labelled_by: alert.labelledBy, labelled_at: alert.labelledAt },
    deliveries: alert.deliveries.map(({ receiver, state }) => `${receiver}: ${state}`).join('; '),
  }
}

function decisionRow(decision: StoredDecision) {
  return {
    ...{ event_id: decision.eventId, event_time: decision.eventTime, entity: decision.entity, amount: decision.amount },
    ...{ score: decision.score, threshold: decision.threshold, outcome: decision.outcome },
    ...{ model_version: decision.modelVersion, is_late: decision.isLate, fields: JSON.stringify(decision.fields) },
    reasons: decision.reasons.map(({ text }) => text).join('; '),
  }
}
