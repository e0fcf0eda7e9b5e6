// The small values that several sections of tocsin.yaml take: one text in, the same text out, checked.

import { z } from 'zod'

export const column = z.string().min(1).describe('Name of a column of the history and of a field of the events')

export const name = z
  .string()
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/, 'letters, digits and inner hyphens')
  .max(63)

export const url = z.url({ protocol: /^https?$/ })
export const secret = z
  .string()
  .min(1)
  .describe('A secret; write ${NAME} to take it from the environment, ${file:/run/secrets/name} to read it from a file')
