// Which alerts are meant: by severity, money, score, entity, reason, detector; as configuration, silences and the API write it.

import { z } from 'zod'

/** Worst first. */
export const severities = ['critical', 'high', 'low'] as const
export const Severity = z.enum(severities)
export type Severity = z.infer<typeof Severity>

const oneOrMore = <T extends z.ZodType>(one: T) => z.union([one, z.array(one).min(1)])
const name = z.string().min(1).max(200)

const bounds = z
  .strictObject({
    over: z.number().optional().describe('More than this'),
    from: z.number().optional().describe('At least this'),
    below: z.number().optional().describe('Less than this'),
  })
  .refine((given) => Object.keys(given).length > 0, 'over, from or below')

/** Every key that is given must hold; of a list, one of its values. Nothing given: every alert. */
export const Matcher = z.strictObject({
  severity: oneOrMore(Severity).optional(),
  amount: bounds.optional().describe('Money at risk; an alert without an amount does not match'),
  score: bounds.optional(),
  entity: oneOrMore(name).optional().describe('* stands for any characters: "card-4*"; [*] for an asterisk itself'),
  reason: oneOrMore(name).optional().describe('A feature that is among the alert’s reasons'),
  detector: oneOrMore(name).optional(),
})
export type Matcher = z.infer<typeof Matcher>

/** The pattern that this very entity meets, and no other. */
export function literally(entity: string): string {
  return entity.replaceAll('*', '[*]')
}
