// One alert in: where its score comes from, and what people have said of it, out; that somebody looked and is unsure, kept.

import { z } from 'zod'
import type { AlertView } from '../../core/alert.ts'
import { stableId } from '../../core/digest.ts'
import { TocsinError } from '../../core/error.ts'
import { UnsureBody } from '../api/labels.ts'
import { AlertStudy, AlertTrail } from '../api/study.ts'
import { type Immutable, jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { iso } from '../views.ts'
import { unknownAlert } from './alerts.ts'

const theme = 'alerts'
const params = z.object({ id: z.string() })
const shownAnswers = 100

export function studyRoutes(services: Services): Route[] {
  const { store, detector, clock, study } = services
  const alertOf = async (id: string) => {
    const alert = await store.alert(id)
    if (!alert || alert.detector !== detector) throw unknownAlert(id)
    return alert
  }
  return [
    jsonRoute({
      ...{ method: 'GET', path: '/v1/alerts/:id/study', theme, params },
      summary:
        'Where its score comes from, the smallest change that would not have alerted, and the labelled events most like it.',
      answer: AlertStudy,
      handle: async ({ params: { id } }) => {
        const found = await study(await alertOf(id))
        if (!found) throw notKept(id)
        const alike = found.alike.map(({ eventTime, labelledAt, ...rest }) => ({
          ...rest,
          eventTime: iso(eventTime),
          labelledAt: iso(labelledAt),
        }))
        return { ...found, alike }
      },
    }),
    jsonRoute({
      ...{ method: 'GET', path: '/v1/alerts/:id/trail', theme, params },
      summary: 'What people have said and done about it, the first first: the audit trail.',
      answer: AlertTrail,
      handle: async ({ params: { id } }) => ({ trail: await trailOf(services, await alertOf(id)) }),
    }),
    jsonRoute({
      ...{ method: 'POST', path: '/v1/alerts/:id/unsure', theme, params },
      summary: 'Somebody has looked and cannot tell: kept in the audit trail; no label.',
      body: UnsureBody,
      answer: AlertTrail,
      handle: async ({ params: { id }, body: { by, note } }) => {
        const alert = await alertOf(id)
        const answeredAt = clock.now()
        const link = stableId('an', id, by, String(answeredAt))
        const record = { link, detector, alertId: id, eventId: alert.eventId, answeredAt, by, note }
        await store.answer({ ...record, answer: 'unsure', receiver: 'console' })
        return { trail: await trailOf(services, alert) }
      },
    }),
  ]
}

type Entry = Immutable<AlertTrail>['trail'][number]

// A label given through a link is among the labels, too.
async function trailOf({ store, detector }: Services, { id, eventId }: AlertView): Promise<Entry[]> {
  const labels = await store.newestLabels(detector, shownAnswers, eventId)
  const answers = await store.answers({ detector, alertId: id, limit: shownAnswers })
  const acknowledgement = await store.acknowledgement(id)
  const entries: Entry[] = [
    ...labels.map(({ labelledAt, label, by, note }) => ({ at: iso(labelledAt), by, what: label, note })),
    ...answers
      .filter(({ answer }) => answer === 'unsure' || answer === 'silence')
      .map(({ answeredAt, answer, by, note }) => ({ at: iso(answeredAt), by, what: answer, note })),
  ]
  if (acknowledgement) {
    const { at, by, note } = acknowledgement
    entries.push({ at: iso(at), by, what: 'acknowledged', note })
  }
  return entries.sort((a, b) => a.at.localeCompare(b.at))
}

function notKept(id: string): TocsinError {
  const message = `The event of alert ${id}, or the model that raised it, is no longer kept; expected both. Its reasons are still there: /v1/alerts/${id}.`
  return new TocsinError('ALERT_NOT_KEPT', message)
}
