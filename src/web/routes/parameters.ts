// Texts of paths and queries in, days, instants and numbers out.

import { z } from 'zod'
import { daysOf } from '../../report/report.ts'

/** A calendar day that exists. */
export const Day = z.iso.date('expected a day such as 2026-11-22')

/** An ISO week or a calendar month that exists. */
export const Period = z.string().refine(isPeriod, 'expected a week such as 2026-W10 or a month such as 2026-03')

function isPeriod(text: string): boolean {
  try {
    daysOf(text)
    return true
  } catch {
    return false
  }
}

/** ISO 8601 with an offset → ms. */
export const Instant = z.iso
  .datetime({ offset: true, error: 'expected an ISO 8601 time such as 2026-11-22T18:05:00Z' })
  .transform((text) => Date.parse(text))

/** How many newest rows a list answers. */
export const Limit = z.coerce.number().int().min(1).max(1000).default(100)
