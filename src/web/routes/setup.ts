// The first run: parts of a file and a person's choices in, where it stands out.

import { z } from 'zod'
import { TocsinError } from '../../core/error.ts'
import { pagePolicy } from '../access.ts'
import { SetupChoicesBody, SetupJson } from '../api/setup.ts'
import { Bytes, bytesType } from '../body.ts'
import { jsonRoute, type Route, textRoute } from '../route.ts'
import type { Services, Setup } from '../services.ts'

const part = z.strictObject({
  name: z.string().min(1).max(255),
  /** Of the whole file; this part is the whole where it is absent. */
  bytes: z.coerce.number().int().min(1).optional(),
  offset: z.coerce.number().int().min(0).default(0),
})
const nothing = z.strictObject({})

export function setupRoutes({ setup }: Services): Route[] {
  const opened = (): Setup => {
    if (!setup) throw closed()
    return setup
  }
  const steps = [
    ['forget', 'Removes the file, and what was made of it and is not live.'],
    ['stop', 'Ends what Setup is doing; the file stays.'],
    ['goLive', 'Writes tocsin.yaml, makes what was trained the champion, and scores from then on.'],
  ] as const
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/setup',
      theme: 'setup',
      summary: 'Where the first run stands: file, columns, findings, training, what was trained.',
      answer: SetupJson,
      handle: async () => opened().state(),
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/setup/file',
      theme: 'setup',
      summary:
        'A file of labelled history, whole or in parts that follow each other; it is read once all of it is there. An unfinished one is removed after a minute.',
      query: part,
      consumes: [bytesType],
      documentedBody: z.string(),
      status: 202,
      answer: SetupJson,
      handle: async ({ query: { name, bytes, offset }, request: { body } }) => {
        const sent = body instanceof Bytes ? body.bytes : new Uint8Array()
        return opened().receive({ name, bytes: bytes ?? sent.length, offset, body: sent })
      },
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/setup/check',
      theme: 'setup',
      summary: 'Lints the file as it would be trained with these choices.',
      body: SetupChoicesBody,
      status: 202,
      answer: SetupJson,
      handle: async ({ body }) => opened().check(body),
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/setup/train',
      theme: 'setup',
      summary: 'Trains with these choices, in a thread of its own; /v1/setup and the live feed say how far it is.',
      body: SetupChoicesBody,
      status: 202,
      answer: SetupJson,
      handle: async ({ body }) => opened().train(body),
    }),
    textRoute({
      method: 'GET',
      path: '/v1/setup/report',
      theme: 'setup',
      summary: 'The training report of what was trained, before it goes live.',
      answer: 'text/html; charset=utf-8',
      handle: async ({ reply }) => {
        const html = await opened().report()
        if (html === undefined) throw notTrained()
        reply.header('content-security-policy', pagePolicy)
        return html
      },
    }),
    ...steps.map(([name, summary]) =>
      jsonRoute({
        method: 'POST' as const,
        path: `/v1/setup/${name === 'goLive' ? 'go-live' : name}`,
        theme: 'setup',
        summary,
        body: nothing,
        answer: SetupJson,
        handle: async () => opened()[name](),
      }),
    ),
  ]
}

function notTrained(): TocsinError {
  return new TocsinError('REPORT_UNKNOWN', 'Nothing is trained yet; expected a training. Train first.')
}

function closed(): TocsinError {
  const message =
    'This process cannot be set up from its console; expected one that was started with tocsin up. Train with: tocsin train'
  return new TocsinError('SETUP_CLOSED', message)
}
