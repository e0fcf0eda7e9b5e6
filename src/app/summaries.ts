// A closed day's page in, one delivery for each receiver that gets daily summaries out.

import type { Config } from '../config.ts'
import type { Delivery } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { Day } from '../core/day.ts'
import { stableId } from '../core/digest.ts'

/** The inbox gets every summary; webhook and e-mail where `digest` is on. */
export function summaryDeliveries(config: Config, url: () => string, clock: Clock) {
  const { detector, notify } = config
  const names = Object.entries(notify)
    .filter(([, receiver]) => receiver.kind === 'inbox' || ('digest' in receiver && receiver.digest))
    .map(([name]) => name)
  return (day: Day, html: string, text: string, subject: string): Delivery[] =>
    names.map((receiver) => ({
      id: stableId('dl', detector, day, receiver),
      receiver,
      message: {
        kind: 'dailySummary',
        detector,
        day,
        subject,
        text,
        html,
        urls: { report: `${url()}/reports/${day}` },
      },
      state: 'pending',
      attempts: 0,
      nextAttemptAt: clock.now(),
      reason: null,
    }))
}
