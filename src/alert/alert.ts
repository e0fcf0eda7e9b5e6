// Decisions → alerts. Whom they are told, `engine.ts` decides, and `router.ts` step by step.

import type { Alert } from '../core/alert.ts'
import type { Decision } from '../core/decision.ts'
import { stableId } from '../core/digest.ts'

export { matcherWords } from './sentence.ts'
export type { Simulation } from './simulate.ts'

/** The alerts of a batch, in its order. */
export function alertsOf(decisions: readonly Decision[]): Alert[] {
  return decisions.map(alertOf).filter((alert) => alert !== undefined)
}

/** What the alert of an event is called. */
export function alertId(detector: string, eventId: string): string {
  return stableId('al', detector, eventId)
}

/** The alert that a decision makes; undefined where it passed. The same event always makes the same alert. */
export function alertOf(decision: Decision): Alert | undefined {
  if (decision.outcome === 'pass') return undefined
  const { detector, event, score, threshold, modelVersion, reasons } = decision
  return {
    id: alertId(detector, event.id),
    detector,
    eventId: event.id,
    eventTime: event.time,
    groupKey: event.entity ?? event.id,
    entity: event.entity,
    amount: event.amount,
    score,
    threshold,
    modelVersion,
    reasons,
  }
}
