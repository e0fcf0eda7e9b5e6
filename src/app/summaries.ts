// The page of a closed day (or of the week or month that it ends) in, one delivery for each receiver that gets them out.

import type { Config } from '../config.ts'
import type { Delivery } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import { stableId } from '../core/digest.ts'
import type { ReportPage } from '../report/report.ts'

/** The inbox gets every summary; other receivers where their `digest` is on. */
export function summaryDeliveries(config: Config, url: () => string, clock: Clock) {
  const { detector, notify } = config
  const names = Object.entries(notify)
    .filter(([, receiver]) => receiver.kind === 'inbox' || ('digest' in receiver && receiver.digest))
    .map(([name]) => name)
  return ({ day, period, subject, text, html }: ReportPage): Delivery[] =>
    names.map((receiver) => ({
      id: stableId('dl', detector, period ?? day, receiver),
      receiver,
      message: {
        kind: 'dailySummary',
        ...{ detector, day, subject, text, html },
        urls: { report: `${url()}/reports/${period === null ? day : `periods/${period}`}` },
      },
      state: 'pending',
      attempts: 0,
      nextAttemptAt: clock.now(),
      reason: null,
    }))
}
