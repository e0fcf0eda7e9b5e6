// A version in, its operating point with what others would mean out; another one in, for a reason.

import { z } from 'zod'
import { TocsinError } from '../../core/error.ts'
import { outcomesByThreshold } from '../../report/report.ts'
import type { ScoredEvent } from '../../store/store.ts'
import { pagePolicy } from '../access.ts'
import { MoveBody, OperatingPointJson, StoredCurve } from '../api/operatingPoint.ts'
import { jsonRoute, type Route, textRoute } from '../route.ts'
import type { Services } from '../services.ts'
import { iso } from '../views.ts'

const params = z.object({ version: z.coerce.number().int().min(1) })
const dayMs = 86_400_000
const weekMs = 7 * dayMs
/** Some tenths of a second of reading; with more events a day the week is cut short, and the answer says so. */
const mostEvents = 200_000
const shownChanges = 20
/** Where training kept no curve: an imported model. */
const evenly = Array.from({ length: 99 }, (_, i) => (i + 1) / 100)

export function operatingPointRoutes(services: Services): Route[] {
  const { store, registry, detector } = services

  const answer = async (version: number) => {
    const loaded = await registry.load(version)
    if (!loaded) throw unknownVersion(version)
    const training = await store.training(detector, version)
    const curve = training ? StoredCurve.parse(JSON.parse(training.curve)) : []
    const { threshold } = loaded.artifact.operatingPoint
    const thresholds = [...(curve.length > 0 ? curve.map((point) => point.threshold) : evenly), threshold]
    const changes = await store.thresholdChanges(detector, version, shownChanges)
    return {
      ...{ version, threshold, curve, hasReport: typeof training?.html === 'string' },
      changes: changes.map(({ changedAt, ...change }) => ({ ...change, changedAt: iso(changedAt) })),
      lastWeek: await lastWeekOf(services, version, thresholds),
    }
  }

  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/models/:version/operating-point',
      theme: 'models',
      summary: 'The threshold of a version, what others would mean by its evaluation, and would have meant last week.',
      params,
      answer: OperatingPointJson,
      handle: async ({ params: { version } }) => answer(version),
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/models/:version/operating-point',
      theme: 'models',
      summary: 'Moves the threshold of a version, from the next request and batch on; who, why and when are kept.',
      params,
      body: MoveBody,
      answer: OperatingPointJson,
      handle: async ({ params: { version }, body }) => {
        await registry.moveThreshold(version, body)
        return answer(version)
      },
    }),
    textRoute({
      method: 'GET',
      path: '/v1/models/:version/report',
      theme: 'models',
      summary: 'The training report of a version, as it was made.',
      params,
      answer: 'text/html; charset=utf-8',
      handle: async ({ params: { version }, reply }) => {
        const html = (await store.training(detector, version))?.html
        if (typeof html !== 'string') throw noReport(version)
        reply.header('content-security-policy', pagePolicy)
        return html
      },
    }),
  ]
}

async function lastWeekOf({ store, detector }: Services, version: number, thresholds: readonly number[]) {
  const watermark = await store.watermark(detector)
  if (!Number.isFinite(watermark)) return null
  const [since, to] = [watermark - weekMs, watermark + 1]
  const { scored, isWhole } = await newest(store.scores(detector, since, to), version)
  const oldest = scored.at(-1)
  if (!oldest) return null
  const from = isWhole ? since : oldest.eventTime
  const answered = []
  for (const label of ['anomaly', 'normal'] as const)
    for await (const alert of store.eachAlert({ detector, from, to, label }))
      if (alert.modelVersion === version) answered.push(alert)
  return {
    ...{ from: iso(from), to: iso(watermark), days: (to - from) / dayMs, events: scored.length, isWhole },
    outcomes: outcomesByThreshold(scored, answered, thresholds),
  }
}

async function newest(scores: AsyncIterable<ScoredEvent>, version: number) {
  const scored: ScoredEvent[] = []
  let looked = 0
  for await (const each of scores) {
    if (++looked > mostEvents) return { scored, isWhole: false }
    if (each.modelVersion === version) scored.push(each)
  }
  return { scored, isWhole: true }
}

function unknownVersion(version: number): TocsinError {
  return new TocsinError('MODEL_UNKNOWN', `There is no version ${version}; expected one that /v1/models lists.`)
}

function noReport(version: number): TocsinError {
  const message = `There is no training report of version ${version}; expected one that tocsin train has made. Train again, or look for the file that it named.`
  return new TocsinError('REPORT_UNKNOWN', message)
}
