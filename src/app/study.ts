// A stored alert in; where its score comes from, what would not have alerted, and the labelled events most like it, out.

import { alertId } from '../alert/alert.ts'
import type { Alert } from '../core/alert.ts'
import type { Registry } from '../registry/registry.ts'
import { studyOf } from '../score/study.ts'
import type { Store, StoredDecision } from '../store/store.ts'
import type { AlertStudy } from '../web/services.ts'

/** Labels looked at, the newest. */
const knownLabels = 300
const shownCases = 5

type Loaded = NonNullable<Awaited<ReturnType<Registry['load']>>>
type StudyParts = {
  readonly store: Pick<Store, 'decision' | 'newestLabels'>
  readonly registry: Pick<Registry, 'load'>
  readonly detector: string
}

/** A function that studies an alert by the very model that raised it; undefined where event or model are no longer kept. */
export function alertStudies({
  store,
  registry,
  detector,
}: StudyParts): (alert: Alert) => Promise<AlertStudy | undefined> {
  // People look through alerts of one version, mostly.
  let held: Loaded | undefined
  return async ({ eventId, modelVersion, threshold }) => {
    const decision = await store.decision(detector, eventId)
    if (held?.version !== modelVersion) held = await registry.load(modelVersion)
    if (!decision || !held) return undefined
    const { artifact, model } = held
    const { vector, fields } = decision
    return { ...studyOf({ artifact, model, vector, fields, threshold }), alike: await alike(held, decision) }
  }

  // Alike is what the model holds to be alike: events whose score comes from the same features.
  async function alike({ model, version }: Loaded, { eventId, vector }: StoredDecision): Promise<AlertStudy['alike']> {
    const own = model.contributions(vector)
    const cases: AlertStudy['alike'][number][] = []
    const seen = new Set([eventId])
    for (const { eventId: id, label, labelledAt, by } of await store.newestLabels(detector, knownLabels)) {
      if (seen.has(id)) continue
      seen.add(id)
      const other = await store.decision(detector, id)
      if (other?.modelVersion !== version) continue
      const { eventTime, entity, amount, score, outcome } = other
      const likeness = likenessOf(own, model.contributions(other.vector))
      const alert = outcome === 'alert' ? alertId(detector, id) : null
      cases.push({ eventId: id, alertId: alert, eventTime, entity, amount, score, label, labelledAt, by, likeness })
    }
    return cases.sort((a, b) => b.likeness - a.likeness).slice(0, shownCases)
  }
}

/** 1: the same parts; 0: nothing in common. */
function likenessOf(a: Float64Array, b: Float64Array): number {
  let [apart, most] = [0, 0]
  // The last one is the bias, which all share.
  for (let i = 0; i < a.length - 1; i++) {
    apart += Math.abs(a[i]! - b[i]!)
    most += Math.abs(a[i]!) + Math.abs(b[i]!)
  }
  return most === 0 ? 1 : 1 - apart / most
}
