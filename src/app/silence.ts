// What a person types of a silence in, a stored silence out.

import type { Silence } from '../core/alert.ts'
import { systemClock } from '../core/clock.ts'
import { canonicalJson, stableId } from '../core/digest.ts'
import { TocsinError } from '../core/error.ts'
import { Matcher } from '../core/matcher.ts'
import { Span } from '../core/policy.ts'
import type { Store } from '../store/store.ts'

/** Of what was given. Throws USAGE where nothing was, or a severity that there is none of. */
export function matcherFrom(given: Readonly<Record<string, string | undefined>>): Matcher {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  const matcher = Matcher.safeParse(Object.fromEntries(entries))
  if (matcher.success && entries.length > 0) return matcher.data
  const found = entries.map(([name, value]) => `--${name} ${value}`).join(' ') || 'nothing'
  throw new TocsinError(
    'USAGE',
    `${found} was found; expected --entity, --reason or --severity (critical, high or low), one at least`,
  )
}

export type Wish = Pick<Silence, 'matcher' | 'by' | 'note'> & {
  /** `4 hours`. */
  readonly for: string | undefined
  /** Id of the alert whose answer ends it. */
  readonly until: string | undefined
}

/** From now on. Throws USAGE where neither end is given, `ALERT_UNKNOWN`. */
export async function addSilence(store: Store, detector: string, wish: Wish): Promise<Silence> {
  const { matcher, by, note } = wish
  const startsAt = systemClock.now()
  const span = wish.for === undefined ? null : Span.safeParse(wish.for)
  if (span?.success === false) throw new TocsinError('USAGE', `--for ${wish.for} was found; expected e.g. "4 hours"`)
  if (span === null && wish.until === undefined)
    throw new TocsinError('USAGE', 'no end was found; expected --for "4 hours" or --until <alert>')
  if (wish.until !== undefined && !(await store.alert(wish.until)))
    throw new TocsinError('ALERT_UNKNOWN', `There is no alert ${wish.until}; expected the id of one.`)
  const silence = {
    id: stableId('si', detector, canonicalJson(matcher), String(startsAt), by),
    endsAt: span === null ? null : startsAt + span.data,
    untilAnswered: wish.until ?? null,
    ...{ detector, matcher, startsAt, by, note, endedAt: null, endedBy: null },
  }
  await store.addSilence(silence)
  return silence
}
