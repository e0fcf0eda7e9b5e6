// A matcher and an alert in, whether it is meant out; and an alert's severity by the configured bands.

import type { Alert } from '../core/alert.ts'
import type { Matcher, Severity } from '../core/matcher.ts'
import type { SeverityBands } from '../core/policy.ts'

/** An alert with the severity that the bands give it. */
export type Graded = { readonly alert: Alert; readonly severity: Severity }

export function graded(alert: Alert, bands: SeverityBands): Graded {
  // While a band is being looked for there is no severity yet: `low` stands for it, and no band may ask for one.
  const within = (band: readonly Matcher[]) => matchesAny(band, { alert, severity: 'low' })
  return { alert, severity: within(bands.critical) ? 'critical' : within(bands.high) ? 'high' : 'low' }
}

/** Whether one of them is met; no list at all: every alert. */
export function matchesAny(matchers: readonly Matcher[] | undefined, given: Graded): boolean {
  return matchers === undefined || matchers.some((matcher) => matches(matcher, given))
}

export function matches(matcher: Matcher, { alert, severity }: Graded): boolean {
  return (
    isAmong(matcher.severity, severity) &&
    isWithin(matcher.amount, alert.amount) &&
    isWithin(matcher.score, alert.score) &&
    isAmong(matcher.detector, alert.detector) &&
    (matcher.entity === undefined || listed(matcher.entity).some((pattern) => isLike(pattern, alert.entity))) &&
    (matcher.reason === undefined || alert.reasons.some(({ feature }) => isAmong(matcher.reason, feature)))
  )
}

function listed<T>(values: T | readonly T[]): readonly T[] {
  return Array.isArray(values) ? values : [values as T]
}

function isAmong<T extends string>(values: T | readonly T[] | undefined, value: T): boolean {
  return values === undefined || listed(values).includes(value)
}

function isWithin(bounds: Matcher['amount'], value: number | null): boolean {
  if (bounds === undefined) return true
  if (value === null) return false
  const { over = Number.NEGATIVE_INFINITY, from = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = bounds
  return value > over && value >= from && value < below
}

const wildcard = /(?<!\[)\*|\*(?!\])/

/** `*` is any run of characters, `[*]` an asterisk; compared piece by piece, so that no pattern takes long. */
function isLike(pattern: string, entity: string | null): boolean {
  if (entity === null) return false
  const [first = '', ...pieces] = pattern.split(wildcard).map((piece) => piece.replaceAll('[*]', '*'))
  if (pieces.length === 0) return entity === first
  const last = pieces.pop()!
  if (!entity.startsWith(first) || !entity.endsWith(last) || entity.length < first.length + last.length) return false
  let at = first.length
  for (const piece of pieces) {
    at = entity.indexOf(piece, at)
    if (at < 0) return false
    at += piece.length
  }
  return at <= entity.length - last.length
}
