// Alerts that were not told one by one in, counted, summed and the gravest named: small however many there are.

import type { HeldReason } from '../core/held.ts'
import type { Severity } from '../core/matcher.ts'
import type { Graded } from './matches.ts'

type Named = {
  readonly id: string
  readonly who: string
  readonly severity: Severity
  readonly amount: number | null
  readonly score: number
  readonly reason: string | null
}

export type Tally = {
  readonly alerts: number
  /** Of the events; ms. */
  readonly firstTime: number
  readonly lastTime: number
  /** Money at risk; null where no alert has an amount. */
  readonly amount: number | null
  readonly bySeverity: Readonly<Record<Severity, number>>
  readonly byReason: Readonly<Partial<Record<HeldReason, number>>>
  /** At most `mostEntities`; one more says that there are more. */
  readonly entities: readonly string[]
  /** Those that quiet hours do not keep back. */
  readonly urgent: number
  /** The gravest first. */
  readonly gravest: readonly Named[]
}

export const mostEntities = 200
const mostNamed = 10
const ranks: Readonly<Record<Severity, number>> = { critical: 0, high: 1, low: 2 }

export const emptyTally: Tally = {
  alerts: 0,
  firstTime: Number.MAX_SAFE_INTEGER,
  lastTime: 0,
  amount: null,
  bySeverity: { critical: 0, high: 0, low: 0 },
  byReason: {},
  entities: [],
  urgent: 0,
  gravest: [],
}

export function counted(tally: Tally, { alert, severity }: Graded, reason: HeldReason, isUrgent: boolean): Tally {
  const { groupKey, amount, eventTime } = alert
  return {
    alerts: tally.alerts + 1,
    firstTime: Math.min(tally.firstTime, eventTime),
    lastTime: Math.max(tally.lastTime, eventTime),
    amount: amount === null ? tally.amount : (tally.amount ?? 0) + amount,
    bySeverity: { ...tally.bySeverity, [severity]: tally.bySeverity[severity] + 1 },
    byReason: { ...tally.byReason, [reason]: (tally.byReason[reason] ?? 0) + 1 },
    entities: withEntity(tally.entities, groupKey),
    urgent: tally.urgent + (isUrgent ? 1 : 0),
    gravest: withNamed(tally.gravest, { alert, severity }),
  }
}

function withEntity(entities: readonly string[], groupKey: string): readonly string[] {
  return entities.length > mostEntities || entities.includes(groupKey) ? entities : [...entities, groupKey]
}

function withNamed(gravest: readonly Named[], { alert, severity }: Graded): readonly Named[] {
  const { id, entity, eventId, amount, score, reasons } = alert
  const last = gravest.at(-1)
  const named = { id, who: entity ?? `event ${eventId}`, severity, amount, score, reason: reasons[0]?.text ?? null }
  if (gravest.length === mostNamed && last && byGravity(named, last) >= 0) return gravest
  return [...gravest, named].sort(byGravity).slice(0, mostNamed)
}

/** Severity, then the money that is likely lost, then the score. */
function byGravity(a: Named, b: Named): number {
  const expected = ({ amount, score }: Named) => (amount ?? 0) * score
  return ranks[a.severity] - ranks[b.severity] || expected(b) - expected(a) || b.score - a.score
}
