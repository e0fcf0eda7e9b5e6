// How right the alerts were, and how far the stream has moved from what the model learned, out.

import { z } from 'zod'
import { dayEnd, dayOf, dayStart } from '../../core/day.ts'
import { TocsinError } from '../../core/error.ts'
import { driftOf, driftRange, qualityOf, shifted } from '../../report/report.ts'
import { DriftJson, QualityJson } from '../api/quality.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { openDayOf } from '../stats.ts'
import { Day } from './parameters.ts'

const recentDays = 7
const dayMs = 86_400_000

const days = (most: number, usual: number) => z.coerce.number().int().min(7).max(most).default(usual)

export function qualityRoutes(services: Services): Route[] {
  const { store, registry, detector, timeZone } = services
  // The last day that is asked about: that which event time has reached, where none is named.
  const lastDay = async (named: string | undefined) => named ?? (await openDayOf(services))

  // Before the first event there is nothing to draw.
  const knownDays = async (until: string, days: number) => {
    const first = (await store.firstEventTime(detector)) ?? 0
    const all = Math.round((Date.parse(until) - Date.parse(dayOf(first, timeZone))) / dayMs) + 1
    return Math.max(1, Math.min(days, all))
  }

  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/quality',
      theme: 'quality',
      summary:
        'Precision of the alerts by people’s answers, by day and week, with how many are answered; what is known of recall; scores against answers.',
      query: z.strictObject({ until: Day.optional(), days: days(366, 56) }),
      answer: QualityJson,
      handle: async ({ query: { until: named, days } }) => {
        const until = await lastDay(named)
        if (until === null) return { quality: null, tested: await testedOf(services), detector, timeZone }
        const some = await knownDays(until, days)
        const [from, to] = [dayStart(shifted(until, 1 - some), timeZone), dayEnd(until, timeZone)]
        const quality = qualityOf({
          ...{ timeZone, until, days: some },
          answered: await store.answeredEvents(detector, from, to),
          expected: await store.sketches(detector, from, to),
        })
        return { quality, tested: await testedOf(services), detector, timeZone }
      },
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/drift',
      theme: 'quality',
      summary:
        'How far the score and each feature have moved from what a model version was trained on, and from the same weekdays before: population stability indexes, what matters most first.',
      query: z.strictObject({
        version: z.coerce.number().int().min(1).optional(),
        until: Day.optional(),
        days: days(182, 28),
      }),
      answer: DriftJson,
      handle: async ({ query: { version, until: named, days } }) => {
        const of = version ?? (await store.aliases(detector)).champion
        const [loaded, until] = [of === undefined ? undefined : await registry.load(of), await lastDay(named)]
        if (version !== undefined && !loaded) throw unknownVersion(version)
        if (!loaded) return { drift: null, why: 'noModel' as const }
        const { baseline, features } = loaded.artifact
        if (!baseline) return { drift: null, why: 'noBaseline' as const }
        if (until === null) return { drift: null, why: 'noEvents' as const }
        const some = await knownDays(until, days)
        const range = driftRange(until, some, recentDays)
        const sketches = await store.sketches(detector, dayStart(range.from, timeZone), dayEnd(until, timeZone))
        const facts = { timeZone, modelVersion: loaded.version, features, baseline, sketches }
        return { drift: driftOf({ ...facts, until, days: some, recentDays }), why: null }
      },
    }),
  ]
}

/** What the champion's evaluation promised. */
async function testedOf({ store, registry, detector }: Services) {
  const { champion } = await store.aliases(detector)
  const loaded = champion === undefined ? undefined : await registry.load(champion)
  if (!loaded) return null
  const { precision, recall } = loaded.artifact.evaluation.atOperatingPoint
  return { modelVersion: loaded.version, precision, recall }
}

function unknownVersion(version: number): TocsinError {
  return new TocsinError('MODEL_UNKNOWN', `There is no version ${version}; expected one that /v1/models lists.`)
}
