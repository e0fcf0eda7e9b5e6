// What every door says where it refuses or fails.

import { z } from 'zod'

/** RFC 9457. `code` is the TocsinError's; `errors` names each single finding. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.string()).optional(),
})
export type Problem = z.infer<typeof Problem>
