// A wish for quiet in, a stored silence out; and the silences there are.

import { z } from 'zod'
import { matcherWords } from '../../alert/alert.ts'
import type { Silence } from '../../core/alert.ts'
import { canonicalJson, stableId } from '../../core/digest.ts'
import { TocsinError } from '../../core/error.ts'
import { literally } from '../../core/matcher.ts'
import { EndSilenceAnswer, EndSilenceBody, SilenceBody, SilenceJson, SilenceList } from '../api/silences.ts'
import { type Immutable, jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { iso } from '../views.ts'
import { unknownAlert } from './alerts.ts'
import { Limit } from './parameters.ts'

const Query = z.strictObject({
  active: z.enum(['true', 'false']).default('false').describe('Only those that hold now'),
  limit: Limit,
})

export function silenceRoutes({ store, detector, clock }: Services): Route[] {
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/silences',
      theme: 'alerts',
      summary: 'Silences, newest start first.',
      query: Query,
      answer: SilenceList,
      handle: async ({ query: { active, limit } }) => {
        const activeAt = clock.now()
        const holding = await store.silences(detector, { limit, activeAt })
        const found = active === 'true' ? holding : await store.silences(detector, { limit })
        const ids = new Set(holding.map(({ id }) => id))
        return { silences: found.map((silence) => silenceJson(silence, ids.has(silence.id))) }
      },
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/silences',
      theme: 'alerts',
      summary: 'Nobody is told at once of what matches, until it ends; the alerts are there all the same.',
      body: SilenceBody,
      status: 201,
      answer: SilenceJson,
      handle: async ({ body }) => {
        const silence = await silenceOf(body)
        await store.addSilence(silence)
        return silenceJson(silence, silence.startsAt <= clock.now())
      },
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/silences/:id/end',
      theme: 'alerts',
      summary: 'Ends a silence now.',
      params: z.object({ id: z.string() }),
      body: EndSilenceBody,
      answer: EndSilenceAnswer,
      handle: async ({ params: { id }, body: { by } }) => {
        const now = clock.now()
        if (!(await store.endSilence(detector, id, by, now))) throw unknownSilence(id)
        return { id, endedAt: iso(now), endedBy: by }
      },
    }),
  ]

  async function silenceOf({ by, note, ...given }: z.infer<typeof SilenceBody>): Promise<Silence> {
    const now = clock.now()
    const untilAnswered = given.untilAnswered ?? null
    const entity = untilAnswered === null ? null : await entityOf(untilAnswered)
    const matcher = given.matcher ?? (entity === null ? undefined : { entity: literally(entity) })
    if (matcher === undefined) throw invalid('the alert has no entity; expected a matcher, too')
    const startsAt = given.startsAt === undefined ? now : Date.parse(given.startsAt)
    const endsAt = given.endsAt === undefined ? null : Date.parse(given.endsAt)
    if (endsAt !== null && endsAt <= Math.max(startsAt, now))
      throw invalid('endsAt has passed, or is before startsAt; expected a later time')
    const id = stableId('si', detector, canonicalJson(matcher), String(now), by)
    return { ...{ id, detector, matcher, startsAt, endsAt, untilAnswered, by, note }, endedAt: null, endedBy: null }
  }

  async function entityOf(alertId: string): Promise<string | null> {
    const alert = await store.alert(alertId)
    if (!alert || alert.detector !== detector) throw unknownAlert(alertId)
    return alert.entity
  }
}

function invalid(what: string): TocsinError {
  return new TocsinError('BODY_INVALID', `In the body, ${what}. Mend it; /openapi.json says what is expected.`)
}

function silenceJson(silence: Silence, isActive: boolean): Immutable<SilenceJson> {
  const { id, matcher, startsAt, endsAt, untilAnswered, by, note, endedAt, endedBy } = silence
  const optional = (time: number | null) => (time === null ? null : iso(time))
  return {
    ...{ id, matcher, words: matcherWords(matcher), startsAt: iso(startsAt), endsAt: optional(endsAt), untilAnswered },
    ...{ by, note, endedAt: optional(endedAt), endedBy, isActive },
  }
}

function unknownSilence(id: string): TocsinError {
  return new TocsinError(
    'SILENCE_UNKNOWN',
    `No silence "${id}" is there to end; expected one of /v1/silences?active=true.`,
  )
}
