// Who is told of which alerts, when and how often: policies, severity bands and on-call rotations as the configuration writes them.

import { z } from 'zod'
import { Matcher, Severity } from './matcher.ts'

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
type Unit = keyof typeof unitMs
const isUnit = (word: string): word is Unit => word in unitMs
const lasting = (count: string | undefined, unit: string) => Number(count ?? 1) * (isUnit(unit) ? unitMs[unit] : 0)

const Rate = z
  .string()
  .regex(
    /^[1-9]\d{0,3} per ([1-9]\d{0,3} )?(minute|hour|day)s?$/,
    'messages per span, e.g. "20 per hour", "3 per 15 minutes"',
  )
  .transform((written) => {
    const [, messages, , count, unit] = /^(\d+) per ((\d+) )?(\w+?)s?$/.exec(written)!
    return { messages: Number(messages), perMs: lasting(count, unit!) }
  })
export type Rate = z.infer<typeof Rate>

export const Span = z
  .string()
  .regex(/^[1-9]\d{0,3} (minute|hour|day)s?$/, 'a span of time, e.g. "15 minutes", "4 hours"')
  .transform((written) => {
    const [, count, unit] = /^(\d+) (\w+?)s?$/.exec(written)!
    return lasting(count, unit!)
  })

const one = z.union([Severity.transform((severity): Matcher => ({ severity })), Matcher])
/** Any of them; `critical` is short for `{severity: critical}`. */
const Matchers = z.union([one.transform((matcher) => [matcher]), z.array(one).min(1)])

const receiver = z.string().min(1)
const Receivers = z.union([receiver.transform((name) => [name]), z.array(receiver).min(1)])
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of the day, "22:00", in report.timeZone')
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const Quiet = z
  .strictObject({
    from: timeOfDay.optional(),
    to: timeOfDay.optional().describe('On the next day where it is before `from`'),
    days: z.array(z.enum(weekdays)).default([]).describe('Quiet all day'),
    holidays: z.array(z.iso.date()).default([]).describe('Quiet all day'),
    except: Matchers.optional().describe('Told all the same'),
  })
  .refine((quiet) => (quiet.from === undefined) === (quiet.to === undefined), 'both from and to, or neither')
  .refine((quiet) => quiet.from === undefined || quiet.from !== quiet.to, 'another time in `to` than in `from`')
export type Quiet = z.infer<typeof Quiet>

const Escalation = z.strictObject({
  after: Span.describe('Where nobody has acknowledged or labelled the alert for so long'),
  to: Receivers.describe('Receivers or rotations'),
})
const Inhibition = z.strictObject({
  when: Matchers.describe('After such an alert of an entity …'),
  mute: Matchers.describe('… such alerts of the same entity are not told'),
  for: Span,
})

export const Policy = z
  .strictObject({
    alerts: Matchers.optional().describe('Which alerts it is about; all where absent'),
    atOnce: Matchers.optional().describe('Which of them are told at once; all where absent'),
    perEntity: Rate.optional().describe('Messages about one entity, e.g. "1 per hour"'),
    inAll: Rate.optional().describe('Messages in all, e.g. "20 per hour"; beyond that one says so and digests follow'),
    quiet: Quiet.optional(),
    rest: z
      .union([z.literal('dailyReport'), z.strictObject({ digest: Span })])
      .default('dailyReport')
      .describe(
        'Where to tell what was held back: on the daily page only, or also in a digest so long after the first',
      ),
    escalate: z.array(Escalation).default([]).describe('Whom to tell next, level by level'),
    inhibit: z.array(Inhibition).default([]),
  })
  .refine((policy) => policy.escalate.length === 0 || policy.inAll !== undefined, {
    path: ['inAll'],
    error: 'a limit (inAll: 20 per hour) where alerts escalate, so that a storm does not',
  })
export type Policy = z.infer<typeof Policy>

export const SeverityBands = z
  .strictObject({
    critical: Matchers.default([{ score: { from: 0.9 } }]),
    high: Matchers.default([{ score: { from: 0.7 } }]),
  })
  .describe('What is critical, and what of the rest is high; all else is low')
export type SeverityBands = z.infer<typeof SeverityBands>

export const Rotation = z.union([
  z.strictObject({
    weekly: z.array(receiver).min(1).describe('Receivers, a week each, in turn'),
    from: z
      .string()
      .regex(
        /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/,
        'the first handover, "2026-11-23T09:00", in report.timeZone',
      ),
  }),
  z.strictObject({
    calendar: z.string().min(1).describe('An iCalendar file, or its http(s) address; whose event it is is on call'),
    who: z.record(z.string(), receiver).default({}).describe('Title of an event → receiver; else the title is one'),
    otherwise: Receivers.describe('Told where the calendar names nobody, or cannot be read'),
  }),
])
export type Rotation = z.infer<typeof Rotation>
