// What the store says → what the API says: instants as ISO 8601, bytes as text.

import type { AlertView } from '../core/alert.ts'
import type { InboxMessage, Rollup, StoredDeadLetter } from '../store/store.ts'
import type { AlertJson } from './api/alerts.ts'
import type { DeadLetterList } from './api/deadLetters.ts'
import type { RollupList } from './api/live.ts'
import type { InboxList } from './api/notifications.ts'
import type { Immutable } from './route.ts'

const maxLetterBytes = 4096

export function iso(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

export function alertJson(alert: AlertView): Immutable<AlertJson> {
  const { eventTime, labelledAt } = alert
  return { ...alert, eventTime: iso(eventTime), labelledAt: labelledAt === null ? null : iso(labelledAt) }
}

export function rollupJson(rollup: Rollup): Immutable<RollupList['rollups'][number]> {
  const { minute, modelVersion, events, alerts, amount, alertAmount, scoreHistogram } = rollup
  return { minute: iso(minute), modelVersion, events, alerts, amount, alertAmount, scoreHistogram }
}

export function inboxJson({
  id,
  receivedAt,
  subject,
  text,
  html,
  alertId,
}: InboxMessage): InboxList['messages'][number] {
  return { id, receivedAt: iso(receivedAt), subject, text, html, alertId }
}

export function deadLetterJson(letter: StoredDeadLetter): DeadLetterList['deadLetters'][number] {
  const { id, partition, position, code, reason, bytes, storedAt, replayedAt } = letter
  const text = new TextDecoder().decode(bytes.subarray(0, maxLetterBytes))
  return {
    id,
    partition,
    position,
    code,
    reason,
    text,
    storedAt: iso(storedAt),
    replayedAt: replayedAt === null ? null : iso(replayedAt),
  }
}
