// A link of a message followed in, a page that asks once more out; the form sent in, the answer kept: who, when and why.

import { z } from 'zod'
import type { AlertView, AnswerRecord } from '../../core/alert.ts'
import { stableId } from '../../core/digest.ts'
import { TocsinError } from '../../core/error.ts'
import { literally } from '../../core/matcher.ts'
import { confirmPage, donePage, refusalPage, spentPage } from '../answerPage.ts'
import { AnswerList } from '../api/answers.ts'
import { formType } from '../body.ts'
import { statusOf } from '../problem.ts'
import { jsonRoute, type Route, textRoute } from '../route.ts'
import type { Services } from '../services.ts'
import { iso } from '../views.ts'
import { unknownAlert } from './alerts.ts'
import { Limit } from './parameters.ts'

const params = z.object({ token: z.string().max(600) })
const Form = z.object({ by: z.string().trim().min(1).max(200), note: z.string().trim().max(2000).default('') })
const html = 'text/html; charset=utf-8'
const dayMs = 86_400_000

type Claim = ReturnType<Services['notifications']['links']['read']>
type Reply = { code(status: number): unknown; header(name: string, value: string): unknown }

export function answerRoutes(services: Services): Route[] {
  const { store, detector, timeZone, clock, notifications } = services
  const alertOf = async ({ alertId }: Claim) => {
    const alert = await store.alert(alertId)
    if (!alert || alert.detector !== detector) throw unknownAlert(alertId)
    return alert
  }
  const pageOf = async (reply: Reply, token: string, make: (claim: Claim, alert: AlertView) => Promise<string>) => {
    // Else a browser would call the form's origin "null", and we could not tell ours.
    reply.header('referrer-policy', 'same-origin')
    try {
      const claim = notifications.links.read(token)
      return await make(claim, await alertOf(claim))
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error
      reply.code(statusOf(error.code))
      return refusalPage('This link does not work', error.message)
    }
  }
  return [
    textRoute({
      method: 'GET',
      path: '/answer/:token',
      theme: 'answers',
      summary: 'Where a link of a message leads: asks once more. Changes nothing, since mail scanners follow links.',
      isOpen: true,
      params,
      answer: html,
      handle: ({ params: { token }, reply }) =>
        pageOf(reply, token, async ({ answer }, alert) => confirmPage({ answer, alert, timeZone })),
    }),
    textRoute({
      method: 'POST',
      path: '/answer/:token',
      theme: 'answers',
      summary:
        'Keeps the answer that the link stands for, once: who, when, why. The signature in the link is what allows it.',
      isOpen: true,
      params,
      body: Form,
      consumes: [formType],
      answer: html,
      handle: ({ params: { token }, body: { by, note }, reply }) =>
        pageOf(reply, token, async (claim, alert) => {
          const record = recordOf(claim, alert, { by, note, now: clock.now() })
          const url = `/alerts/${alert.id}`
          const [given] = (await store.answers({ detector, alertId: alert.id, limit: 100 })).filter(
            ({ link }) => link === claim.link,
          )
          if (!given) {
            if (claim.answer === 'silence') await silence(services, record, alert)
            if ((await store.answer(record)) === 'recorded') return donePage({ answer: claim.answer, alert, url })
          }
          reply.code(409)
          return spentPage(given, url)
        }),
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/answers',
      theme: 'answers',
      summary: 'Every answer that was given through a link of a message, newest first: the audit trail.',
      query: z.strictObject({ alertId: z.string().optional(), limit: Limit }),
      answer: AnswerList,
      handle: async ({ query: { alertId, limit } }) => {
        const given = await store.answers({ detector, limit, ...(alertId === undefined ? {} : { alertId }) })
        return {
          answers: given.map(({ detector: _, answeredAt, ...rest }) => ({ ...rest, answeredAt: iso(answeredAt) })),
        }
      },
    }),
  ]
}

type Given = { readonly by: string; readonly note: string; readonly now: number }

function recordOf({ link, answer, receiver }: Claim, alert: AlertView, { by, note, now }: Given): AnswerRecord {
  const { detector, id: alertId, eventId } = alert
  return { link, detector, alertId, eventId, answer, answeredAt: now, by, note: note === '' ? null : note, receiver }
}

// Named after the link: should the process die between this and the answer, the second try makes no second silence.
async function silence({ store }: Services, record: AnswerRecord, { entity }: AlertView): Promise<void> {
  if (entity === null) return
  const { link, detector, answeredAt, by, note } = record
  await store.addSilence({
    ...{ id: stableId('si', link), detector, matcher: { entity: literally(entity) } },
    ...{ startsAt: answeredAt, endsAt: answeredAt + dayMs, untilAnswered: null },
    ...{ by, note, endedAt: null, endedBy: null },
  })
}
