// Answers that came through links of messages.

import { z } from 'zod'

/** Answers through links of messages. */
export const AnswerList = z.object({
  answers: z.array(
    z.object({
      link: z.string(),
      alertId: z.string(),
      eventId: z.string(),
      answer: z.enum(['anomaly', 'normal', 'unsure', 'silence']),
      answeredAt: z.string(),
      by: z.string(),
      note: z.string().nullable(),
      /** Through whose message. */
      receiver: z.string(),
    }),
  ),
})
