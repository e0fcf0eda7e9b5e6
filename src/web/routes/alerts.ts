// Questions about alerts in, alerts with their reasons, labels and deliveries out.

import { z } from 'zod'
import { dayEnd, dayStart } from '../../core/day.ts'
import { TocsinError } from '../../core/error.ts'
import type { AlertQuery } from '../../store/store.ts'
import { AcknowledgeAnswer, AcknowledgeBody, AlertJson, AlertList } from '../api/alerts.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { alertJson, iso } from '../views.ts'
import { Day, Instant, Limit } from './parameters.ts'

export const AlertFilter = z.strictObject({
  day: Day.optional().describe('Only of this day in the detector’s time zone'),
  from: Instant.optional().describe('Event time, included'),
  to: Instant.optional().describe('Event time, not included'),
  label: z.enum(['anomaly', 'normal', 'none']).optional(),
  entity: z.string().min(1).optional(),
})
const Query = AlertFilter.extend({
  sort: z
    .enum(['time', 'loss', 'score'])
    .default('time')
    .describe('Highest first; loss is score × amount, the score alone where there is no amount'),
  limit: Limit,
  before: z
    .string()
    .min(1)
    .optional()
    .describe('After the alert of this id, in the same order: `next` of the answer before'),
})

export function alertRoutes(services: Services): Route[] {
  const { store, detector, clock } = services
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/alerts',
      theme: 'alerts',
      summary: 'Alerts, newest first or those that cost most.',
      query: Query,
      answer: AlertList,
      handle: async ({ query }) => {
        // One more than asked for tells whether there is a next page.
        const found = await store.alerts({ ...storeQuery(query, services), limit: query.limit + 1 })
        const alerts = found.slice(0, query.limit).map(alertJson)
        return { alerts, next: found.length > query.limit ? alerts.at(-1)!.id : null }
      },
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/alerts/:id',
      theme: 'alerts',
      summary: 'One alert, with the fields of its event.',
      params: z.object({ id: z.string() }),
      answer: AlertJson,
      handle: async ({ params }) => {
        const alert = await store.alert(params.id)
        if (!alert || alert.detector !== detector) throw unknownAlert(params.id)
        const decision = await store.decision(detector, alert.eventId)
        const found = await store.acknowledgement(alert.id)
        const acknowledgement = found ? { by: found.by, at: iso(found.at), note: found.note } : null
        const held = (await store.held(alert.id)).map(({ policy, reason, at }) => ({ policy, reason, at: iso(at) }))
        return { ...alertJson(alert), ...(decision ? { fields: decision.fields } : {}), acknowledgement, held }
      },
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/alerts/:id/acknowledge',
      theme: 'alerts',
      summary: 'Somebody has seen the alert and takes care: it, and earlier ones of its entity, escalate no more.',
      params: z.object({ id: z.string() }),
      body: AcknowledgeBody,
      answer: AcknowledgeAnswer,
      handle: async ({ params, body: { by, note } }) => {
        const alert = await store.alert(params.id)
        if (!alert || alert.detector !== detector) throw unknownAlert(params.id)
        await store.acknowledge({ alertId: alert.id, by, at: clock.now(), note })
        // The first one stays: who was faster takes care.
        const { at, ...first } = (await store.acknowledgement(alert.id))!
        return { ...first, at: iso(at) }
      },
    }),
  ]
}

export function unknownAlert(id: string): TocsinError {
  return new TocsinError('ALERT_UNKNOWN', `There is no alert "${id}"; expected an id from /v1/alerts. Look there.`)
}

function storeQuery({ sort, before, limit: _, ...filter }: z.infer<typeof Query>, services: Services): AlertQuery {
  const { detector } = services
  return { ...{ detector, sort }, ...alertRange(filter, services), ...(before === undefined ? {} : { before }) }
}

/** Which alerts a filter means, as the store asks for them. */
export function alertRange({ day, label, entity, ...span }: z.infer<typeof AlertFilter>, { timeZone }: Services) {
  const from = latest(span.from, day === undefined ? undefined : dayStart(day, timeZone))
  const to = earliest(span.to, day === undefined ? undefined : dayEnd(day, timeZone))
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(label === undefined ? {} : { label }),
    ...(entity === undefined ? {} : { entity }),
  }
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}
