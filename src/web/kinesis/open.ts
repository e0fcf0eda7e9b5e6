// A server of ours in, the same with the Kinesis door out: over HTTP/1.1 beside everything else, and over HTTP/2 without TLS.

import type { FastifyInstance } from 'fastify'
import type { Stream } from '../../stream/stream.ts'
import { addHttp2 } from '../protocols.ts'
import type { Services } from '../services.ts'
import { createKinesisDoor } from './door.ts'

/** Comes before the framework's own hooks: AWS's clients sign, and know nothing of tokens and origins. */
export function openKinesisDoor(app: FastifyInstance, services: Services, append: Stream['append']): void {
  const { reading, streamNames = [], keyColumns = [], awsCredentials, token, clock, logger } = services
  const isOpen = token === undefined
  const door = createKinesisDoor({
    ...{ append, reading, streamNames, keyColumns, credentials: awsCredentials, isOpen, clock, logger },
  })
  app.addHook('onRequest', async (request, reply) => {
    if (door.handle(request.raw, reply.raw)) reply.hijack()
  })
  const http2 = addHttp2(app.server, (request, response) => {
    if (door.handle(request, response)) return
    response.writeHead(404, { 'content-type': 'text/plain' })
    response.end('Over HTTP/2 without TLS this server answers Kinesis and Firehose alone; use HTTP/1.1 for the rest.')
  })
  app.addHook('preClose', async () => http2.close())
}
