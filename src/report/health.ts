// A day's counted decisions and the answers of the weeks before it in, how the model fares out: for the day's page.

import type { Day } from '../core/day.ts'
import { type DriftFacts, driftOf, type FeatureDrift, type HourSketch, partsOfDays, type Severity } from './drift.ts'
import { type AnsweredEvents, type Quality, qualityOf } from './quality.ts'

/** What drift of one model version is held against. */
export type HealthModel = Pick<DriftFacts, 'modelVersion' | 'features' | 'baseline'>

/** Answers of so many days, up to the day itself, are judged by. */
export const healthDays = 28
const namedFeatures = 3

export type Health = {
  readonly modelVersion: number
  /** Of the answers to alerts of these days, the day itself the last. */
  readonly days: number
  readonly answers: Pick<Quality, 'alerts' | 'anomalies' | 'normals' | 'answeredShare' | 'isMature' | 'precision'>
  /** The day against training; null where the version counted no decisions of it, or those of a part of it only. */
  readonly drift: {
    readonly events: number
    readonly score: Moved
    readonly shifted: number
    readonly drifted: number
    /** Those that moved most for what they weigh, at most three, none that is steady. */
    readonly features: readonly { readonly name: string; readonly psi: number | null; readonly severity: Severity }[]
  } | null
}

type Moved = { readonly psi: number | null; readonly severity: Severity }

export type HealthFacts = {
  readonly day: Day
  readonly timeZone: string
  readonly model: HealthModel
  /** Of the day and the week before it, which says how many hours a whole day has. */
  readonly sketches: readonly HourSketch[]
  /** Of `healthDays`, the day itself the last. */
  readonly answered: readonly AnsweredEvents[]
}

/** Pure: the same facts give the same value. */
export function healthOf({ day, timeZone, model, sketches, answered }: HealthFacts): Health {
  const drift = driftOf({ ...model, timeZone, sketches, until: day, days: 1, recentDays: 1 })
  const of = qualityOf({ timeZone, answered, expected: [], until: day, days: healthDays })
  const { alerts, anomalies, normals, answeredShare, isMature, precision } = of
  const moved = drift.features.filter(isMoved)
  return {
    modelVersion: model.modelVersion,
    days: healthDays,
    answers: { alerts, anomalies, normals, answeredShare, isMature, precision },
    drift:
      drift.events === 0 || partsOfDays({ ...model, timeZone, sketches })(day)
        ? null
        : {
            events: drift.events,
            score: movedOf(drift.score),
            shifted: moved.filter(({ fromTraining }) => fromTraining.severity === 'shifted').length,
            drifted: moved.filter(({ fromTraining }) => fromTraining.severity === 'drifted').length,
            features: moved.slice(0, namedFeatures).map((feature) => ({ name: feature.name, ...movedOf(feature) })),
          },
  }
}

function isMoved({ fromTraining: { severity } }: FeatureDrift): boolean {
  return severity === 'shifted' || severity === 'drifted'
}

function movedOf({ fromTraining: { psi, severity } }: FeatureDrift): Moved {
  return { psi, severity }
}
