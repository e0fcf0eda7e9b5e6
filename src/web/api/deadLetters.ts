// Records that are no events, and their replay.

import { z } from 'zod'

const deadLetter = z.object({
  id: z.int(),
  partition: z.int(),
  position: z.int(),
  code: z.string(),
  reason: z.string(),
  /** UTF-8, what is not shows as U+FFFD; at most 4 kB in a list. */
  text: z.string(),
  storedAt: z.string(),
  /** Null: it waits to be mended or replayed. */
  replayedAt: z.string().nullable(),
})

export const DeadLetterList = z.object({ deadLetters: z.array(deadLetter) })
export type DeadLetterList = z.infer<typeof DeadLetterList>

/** With the record's bytes, whole, as base64. */
export const DeadLetterJson = deadLetter.extend({ bytes: z.base64() })
export type DeadLetterJson = z.infer<typeof DeadLetterJson>

export const ReplayBody = z
  .object({ text: z.string().min(1).optional() })
  .describe('The record as it should be; as it came where absent')

export const ReplayAnswer = z.object({ id: z.int(), partition: z.int(), position: z.int() })
