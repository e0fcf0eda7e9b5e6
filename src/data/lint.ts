// A history and where its periods begin in, what would make a model of it worse than it looks out: before anything is trained.

import type { History } from '../core/column.ts'
import type { EventSchema } from '../core/event.ts'
import { lintColumns } from './lint/columns.ts'
import { lintDuplicates } from './lint/duplicates.ts'
import type { Finding } from './lint/finding.ts'
import { lintLeakage } from './lint/leakage.ts'
import { lintLabels, lintTimes } from './lint/time.ts'
import type { Split } from './split.ts'

export type { Finding } from './lint/finding.ts'

/**
 * What a person should look at before trusting a model of this history, errors first. An error (`LEAK_…`, `DUPLICATES` of
 * anomalies, `FUTURE_TIME` by far) makes the evaluation worthless; a warning makes it worse or less certain. `nowMs` is the present:
 * later events are in the future. Seconds for a million rows: leaks are looked for in every anomaly and an even sample of the rest.
 */
export function lintHistory(
  schema: EventSchema,
  history: History,
  { nowMs, ...split }: Split & { nowMs: number },
): Finding[] {
  const findings = [
    ...lintLeakage(schema, history),
    ...lintDuplicates(schema, history, split),
    ...lintTimes(schema, history, nowMs),
    ...lintLabels(schema, history, split),
    ...lintColumns(schema, history),
  ]
  return findings.sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'))
}

/** Whether `accept` names the finding: `CODE`, or `CODE:column` for each of its columns. */
export function isAccepted({ code, columns }: Finding, accept: readonly string[]): boolean {
  if (accept.includes(code)) return true
  return columns.length > 0 && columns.every((column) => accept.includes(`${code}:${column}`))
}
