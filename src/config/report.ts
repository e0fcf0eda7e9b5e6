// What may stand under `report:` in tocsin.yaml: whose midnight closes a day, and when.

import { z } from 'zod'
import { isTimeZone } from '../core/day.ts'

export const report = z
  .strictObject({
    timeZone: z
      .string()
      .refine(isTimeZone, 'an IANA time zone, e.g. Europe/Berlin')
      .default('UTC')
      .describe('Whose midnight ends a day'),
    allowedLatenessMinutes: z
      .number()
      .min(0)
      .default(5)
      .describe('How long after midnight (event time) a day stays open'),
    closeIdleAfterMinutes: z
      .number()
      .min(0.01)
      .default(15)
      .describe('A stream this long silent no longer keeps a past day open'),
    also: z
      .array(z.enum(['week', 'month']))
      .default([])
      .describe('Longer periods that are sent when their last day closes; their pages are there in any case'),
  })
  .prefault({})
