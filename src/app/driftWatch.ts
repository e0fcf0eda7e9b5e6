// The champion's counted decisions in, looked at once an hour, a sentence out where the stream has drifted far from the training.

import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import { dayEnd, dayOf, dayStart } from '../core/day.ts'
import type { Registry } from '../registry/registry.ts'
import { driftOf, driftRange, type FeatureDrift, partsOfDays } from '../report/report.ts'
import type { Store } from '../store/store.ts'

export type DriftWatchOptions = {
  readonly config: Config
  readonly store: Pick<Store, 'watermark' | 'sketches'>
  readonly registry: Pick<Registry, 'current'>
  readonly clock: Clock
}

const everyMs = 3_600_000
const recentDays = 7
/** Fewer whole days may be a holiday. */
const leastDays = 3
/** What weighs less does little harm. */
const leastImportance = 0.05
const namedFeatures = 5

/** Null where nothing has drifted, or too little is known to say so. */
export function createDriftWatch(options: DriftWatchOptions): () => Promise<string | null> {
  let last = { at: Number.NEGATIVE_INFINITY, found: null as string | null }
  return async () => {
    const now = options.clock.now()
    if (now - last.at >= everyMs) last = { at: now, found: await look(options) }
    return last.found
  }
}

async function look({ config, store, registry }: DriftWatchOptions): Promise<string | null> {
  const { detector, report, watch } = config
  const limit = watch.driftIndex
  const champion = limit === null ? undefined : await registry.current('champion')
  const watermark = await store.watermark(detector)
  if (limit === null || !champion?.artifact.baseline || !Number.isFinite(watermark)) return null
  const { timeZone } = report
  const until = dayOf(watermark, timeZone)
  const { from } = driftRange(until, recentDays, recentDays)
  const sketches = await store.sketches(detector, dayStart(from, timeZone), dayEnd(until, timeZone))
  const { baseline, features } = champion.artifact
  const facts = { timeZone, modelVersion: champion.version, features, baseline, sketches }
  const drift = driftOf({ ...facts, until, days: recentDays, recentDays })
  const isPart = partsOfDays(facts)
  const whole = drift.score.byDay.filter(({ day, psi }) => psi !== null && !isPart(day))
  if (whole.length < leastDays) return null
  const isFar = ({ fromTraining, importance }: FeatureDrift) =>
    fromTraining.severity !== 'unknown' && fromTraining.psi! >= limit && (importance ?? 1) >= leastImportance
  const far = [drift.score, ...drift.features].filter(isFar)
  return far.length === 0 ? null : sentence(far)
}

function sentence(far: readonly FeatureDrift[]): string {
  const named = far.slice(0, namedFeatures).map(({ name, fromTraining }) => `${name} (${fromTraining.psi!.toFixed(2)})`)
  const more = far.length > named.length ? ` and ${far.length - named.length} more` : ''
  return `Over the last ${recentDays} days, far from what the model was trained on: ${named.join(', ')}${more}. Look at the page Quality: a fault of the source, or a new normal to train on?`
}
