// What nobody is told for a while.

import { z } from 'zod'
import { Matcher } from '../../core/matcher.ts'
import { by, note } from './shared.ts'

/** Either a matcher, or an alert: then it is about the alert's entity, and ends when somebody answers it. */
export const SilenceBody = z
  .object({
    matcher: Matcher.optional(),
    untilAnswered: z.string().min(1).optional(),
    startsAt: z.iso.datetime({ offset: true }).optional(),
    endsAt: z.iso.datetime({ offset: true }).optional(),
    by,
    note,
  })
  .refine(({ matcher, untilAnswered }) => untilAnswered !== undefined || Object.keys(matcher ?? {}).length > 0, {
    path: ['matcher'],
    error: 'what to silence: a matcher with at least one key, or untilAnswered with the id of an alert',
  })
  .refine(({ endsAt, untilAnswered }) => endsAt !== undefined || untilAnswered !== undefined, {
    path: ['endsAt'],
    error: 'when it ends: endsAt, or untilAnswered; a silence for ever hides what matters',
  })

export const SilenceJson = z.object({
  id: z.string(),
  matcher: Matcher,
  /** The matcher in words. */
  words: z.string(),
  startsAt: z.string(),
  endsAt: z.string().nullable(),
  untilAnswered: z.string().nullable(),
  by: z.string(),
  note: z.string().nullable(),
  endedAt: z.string().nullable(),
  endedBy: z.string().nullable(),
  isActive: z.boolean(),
})
export type SilenceJson = z.infer<typeof SilenceJson>

/** Newest start first. */
export const SilenceList = z.object({ silences: z.array(SilenceJson) })
export type SilenceList = z.infer<typeof SilenceList>

export const EndSilenceBody = z.object({ by })

export const EndSilenceAnswer = z.object({ id: z.string(), endedAt: z.string(), endedBy: z.string() })
