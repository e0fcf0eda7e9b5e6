// Whether the process lives, is ready, and is well.

import { z } from 'zod'

export const Health = z.object({ status: z.literal('ok') })

export const Ready = z.object({
  status: z.literal('ready'),
  /** Null: events are kept until there is a model. */
  champion: z.int().nullable(),
})

const instant = z.string().nullable()

/** How Tocsin itself is. */
export const HealthReport = z.object({
  status: z.enum(['well', 'alarmed']),
  alarms: z.array(
    z.object({ topic: z.string(), about: z.string(), since: z.string(), subject: z.string(), text: z.string() }),
  ),
  /** The last synthetic event; null where none is sent. */
  canary: z.object({ sentAt: instant, heardAt: instant, tookMs: z.number().nullable() }).nullable(),
})
