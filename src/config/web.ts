// What may stand under `web:` in tocsin.yaml: where the API and the console are reached, and by whom.

import { z } from 'zod'
import { secret, url } from './values.ts'

export const web = z
  .strictObject({
    host: z.string().default('127.0.0.1').describe('Any other address than loopback needs a token'),
    port: z.int().min(0).max(65535).default(4380).describe('0: one that is free, which the log names'),
    token: secret.min(16, 'at least 16 characters').optional(),
    awsCredentials: z
      .array(z.strictObject({ accessKeyId: z.string().regex(/^[\w-]{1,128}$/), secretAccessKey: secret }))
      .default([])
      .describe('Keys that AWS clients sign with (Signature Version 4); where there are any, their doors demand one'),
    streamNames: z
      .array(z.string().regex(/^[a-zA-Z0-9_.-]{1,128}$/))
      .default([])
      .describe('Names under which Kinesis and Firehose clients know the stream; any name where there are none'),
    publicUrl: url.optional().describe('How people reach this console, for links in messages'),
    linkKey: secret
      .min(32, 'at least 32 characters')
      .optional()
      .describe(
        'Signs the links of messages; made and kept in the data folder where absent; several machines share one',
      ),
    maxBodyBytes: z
      .int()
      .min(1024)
      .default(10 * 1024 * 1024)
      .describe('Largest request; a larger one is answered with 413'),
    maxUploadBytes: z
      .int()
      .min(1024)
      .default(4 * 1024 * 1024 * 1024)
      .describe('Largest file of history that the console’s Setup takes'),
  })
  .refine((web) => web.token !== undefined || isLoopback(web.host), {
    path: ['host'],
    error: 'a token (web.token) where the address is not loopback',
  })
  .prefault({})

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
