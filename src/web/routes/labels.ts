// A person's answer in, a stored label out.

import { TocsinError } from '../../core/error.ts'
import { LabelAnswer, LabelBody, LabelList, LabelManyAnswer, LabelManyBody } from '../api/labels.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { iso } from '../views.ts'
import { unknownAlert } from './alerts.ts'

export function labelRoutes({ store, detector, clock }: Services): Route[] {
  const eventOf = async (alertId: string) => {
    const alert = await store.alert(alertId)
    if (!alert || alert.detector !== detector) throw unknownAlert(alertId)
    return alert.eventId
  }
  return [
    jsonRoute({
      method: 'POST',
      path: '/v1/labels',
      theme: 'labels',
      summary: 'Labels an event, by its own id or its alert’s. The newest label of an event counts; all are kept.',
      body: LabelBody,
      answer: LabelAnswer,
      handle: async ({ body: { alertId, eventId: ownId, label, by, note } }) => {
        const eventId = alertId === undefined ? ownId! : await eventOf(alertId)
        const labelledAt = clock.now()
        if (!(await store.label({ detector, eventId, label, labelledAt, by, note }))) throw unknownEvent(eventId)
        return { eventId, label, labelledAt: iso(labelledAt), by }
      },
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/labels/many',
      theme: 'labels',
      summary: 'Labels the events of many alerts alike; nothing is labelled where one of them is unknown.',
      body: LabelManyBody,
      answer: LabelManyAnswer,
      handle: async ({ body: { alertIds, label, by, note } }) => {
        const eventIds = await Promise.all([...new Set(alertIds)].map(eventOf))
        const labelledAt = clock.now()
        for (const eventId of eventIds) await store.label({ detector, eventId, label, labelledAt, by, note })
        return { labelled: eventIds.length, label, labelledAt: iso(labelledAt), by }
      },
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/labels',
      theme: 'labels',
      summary: 'Every label that was given.',
      answer: LabelList,
      handle: async () => ({
        labels: (await store.labels(detector)).map(({ eventId, label, labelledAt, by, note }) => ({
          ...{ eventId, label, by, note },
          labelledAt: iso(labelledAt),
        })),
      }),
    }),
  ]
}

function unknownEvent(id: string): TocsinError {
  return new TocsinError(
    'EVENT_UNKNOWN',
    `No event "${id}" is stored; expected the id of one that was scored. Send the event first.`,
  )
}
